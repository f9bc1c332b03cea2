//! aarch64: number in the instruction, arguments as C passes them, carry tells failure
//! (sys/arch/aarch64/aarch64/syscall.c).

use core::arch::global_asm;

/// A C function for one system call; a failure comes back as the negated errno.
macro_rules! call {
    ($symbol:literal, $number:literal) => {
        core::arch::global_asm!(
            concat!(".pushsection .text.", $symbol, ",\"ax\",%progbits"),
            ".p2align 2",
            concat!(".globl ", $symbol),
            concat!(".hidden ", $symbol),
            concat!(".type ", $symbol, ",%function"),
            concat!($symbol, ":"),
            concat!("svc #", $number),
            "cneg x0, x0, cs",
            "ret",
            concat!(".size ", $symbol, ", . - ", $symbol),
            ".popsection",
        );
    };
}
pub(in super::super) use call;

// The kernel leaves the address of struct ps_strings in x2 (setregs in sys/arch/aarch64/aarch64/exec_machdep.c).
global_asm!(
    ".pushsection .text._start,\"ax\",%progbits",
    ".p2align 2",
    ".globl _start",
    ".type _start,%function",
    "_start:",
    "mov x29, #0",
    "mov x30, #0",
    "mov x0, x2",
    "bl {start}",
    "brk #1",
    ".size _start, . - _start",
    ".popsection",
    start = sym super::super::start::start,
);
