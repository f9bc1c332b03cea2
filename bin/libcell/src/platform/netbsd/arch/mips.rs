//! MIPS o32, both byte orders: number in `$v0`, arguments as C passes them (the fifth and on at 16 above the stack
//! pointer, 64-bit ones in an even pair of slots), `$a3` tells failure (sys/arch/mips/mips/syscall.c).
//!
//! Only ever called out of line: the kernel does not preserve `$1`, which LLVM uses and inline assembly can neither
//! name nor give up. A call gives it up.

use core::arch::global_asm;

/// A C function for one system call; a failure comes back as the negated errno.
macro_rules! call {
    ($symbol:literal, $number:literal) => {
        core::arch::global_asm!(
            concat!(".pushsection .text.", $symbol, ",\"ax\",@progbits"),
            ".p2align 2",
            ".set noreorder",
            concat!(".globl ", $symbol),
            concat!(".hidden ", $symbol),
            concat!(".type ", $symbol, ",@function"),
            concat!($symbol, ":"),
            concat!("addiu $2, $zero, ", $number),
            "syscall",
            "negu $8, $2",
            "jr $31",
            "movn $2, $8, $7",
            concat!(".size ", $symbol, ", . - ", $symbol),
            ".set reorder",
            ".popsection",
        );
    };
}
pub(in super::super) use call;

// The kernel leaves the address of struct ps_strings in $a3 (setregs in sys/arch/mips/mips/mips_machdep.c).
// 16 bytes are the callee's, for its register arguments.
global_asm!(
    ".pushsection .text._start,\"ax\",@progbits",
    ".p2align 2",
    ".set noreorder",
    ".globl _start",
    ".type _start,@function",
    "_start:",
    "move $fp, $zero",
    "move $ra, $zero",
    "move $a0, $a3",
    "addiu $t0, $zero, -8",
    "and $sp, $sp, $t0",
    "jal {start}",
    "addiu $sp, $sp, -24",
    "break",
    "nop",
    ".size _start, . - _start",
    ".set reorder",
    ".popsection",
    start = sym super::super::start::start,
);
