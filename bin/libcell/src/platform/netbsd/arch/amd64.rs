//! amd64: number in `rax`, arguments as C passes them but the fourth in `r10`, the seventh and eighth on the stack
//! above the return address; carry tells failure (sys/arch/x86/x86/syscall.c).

use core::arch::global_asm;

/// A C function for one system call; a failure comes back as the negated errno.
macro_rules! call {
    ($symbol:literal, $number:literal) => {
        core::arch::global_asm!(
            concat!(".pushsection .text.", $symbol, ",\"ax\",@progbits"),
            concat!(".globl ", $symbol),
            concat!(".hidden ", $symbol),
            concat!(".type ", $symbol, ",@function"),
            concat!($symbol, ":"),
            concat!("mov eax, ", $number),
            "mov r10, rcx",
            "syscall",
            "jnc 2f",
            "neg rax",
            "2: ret",
            concat!(".size ", $symbol, ", . - ", $symbol),
            ".popsection",
        );
    };
}
pub(in super::super) use call;

// The kernel leaves the address of struct ps_strings in rbx (setregs in sys/arch/amd64/amd64/machdep.c).
global_asm!(
    ".pushsection .text._start,\"ax\",@progbits",
    ".globl _start",
    ".type _start,@function",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, rbx",
    "and rsp, -16",
    "call {start}",
    "ud2",
    ".size _start, . - _start",
    ".popsection",
    start = sym super::super::start::start,
);
