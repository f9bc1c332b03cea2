//! aarch64.

use core::arch::global_asm;

/// Where an ucontext_t has `elr`: 64 bytes, then the 33rd word.
pub const PROGRAM_COUNTER: usize = 64 + 32 * 8;

// __vfork14, exit; _lwp_exit; poll(nothing, for ever)
global_asm!(
    ".pushsection .text.attack_tasks,\"ax\",%progbits",
    ".p2align 2",
    ".globl attack_vfork, attack_thread_ends, attack_thread_stays",
    ".hidden attack_vfork, attack_thread_ends, attack_thread_stays",
    "attack_vfork:",
    "svc #282",
    "b.cs 3f",
    "cbnz x0, 4f",
    "svc #1",
    "brk #1",
    "3: neg x0, x0",
    "4: ret",
    "attack_thread_ends:",
    "svc #310",
    "b attack_thread_ends",
    "attack_thread_stays:",
    "mov x0, #0",
    "mov x1, #0",
    "mov x2, #-1",
    "svc #209",
    "b attack_thread_stays",
    ".popsection",
);
