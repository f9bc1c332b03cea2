//! What a program needs beside itself to be executed: its interpreter, by `#!` or by its ELF header, and libraries.

mod make;

use object::elf::{self, FileHeader32, FileHeader64};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, FileKind};

pub use make::make;

/// What an ELF file says of itself. Source: elf(5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elf {
    /// `e_machine`.
    pub machine: u16,
    /// Whether its numbers begin with the most significant byte.
    pub big_endian: bool,
    /// `PT_INTERP`.
    pub interpreter: Option<String>,
    /// `DT_NEEDED`.
    pub libraries: Vec<String>,
    /// Directories of `DT_RUNPATH`, or of `DT_RPATH`.
    pub search: Vec<String>,
}

/// The interpreter that a script names.
#[must_use]
pub fn script_interpreter(bytes: &[u8]) -> Option<String> {
    let line = bytes.strip_prefix(b"#!")?;
    let line = line.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?.trim_start();
    line.split_whitespace().next().map(str::to_owned)
}

/// The interpreter of the program `bytes`; `None` if it needs none.
#[must_use]
pub fn interpreter(bytes: &[u8]) -> Option<String> {
    script_interpreter(bytes).or_else(|| read(bytes)?.interpreter)
}

/// Reads an ELF file; `None` if it is none, or damaged.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Elf> {
    match FileKind::parse(bytes).ok()? {
        FileKind::Elf32 => of::<FileHeader32<Endianness>>(bytes),
        FileKind::Elf64 => of::<FileHeader64<Endianness>>(bytes),
        _ => None,
    }
}

fn of<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Option<Elf> {
    let header = H::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, bytes).ok()?;
    let mut read = Elf {
        machine: header.e_machine(endian).0,
        big_endian: endian == Endianness::Big,
        ..Elf::default()
    };
    let at_address = |address: u64| {
        let loaded = segments
            .iter()
            .filter(|segment| segment.p_type(endian) == elf::PT_LOAD);
        loaded
            .filter_map(|segment| {
                let data = segment.data(endian, bytes).ok()?;
                let at = address.checked_sub(segment.p_vaddr(endian).into())?;
                data.get(usize::try_from(at).ok()?..)
            })
            .find(|rest| !rest.is_empty())
    };
    for segment in segments {
        if let Some(name) = segment.interpreter(endian, bytes).ok()? {
            read.interpreter = Some(text(name)?);
        }
        let Some(entries) = segment.dynamic(endian, bytes).ok()? else {
            continue;
        };
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| (entry.tag(endian), entry.val(endian)))
            .take_while(|(tag, _)| *tag != elf::DT_NULL)
            .collect();
        let strings = entries
            .iter()
            .find(|(tag, _)| *tag == elf::DT_STRTAB)
            .and_then(|(_, address)| at_address(*address));
        let string = |at: u64| -> Option<String> {
            let rest = strings?.get(usize::try_from(at).ok()?..)?;
            text(rest.split(|byte| *byte == 0).next()?)
        };
        for (tag, value) in entries {
            match tag {
                elf::DT_NEEDED => read.libraries.push(string(value)?),
                elf::DT_RPATH | elf::DT_RUNPATH => {
                    read.search = string(value)?.split(':').map(str::to_owned).collect();
                }
                _ => {}
            }
        }
    }
    Some(read)
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests;
