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

// For `raw`: eight words of arguments, the seventh and eighth above where a return address would be. Nothing between
// the call and `setc` changes the flags.
global_asm!(
    ".pushsection .text.nb_raw,\"ax\",@progbits",
    ".globl nb_raw",
    ".hidden nb_raw",
    ".type nb_raw,@function",
    "nb_raw:",
    "push rbx",
    "mov rbx, rdx",
    "mov rax, rdi",
    "mov r11, rsi",
    "push qword ptr [r11 + 56]",
    "push qword ptr [r11 + 48]",
    "push 0",
    "mov rdi, [r11]",
    "mov rsi, [r11 + 8]",
    "mov rdx, [r11 + 16]",
    "mov r10, [r11 + 24]",
    "mov r8, [r11 + 32]",
    "mov r9, [r11 + 40]",
    "syscall",
    "mov [rbx], rax",
    "mov [rbx + 8], rdx",
    "setc al",
    "movzx eax, al",
    "mov [rbx + 16], rax",
    "add rsp, 24",
    "pop rbx",
    "ret",
    ".size nb_raw, . - nb_raw",
    ".popsection",
);
