//! What a program needs beside itself to be executed: its interpreter, by `#!` or by its ELF header.

/// How many bytes of a file are enough to know.
pub const ENOUGH: usize = 64 * 1024;

/// The interpreter of the program that begins with `bytes`; `None` if it needs none.
#[must_use]
pub fn interpreter(bytes: &[u8]) -> Option<String> {
    if let Some(line) = bytes.strip_prefix(b"#!") {
        let line = line.split(|byte| *byte == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?.trim_start();
        return line.split_whitespace().next().map(str::to_owned);
    }
    let [class, data] = bytes.strip_prefix(b"\x7fELF")?.first_chunk::<2>()?;
    let file = File {
        bytes,
        wide: *class == 2,
        big_endian: *data == 2,
    };
    // Elf32_Ehdr and Elf64_Ehdr of elf(5)
    let (table, size, count) = if file.wide {
        (file.word(32)?, file.half(54)?, file.half(56)?)
    } else {
        (file.word(28)?, file.half(42)?, file.half(44)?)
    };
    for index in 0..count {
        const PT_INTERP: u32 = 3;
        let header = table.checked_add(index.checked_mul(size)?)?;
        if file.number::<4>(header)? == u64::from(PT_INTERP) {
            let (offset, length) = if file.wide {
                (file.word(header + 8)?, file.word(header + 32)?)
            } else {
                (file.word(header + 4)?, file.word(header + 16)?)
            };
            let text = bytes.get(offset..offset.checked_add(length)?)?;
            let text = text.strip_suffix(b"\0").unwrap_or(text);
            return std::str::from_utf8(text).ok().map(str::to_owned);
        }
    }
    None
}

struct File<'b> {
    bytes: &'b [u8],
    wide: bool,
    big_endian: bool,
}

impl File<'_> {
    fn number<const N: usize>(&self, at: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..)?.first_chunk::<N>()?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        })
    }

    fn half(&self, at: usize) -> Option<usize> {
        usize::try_from(self.number::<2>(at)?).ok()
    }

    fn word(&self, at: usize) -> Option<usize> {
        let number = if self.wide {
            self.number::<8>(at)?
        } else {
            self.number::<4>(at)?
        };
        usize::try_from(number).ok()
    }
}

#[cfg(test)]
mod tests;
