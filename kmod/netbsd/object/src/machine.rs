//! What NetBSD's kernels on each processor give to a module, and what their loaders take.

use object::build::elf::Builder;
use object::elf;

use crate::failure::Failure;

/// A processor, in one of the ways NetBSD runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// x86-64.
    Amd64,
    /// ARM, 64-bit.
    Aarch64,
    /// ARM, 32-bit, ARM code.
    Arm,
    /// MIPS o32, either byte order.
    Mips,
}

impl Machine {
    /// The processor that an object is for.
    pub fn of(object: &Builder<'_>) -> Result<Self, Failure> {
        let little = object.endian == object::Endianness::Little;
        match (object.header.e_machine, object.is_64, little) {
            (elf::EM_X86_64, true, true) => Ok(Self::Amd64),
            (elf::EM_AARCH64, true, true) => Ok(Self::Aarch64),
            (elf::EM_ARM, false, true) => Ok(Self::Arm),
            (elf::EM_MIPS, false, _) => Ok(Self::Mips),
            (machine, _, _) => Err(Failure::Machine(machine.0)),
        }
    }

    /// What libkern defines of what compilers call: `sys/lib/libkern/Makefile.libkern`, `arch/*/Makefile.inc` beside
    /// it, `Makefile.compiler-rt`, and for ARM the aliases in `common/lib/libc/arch/arm` and `sys/external/bsd/
    /// compiler_rt`. `bcmp` and the aligned `__aeabi_memcpy4` and `__aeabi_memcpy8` are not there.
    pub fn libkern(self) -> &'static [&'static str] {
        match self {
            Self::Amd64 | Self::Aarch64 => &["memcmp", "memcpy", "memmove", "memset"],
            Self::Arm => &[
                "memcmp",
                "memcpy",
                "memmove",
                "memset",
                "__aeabi_idiv",
                "__aeabi_idivmod",
                "__aeabi_lasr",
                "__aeabi_ldivmod",
                "__aeabi_llsl",
                "__aeabi_llsr",
                "__aeabi_uidiv",
                "__aeabi_uidivmod",
                "__aeabi_uldivmod",
            ],
            Self::Mips => &[
                "memcmp",
                "memcpy",
                "memmove",
                "memset",
                "__ashldi3",
                "__ashrdi3",
                "__divdi3",
                "__lshrdi3",
                "__moddi3",
                "__udivdi3",
                "__umoddi3",
            ],
        }
    }

    /// The relocations that `kobj_reloc()` of the kernel does, and does right.
    ///
    /// | file below `sys/arch` | not in the list though there |
    /// |---|---|
    /// | `amd64/amd64/kobj_machdep.c` | |
    /// | `aarch64/aarch64/kobj_machdep.c` | |
    /// | `arm/arm32/kobj_machdep.c` | `MOVW_ABS_NC`, `MOVT_ABS`: their addends are not read. `PREL31`: it fails. `CALL`, `JUMP24`: modules are out of their reach |
    /// | `mips/mips/kobj_machdep.c` | `26`: wrong for an address in another 256 MiB |
    ///
    /// `PLT32` of amd64 is known since NetBSD 10; [`crate::repair`] makes `PC32` of it.
    pub fn relocations(self) -> &'static [elf::RelocationType] {
        match self {
            Self::Amd64 => &[
                elf::R_X86_64_64,
                elf::R_X86_64_PC32,
                elf::R_X86_64_32,
                elf::R_X86_64_32S,
            ],
            Self::Aarch64 => &[
                elf::R_AARCH64_ABS64,
                elf::R_AARCH64_ABS32,
                elf::R_AARCH64_ADD_ABS_LO12_NC,
                elf::R_AARCH64_LDST8_ABS_LO12_NC,
                elf::R_AARCH64_LDST16_ABS_LO12_NC,
                elf::R_AARCH64_LDST32_ABS_LO12_NC,
                elf::R_AARCH64_LDST64_ABS_LO12_NC,
                elf::R_AARCH64_ADR_PREL_PG_HI21,
                elf::R_AARCH64_JUMP26,
                elf::R_AARCH64_CALL26,
                elf::R_AARCH64_PREL64,
                elf::R_AARCH64_PREL32,
            ],
            Self::Arm => &[elf::R_ARM_ABS32, elf::R_ARM_REL32, elf::R_ARM_V4BX],
            Self::Mips => &[elf::R_MIPS_32, elf::R_MIPS_HI16, elf::R_MIPS_LO16],
        }
    }

    /// Instructions that only stop the kernel, as llvm-objdump names them: what a panic is compiled to. `int3` of amd64
    /// is what the linker puts between functions.
    pub fn traps(self) -> &'static [&'static str] {
        match self {
            Self::Amd64 => &["ud2", "ud1", "ud0", "int", "hlt"],
            Self::Aarch64 => &["brk", "udf", "hlt"],
            Self::Arm => &["udf", "bkpt", "trap"],
            Self::Mips => &[
                "break", "sdbbp", "teq", "tge", "tgeu", "tlt", "tltu", "tne", "teqi", "tgei",
                "tgeiu", "tlti", "tltiu", "tnei",
            ],
        }
    }

    /// Does the loader take relocations only with addends (RELA)?
    pub fn needs_addends(self) -> bool {
        match self {
            Self::Aarch64 | Self::Mips => true,
            Self::Amd64 | Self::Arm => false,
        }
    }
}
