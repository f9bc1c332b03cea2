//! earmv7hf, in ARM code.

use core::arch::global_asm;

/// Where an ucontext_t has `r15`: 40 bytes, then the 16th word.
pub const PROGRAM_COUNTER: usize = 40 + 15 * 4;

// __vfork14, exit; _lwp_exit; poll(nothing, for ever)
global_asm!(
    ".arm",
    ".pushsection .text.attack_tasks,\"ax\",%progbits",
    ".p2align 2",
    ".globl attack_vfork, attack_thread_ends, attack_thread_stays",
    ".hidden attack_vfork, attack_thread_ends, attack_thread_stays",
    ".type attack_vfork,%function",
    ".type attack_thread_ends,%function",
    ".type attack_thread_stays,%function",
    "attack_vfork:",
    "svc #(0xa00000 + 282)",
    "rsbcs r0, r0, #0",
    "bxcs lr",
    "cmp r0, #0",
    "bxne lr",
    "svc #(0xa00000 + 1)",
    "udf #1",
    "attack_thread_ends:",
    "svc #(0xa00000 + 310)",
    "b attack_thread_ends",
    "attack_thread_stays:",
    "mov r0, #0",
    "mov r1, #0",
    "mvn r2, #0",
    "svc #(0xa00000 + 209)",
    "b attack_thread_stays",
    ".popsection",
);
