//! What is said of a member before its own header, and of a sparse file before its data.

use alloc::{vec, vec::Vec};

use embedded_io::Read;

use super::super::entry::{EXTENTS_MAX, Extent};
use super::super::header::BLOCK;
use super::super::pax::{self, Records};
use super::{Reader, padding};
use crate::platform::{Clock, Errno};
use crate::problem::{Rule, Why};

/// A number that was not said: above all that can be.
pub(super) const NOT_SAID: u64 = u64::MAX;

/// Of an extended header; texts that were not said are empty.
pub(super) struct Said {
    pub(super) name: Vec<u8>,
    /// Goes before it.
    pub(super) sparse_name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) size: u64,
    pub(super) uid: u64,
    pub(super) gid: u64,
    pub(super) real_size: u64,
    pub(super) modified: Option<Clock>,
    /// `GNU.sparse.major`
    pub(super) sparse: bool,
}

impl Said {
    pub(super) const fn nothing() -> Self {
        Self {
            name: Vec::new(),
            sparse_name: Vec::new(),
            link: Vec::new(),
            size: NOT_SAID,
            uid: NOT_SAID,
            gid: NOT_SAID,
            real_size: NOT_SAID,
            modified: None,
            sparse: false,
        }
    }

    pub(super) fn clear(&mut self) {
        for text in [&mut self.name, &mut self.sparse_name, &mut self.link] {
            text.clear();
        }
        for number in [
            &mut self.size,
            &mut self.uid,
            &mut self.gid,
            &mut self.real_size,
        ] {
            *number = NOT_SAID;
        }
        (self.modified, self.sparse) = (None, false);
    }

    /// Takes a record.
    fn take(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        let texts: [(&[u8], &mut Vec<u8>); 3] = [
            (b"path", &mut self.name),
            (b"GNU.sparse.name", &mut self.sparse_name),
            (b"linkpath", &mut self.link),
        ];
        for (name, to) in texts {
            if name == key {
                to.clear();
                to.extend_from_slice(value);
            }
        }
        let numbers: [(&[u8], &mut u64); 4] = [
            (b"size", &mut self.size),
            (b"uid", &mut self.uid),
            (b"gid", &mut self.gid),
            (b"GNU.sparse.realsize", &mut self.real_size),
        ];
        for (name, to) in numbers {
            if name == key {
                *to = pax::decimal(value)?;
            }
        }
        match key {
            b"mtime" => self.modified = Some(pax::time(value)?),
            b"GNU.sparse.major" => self.sparse = value == b"1",
            _ => {}
        }
        Some(())
    }
}

impl<R: Read<Error = Errno>> Reader<R> {
    /// Reads an extended header.
    pub(super) fn extended(&mut self, size: u64) -> Result<(), Why> {
        let bytes = self.bytes(size)?;
        let mut records = Records(&bytes);
        while let Some((key, value)) = records.next()? {
            self.said.take(key, value).ok_or(Rule::Extended)?;
            // pieces of sparse files that are said elsewhere, in older formats
            if key == b"GNU.sparse.size" || key == b"GNU.sparse.major" && !self.said.sparse {
                return Err(Rule::Kind.into());
            }
        }
        Ok(())
    }

    /// The text of a small member.
    pub(super) fn long(&mut self, size: u64) -> Result<Vec<u8>, Why> {
        let mut bytes = self.bytes(size)?;
        if let Some(end) = pax::find(&bytes, 0) {
            bytes.truncate(end);
        }
        Ok(bytes)
    }

    fn bytes(&mut self, size: u64) -> Result<Vec<u8>, Why> {
        if size > pax::MAX as u64 {
            return Err(Rule::Extended.into());
        }
        let mut bytes = vec![0; size as usize];
        self.stream.fill(&mut bytes)?;
        self.stream.skip(padding(size))?;
        Ok(bytes)
    }

    /// Reads where the pieces of a sparse file are (GNU's format 1.0): how many there are, then an offset and a size for
    /// each, a number a line, padded to a block.
    pub(super) fn map(&mut self) -> Result<(), Why> {
        let wrong = Rule::Size;
        let mut extents = Vec::new();
        let (mut number, mut index, mut last, mut offset) = (0_u64, 0_u32, 0_u32, 0);
        let (mut end, mut stored, size) = (0_u64, 0_u64, self.said.real_size);
        while index <= last {
            self.stream.next_block()?;
            self.left = self.left.checked_sub(BLOCK as u64).ok_or(wrong)?;
            for byte in self.stream.block {
                let digit = byte.wrapping_sub(b'0');
                if digit < 10 && number < 1 << 59 {
                    number = number * 10 + u64::from(digit);
                    continue;
                }
                let is_sound = byte == b'\n'
                    && match index {
                        0 => number <= EXTENTS_MAX as u64,
                        odd if odd & 1 == 1 => number >= end,
                        // both below 2^63
                        _ => offset + number <= size,
                    };
                if !is_sound {
                    return Err(wrong.into());
                }
                match index {
                    0 => last = 2 * number as u32,
                    odd if odd & 1 == 1 => offset = number,
                    _ => {
                        end = offset + number;
                        stored += number;
                        if number != 0 {
                            extents.push(Extent {
                                offset,
                                size: number,
                            });
                        }
                    }
                }
                number = 0;
                index += 1;
                if index > last {
                    break;
                }
            }
        }
        if stored != self.left || size > i64::MAX as u64 {
            return Err(wrong.into());
        }
        self.entry.size = size;
        self.entry.extents = Some(extents);
        Ok(())
    }
}
