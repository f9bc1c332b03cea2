//! earmv7hf: number in the instruction, arguments as C passes them (the fifth and on at the stack pointer, 64-bit
//! ones in an even pair of slots), carry tells failure (sys/arch/arm/arm/syscall.c).

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
