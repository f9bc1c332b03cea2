//! MIPS o32, both byte orders.

use core::arch::global_asm;

/// Where an ucontext_t has the exception's address: 40 bytes, then the 36th word.
pub const PROGRAM_COUNTER: usize = 40 + 35 * 4;

// __vfork14, exit; _lwp_exit; poll(nothing, for ever)
global_asm!(
    ".pushsection .text.attack_tasks,\"ax\",@progbits",
    ".p2align 2",
    ".set noreorder",
    ".globl attack_vfork, attack_thread_ends, attack_thread_stays",
    ".hidden attack_vfork, attack_thread_ends, attack_thread_stays",
    ".type attack_vfork,@function",
    ".type attack_thread_ends,@function",
    ".type attack_thread_stays,@function",
    "attack_vfork:",
    "addiu $2, $zero, 282",
    "syscall",
    "bnez $7, 3f",
    "nop",
    "bnez $2, 4f",
    "nop",
    "move $4, $zero",
    "addiu $2, $zero, 1",
    "syscall",
    "break",
    "3: negu $2, $2",
    "4: jr $31",
    "nop",
    "attack_thread_ends:",
    "addiu $2, $zero, 310",
    "syscall",
    "b attack_thread_ends",
    "nop",
    "attack_thread_stays:",
    "move $4, $zero",
    "move $5, $zero",
    "addiu $6, $zero, -1",
    "addiu $2, $zero, 209",
    "syscall",
    "b attack_thread_stays",
    "nop",
    ".set reorder",
    ".popsection",
);
