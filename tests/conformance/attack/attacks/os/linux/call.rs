//! The one place that enters the kernel.

use core::arch::asm;

use super::Errno;
use crate::attacks::os::argument::Arg;

/// Makes system call `number`.
///
/// Not for calls that map or unmap memory, or share it with a new task. Whoever passes a buffer that the kernel fills passes its size
/// with it, or one as large as the manual says.
pub fn call<const N: usize>(number: usize, arguments: [Arg<'_>; N]) -> Result<usize, Errno> {
    let mut words = [0; 6];
    for (word, argument) in words.iter_mut().zip(arguments) {
        *word = argument.word();
    }
    let [a, b, c, d, e, f] = words;
    let result: isize;
    // SAFETY: the addresses among the arguments are those of borrows that last until the call returns, of `Plain` memory, which any
    // bytes may be written to; the call changes no mapping.
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c,
            in("r10") d, in("r8") e, in("r9") f, lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    if (-4095..0).contains(&result) {
        Err(Errno(-result as u16))
    } else {
        Ok(result as usize)
    }
}

/// vfork(2) whose child ends at once; the child's pid.
pub fn vfork_and_exit() -> Result<usize, Errno> {
    let result: isize;
    // SAFETY: the child shares the stack and writes nothing to it: it makes one call, exit(2).
    unsafe {
        asm!("syscall", "test eax, eax", "jnz 2f", "mov eax, 60", "xor edi, edi", "syscall", "2:",
            inlateout("rax") super::number::VFORK => result, lateout("rdi") _,
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    if result < 0 {
        Err(Errno(-result as u16))
    } else {
        Ok(result as usize)
    }
}

/// What a second thread does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Thread {
    /// Ends at once.
    Ends,
    /// Lives as long as the process.
    Stays,
}

/// Starts a second thread of this process.
pub fn thread(does: Thread) -> Result<usize, Errno> {
    /// VM, FS, FILES, SIGHAND, THREAD, SYSVSEM.
    const FLAGS: usize = 0x100 | 0x200 | 0x400 | 0x800 | 0x1_0000 | 0x4_0000;
    // exit(2), pause(2)
    let first = match does {
        Thread::Ends => 60_usize,
        Thread::Stays => 34,
    };
    let result: isize;
    // SAFETY: the thread runs the loop below and nothing else: it makes calls without a stack (the signals that would need
    // one end the process).
    unsafe {
        asm!("syscall", "test rax, rax", "jnz 2f", "3:", "mov eax, r12d", "xor edi, edi", "syscall",
            "jmp 3b", "2:", inlateout("rax") super::number::CLONE => result, inlateout("rdi") FLAGS => _,
            in("rsi") 0, in("rdx") 0, in("r10") 0, in("r8") 0, in("r12") first,
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    if result < 0 {
        Err(Errno(-result as u16))
    } else {
        Ok(result as usize)
    }
}
