//! The notes by which NetBSD knows its programs (sys/sys/exec_elf.h). The kernel finds them through the section headers.

use core::arch::global_asm;

// The oldest release whose kernel this program knows how to call, as __NetBSD_Version__ counts: 9.0.
global_asm!(
    ".pushsection .note.netbsd.ident,\"aR\",%note",
    ".p2align 2",
    ".long 7, 4, 1",
    ".ascii \"NetBSD\\0\\0\"",
    ".long 900000000",
    ".popsection",
    // No exception from the restrictions of paxctl(8).
    ".pushsection .note.netbsd.pax,\"aR\",%note",
    ".p2align 2",
    ".long 4, 4, 3",
    ".ascii \"PaX\\0\"",
    ".long 0",
    ".popsection",
);

// Which of the ARM ports: hard float from ARMv7 on.
#[cfg(target_arch = "arm")]
global_asm!(
    ".pushsection .note.netbsd.march,\"aR\",%note",
    ".p2align 2",
    ".long 7, 9, 5",
    ".ascii \"NetBSD\\0\\0\"",
    ".asciz \"earmv7hf\"",
    ".p2align 2",
    ".popsection",
);
