//! How the program begins and ends without a libc.

use core::arch::global_asm;
use core::ffi::{CStr, c_char};
use core::panic::PanicInfo;

use crate::attacks::{self, Arguments, os};

/// Most arguments, the program's name included.
const MAX_ARGUMENTS: usize = 16;

// The kernel leaves argc, argv and the environment on the stack, and no return address.
global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {begin}",
    "ud2",
    begin = sym begin,
);

/// # Safety
/// `stack` is the stack as execve(2) leaves it.
unsafe extern "C" fn begin(stack: *const usize) -> ! {
    let mut texts: [&CStr; MAX_ARGUMENTS] = [c""; MAX_ARGUMENTS];
    // SAFETY: the first word is argc.
    let count = unsafe { *stack }.min(MAX_ARGUMENTS);
    for (number, text) in texts.iter_mut().enumerate().take(count) {
        // SAFETY: argc pointers to texts that end in NUL follow it and live as long as the process.
        *text = unsafe { CStr::from_ptr(*stack.add(1 + number) as *const c_char) };
    }
    let given = texts.get(1..count).unwrap_or_default();
    os::exit(attacks::main(Arguments::new(given)))
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    os::write(2, b"attack: panicked\n");
    os::exit(101)
}

/// The core library that comes with the compiler was built to unwind and names this; nothing here unwinds.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

// What the compiler calls for copying, clearing and comparing.

#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller's: `count` bytes at both, not overlapping.
    unsafe {
        core::arch::asm!("rep movsb", inout("rcx") count => _, inout("rdi") to => _,
            inout("rsi") from => _, options(nostack, preserves_flags));
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if (to as usize) <= (from as usize) || (from as usize).wrapping_add(count) <= to as usize {
        // SAFETY: a copy from the front reads each byte before it is overwritten.
        return unsafe { memcpy(to, from, count) };
    }
    // SAFETY: `count` bytes at both; from the back, as they overlap.
    unsafe {
        core::arch::asm!("std", "rep movsb", "cld", inout("rcx") count => _,
            inout("rdi") to.add(count).wrapping_sub(1) => _,
            inout("rsi") from.add(count).wrapping_sub(1) => _, options(nostack));
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, value: i32, count: usize) -> *mut u8 {
    // SAFETY: the caller's: `count` bytes.
    unsafe {
        core::arch::asm!("rep stosb", inout("rcx") count => _, inout("rdi") to => _,
            in("al") value as u8, options(nostack, preserves_flags));
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, count: usize) -> i32 {
    for at in 0..count {
        // SAFETY: the caller's: `count` bytes at both. Volatile, so that it is not made a call of itself.
        let (a, b) = unsafe { (one.add(at).read_volatile(), other.add(at).read_volatile()) };
        if a != b {
            return i32::from(a) - i32::from(b);
        }
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, count: usize) -> i32 {
    // SAFETY: the caller's.
    unsafe { memcmp(one, other, count) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn strlen(text: *const c_char) -> usize {
    let mut length = 0;
    // SAFETY: the caller's: the text ends in NUL. Volatile, as above.
    while unsafe { text.add(length).read_volatile() } != 0 {
        length += 1;
    }
    length
}
