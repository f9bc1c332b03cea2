//! How much of a kernel's memory an object takes.

use object::build::elf::Builder;
use object::elf;

use crate::failure::Failure;

/// Bytes of an object in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// What is never written: code and constants.
    pub constant: u64,
    /// What is written, zeroed or not.
    pub data: u64,
}

/// Most bytes of a module's code and constants.
pub const CONSTANT_MAX: u64 = 24 * 1024;
/// Most bytes of a module's data.
pub const DATA_MAX: u64 = 48 * 1024;

impl Size {
    /// Adds up the sections that are loaded.
    pub fn of(object: &Builder<'_>) -> Self {
        let mut size = Self {
            constant: 0,
            data: 0,
        };
        // The loader takes no other section into memory.
        let loaded = object.sections.iter().filter(|section| {
            section.is_alloc() && matches!(section.sh_type, elf::SHT_PROGBITS | elf::SHT_NOBITS)
        });
        for section in loaded {
            let bytes = object.section_size(section);
            if section.sh_flags.contains(elf::SHF_WRITE) {
                size.data += bytes;
            } else {
                size.constant += bytes;
            }
        }
        size
    }

    /// What of it is above the bounds.
    pub fn faults(self) -> Vec<Failure> {
        let bounds = [
            ("text and rodata", self.constant, CONSTANT_MAX),
            ("data and bss", self.data, DATA_MAX),
        ];
        bounds
            .into_iter()
            .filter(|(_, bytes, bound)| bytes > bound)
            .map(|(what, bytes, bound)| Failure::Size(what, bytes, bound))
            .collect()
    }
}
