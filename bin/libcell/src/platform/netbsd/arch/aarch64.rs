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

// For `raw`: the number in x17 of the indirect call, eight words of arguments in registers.
global_asm!(
    ".pushsection .text.nb_raw,\"ax\",%progbits",
    ".p2align 2",
    ".globl nb_raw",
    ".hidden nb_raw",
    ".type nb_raw,%function",
    "nb_raw:",
    "stp x19, x30, [sp, #-16]!",
    "mov x19, x2",
    "mov x9, x1",
    "mov x17, x0",
    "ldp x0, x1, [x9]",
    "ldp x2, x3, [x9, #16]",
    "ldp x4, x5, [x9, #32]",
    "ldp x6, x7, [x9, #48]",
    "svc #0",
    "stp x0, x1, [x19]",
    "cset x0, cs",
    "str x0, [x19, #16]",
    "ldp x19, x30, [sp], #16",
    "ret",
    ".size nb_raw, . - nb_raw",
    ".popsection",
);
