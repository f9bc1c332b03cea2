//! amd64.

use core::arch::global_asm;

/// Where an ucontext_t has `rip`: 56 bytes, then the 22nd word.
pub const PROGRAM_COUNTER: usize = 56 + 21 * 8;

// __vfork14, exit; _lwp_exit; poll(nothing, for ever)
global_asm!(
    ".pushsection .text.attack_tasks,\"ax\",@progbits",
    ".globl attack_vfork, attack_thread_ends, attack_thread_stays",
    ".hidden attack_vfork, attack_thread_ends, attack_thread_stays",
    "attack_vfork:",
    "mov eax, 282",
    "syscall",
    "jc 3f",
    "test eax, eax",
    "jnz 4f",
    "xor edi, edi",
    "mov eax, 1",
    "syscall",
    "ud2",
    "3: neg rax",
    "4: ret",
    "attack_thread_ends:",
    "mov eax, 310",
    "syscall",
    "jmp attack_thread_ends",
    "attack_thread_stays:",
    "xor edi, edi",
    "xor esi, esi",
    "mov edx, -1",
    "mov eax, 209",
    "syscall",
    "jmp attack_thread_stays",
    ".popsection",
);
