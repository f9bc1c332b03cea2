//! earmv7hf: number in the instruction, arguments as C passes them (the fifth and on at the stack pointer, 64-bit
//! ones in an even pair of slots), carry tells failure (sys/arch/arm/arm/syscall.c).
//!
//! All of this is ARM code, where the kernel reads the number, whatever the rest of a program is compiled to.

use core::arch::global_asm;

/// A C function for one system call; a failure comes back as the negated errno.
macro_rules! call {
    ($symbol:literal, $number:literal) => {
        core::arch::global_asm!(
            ".arm",
            concat!(".pushsection .text.", $symbol, ",\"ax\",%progbits"),
            ".p2align 2",
            concat!(".globl ", $symbol),
            concat!(".hidden ", $symbol),
            concat!(".type ", $symbol, ",%function"),
            concat!($symbol, ":"),
            concat!("svc #(0xa00000 + ", $number, ")"),
            "rsbcs r0, r0, #0",
            "bx lr",
            concat!(".size ", $symbol, ", . - ", $symbol),
            ".popsection",
        );
    };
}
pub(in super::super) use call;

// The kernel leaves the address of struct ps_strings in r0 (setregs in sys/arch/arm/arm/arm_machdep.c).
global_asm!(
    ".arm",
    ".pushsection .text._start,\"ax\",%progbits",
    ".p2align 2",
    ".globl _start",
    ".type _start,%function",
    "_start:",
    "mov fp, #0",
    "mov lr, #0",
    "bic sp, sp, #7",
    "bl {start}",
    "udf #1",
    ".size _start, . - _start",
    ".popsection",
    start = sym super::super::start::start,
);

// What the compiler calls to copy and fill. compiler_builtins has it ten times as long, in words; here nothing is copied
// that is worth it. (Its own is weak, so this one is taken.) The names of the ARM run-time ABI take a fill's length before
// its value.
global_asm!(
    ".arm",
    ".pushsection .text.memmove,\"ax\",%progbits",
    ".p2align 2",
    ".globl memmove, memcpy, __aeabi_memmove, __aeabi_memmove4, __aeabi_memmove8",
    ".globl __aeabi_memcpy, __aeabi_memcpy4, __aeabi_memcpy8",
    // every name is a function, or a call from Thumb code would not change to ARM code
    ".irp name, memmove, memcpy, __aeabi_memmove, __aeabi_memmove4, __aeabi_memmove8, __aeabi_memcpy, __aeabi_memcpy4, __aeabi_memcpy8",
    ".type \\name,%function",
    ".endr",
    "memmove:",
    "memcpy:",
    "__aeabi_memmove:",
    "__aeabi_memmove4:",
    "__aeabi_memmove8:",
    "__aeabi_memcpy:",
    "__aeabi_memcpy4:",
    "__aeabi_memcpy8:",
    "sub r3, r0, r1",
    "cmp r3, r2",
    // backwards if the beginning of what is copied would be overwritten
    "blo 3f",
    "mov r12, r0",
    "add r2, r1, r2",
    "2: cmp r1, r2",
    "bxeq lr",
    "ldrb r3, [r1], #1",
    "strb r3, [r12], #1",
    "b 2b",
    "3: subs r2, r2, #1",
    "bxlo lr",
    "ldrb r3, [r1, r2]",
    "strb r3, [r0, r2]",
    "b 3b",
    ".size memmove, . - memmove",
    ".size memcpy, . - memcpy",
    ".popsection",
    ".pushsection .text.memset,\"ax\",%progbits",
    ".p2align 2",
    ".globl memset, __aeabi_memset, __aeabi_memset4, __aeabi_memset8",
    ".globl __aeabi_memclr, __aeabi_memclr4, __aeabi_memclr8",
    ".irp name, memset, __aeabi_memset, __aeabi_memset4, __aeabi_memset8, __aeabi_memclr, __aeabi_memclr4, __aeabi_memclr8",
    ".type \\name,%function",
    ".endr",
    "__aeabi_memclr:",
    "__aeabi_memclr4:",
    "__aeabi_memclr8:",
    "mov r2, #0",
    "__aeabi_memset:",
    "__aeabi_memset4:",
    "__aeabi_memset8:",
    "mov r3, r1",
    "mov r1, r2",
    "mov r2, r3",
    "memset:",
    "2: subs r2, r2, #1",
    "bxlo lr",
    "strb r1, [r0, r2]",
    "b 2b",
    ".size memset, . - memset",
    ".popsection",
);

// For `raw`: the number in r0 of the indirect call, then eight words of arguments, from the fourth on the stack.
global_asm!(
    ".arm",
    ".pushsection .text.nb_raw,\"ax\",%progbits",
    ".p2align 2",
    ".globl nb_raw",
    ".hidden nb_raw",
    ".type nb_raw,%function",
    "nb_raw:",
    "push {{r4, r5, r6, lr}}",
    "sub sp, sp, #24",
    "mov r4, r2",
    "mov r5, r1",
    "ldr r3, [r5, #12]",
    "str r3, [sp]",
    "ldr r3, [r5, #16]",
    "str r3, [sp, #4]",
    "ldr r3, [r5, #20]",
    "str r3, [sp, #8]",
    "ldr r3, [r5, #24]",
    "str r3, [sp, #12]",
    "ldr r3, [r5, #28]",
    "str r3, [sp, #16]",
    "ldr r1, [r5]",
    "ldr r2, [r5, #4]",
    "ldr r3, [r5, #8]",
    "svc #0xa00000",
    "str r0, [r4]",
    "str r1, [r4, #4]",
    "mov r0, #0",
    "adc r0, r0, #0",
    "str r0, [r4, #8]",
    "add sp, sp, #24",
    "pop {{r4, r5, r6, pc}}",
    ".size nb_raw, . - nb_raw",
    ".popsection",
);
