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

// What the compiler calls to copy and fill. compiler_builtins has it ten times as long, in words; here nothing is copied
// that is worth it. (Its own is weak, so this one is taken.)
global_asm!(
    ".pushsection .text.memmove,\"ax\",@progbits",
    ".p2align 2",
    ".set noreorder",
    ".globl memmove, memcpy",
    ".type memmove,@function",
    ".type memcpy,@function",
    "memmove:",
    "memcpy:",
    "move $v0, $a0",
    "subu $t0, $a0, $a1",
    "sltu $t0, $t0, $a2",
    // the end of what is copied; from there backwards if the beginning of it would be overwritten
    "bnez $t0, 3f",
    "addu $a3, $a1, $a2",
    "2: beq $a1, $a3, 5f",
    "addiu $a0, $a0, 1",
    "lbu $t0, 0($a1)",
    "addiu $a1, $a1, 1",
    "b 2b",
    "sb $t0, -1($a0)",
    "3: addu $a0, $a0, $a2",
    "4: beq $a3, $a1, 5f",
    "addiu $a0, $a0, -1",
    "lbu $t0, -1($a3)",
    "addiu $a3, $a3, -1",
    "b 4b",
    "sb $t0, 0($a0)",
    "5: jr $ra",
    "nop",
    ".size memmove, . - memmove",
    ".size memcpy, . - memcpy",
    ".popsection",
    ".pushsection .text.memset,\"ax\",@progbits",
    ".p2align 2",
    ".globl memset",
    ".type memset,@function",
    "memset:",
    "move $v0, $a0",
    "addu $a2, $a0, $a2",
    "2: beq $a0, $a2, 3f",
    "addiu $a0, $a0, 1",
    "b 2b",
    "sb $a1, -1($a0)",
    "3: jr $ra",
    "nop",
    ".size memset, . - memset",
    ".set reorder",
    ".popsection",
);

// For `raw`: eight words of arguments, from the fifth on at 16 above the stack pointer. Out of line as all of them.
global_asm!(
    ".pushsection .text.nb_raw,\"ax\",@progbits",
    ".p2align 2",
    ".set noreorder",
    ".globl nb_raw",
    ".hidden nb_raw",
    ".type nb_raw,@function",
    "nb_raw:",
    "addiu $sp, $sp, -40",
    "sw $a2, 32($sp)",
    "move $v0, $a0",
    "move $t1, $a1",
    "lw $t0, 16($t1)",
    "sw $t0, 16($sp)",
    "lw $t0, 20($t1)",
    "sw $t0, 20($sp)",
    "lw $t0, 24($t1)",
    "sw $t0, 24($sp)",
    "lw $t0, 28($t1)",
    "sw $t0, 28($sp)",
    "lw $a0, 0($t1)",
    "lw $a1, 4($t1)",
    "lw $a2, 8($t1)",
    "lw $a3, 12($t1)",
    "syscall",
    "lw $t0, 32($sp)",
    "addiu $sp, $sp, 40",
    "sw $v0, 0($t0)",
    "sw $v1, 4($t0)",
    "jr $ra",
    "sw $a3, 8($t0)",
    ".size nb_raw, . - nb_raw",
    ".set reorder",
    ".popsection",
);
