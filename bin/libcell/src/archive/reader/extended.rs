//! What is said of a member before its own header, and of a sparse file before its data.

use alloc::{vec, vec::Vec};

use embedded_io::Read;

use super::super::entry::{EXTENTS_MAX, Extent};
use super::super::error::{ArchiveError, ArchiveFlaw};
use super::super::header::BLOCK;
use super::super::pax::{self, Records};
use super::{Reader, padding};

/// Of an extended header.
#[derive(Default)]
pub(super) struct Said {
    pub(super) name: Option<Vec<u8>>,
    /// Goes before it.
    pub(super) sparse_name: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) modified: Option<(i64, u32)>,
    pub(super) real_size: Option<u64>,
    /// `GNU.sparse.major`
    pub(super) sparse: bool,
}

impl<R: Read> Reader<R> {
    /// Reads an extended header.
    pub(super) fn extended(&mut self, size: u64) -> Result<(), ArchiveError<R::Error>> {
        let bytes = self.long_bytes(size)?;
        let mut records = Records(&bytes);
        while let Some((key, value)) = records.next()? {
            let number = || pax::decimal(value).ok_or(ArchiveFlaw::Extended);
            let said = &mut self.said;
            match key {
                b"path" => said.name = Some(value.into()),
                b"GNU.sparse.name" => said.sparse_name = Some(value.into()),
                b"linkpath" => said.link = Some(value.into()),
                b"size" => said.size = Some(number()?),
                b"uid" => said.uid = Some(number()?),
                b"gid" => said.gid = Some(number()?),
                b"mtime" => said.modified = Some(pax::time(value).ok_or(ArchiveFlaw::Extended)?),
                b"GNU.sparse.realsize" => said.real_size = Some(number()?),
                b"GNU.sparse.major" if value == b"1" => said.sparse = true,
                // of older kinds, whose pieces are said elsewhere
                b"GNU.sparse.major" | b"GNU.sparse.size" => return Err(ArchiveFlaw::Kind.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The text of a member of GNU's for a long name.
    pub(super) fn long(&mut self, size: u64) -> Result<Vec<u8>, ArchiveError<R::Error>> {
        let mut bytes = self.long_bytes(size)?;
        if let Some(end) = pax::find(&bytes, 0) {
            bytes.truncate(end);
        }
        Ok(bytes)
    }

    fn long_bytes(&mut self, size: u64) -> Result<Vec<u8>, ArchiveError<R::Error>> {
        if size > pax::MAX as u64 {
            return Err(ArchiveFlaw::Extended.into());
        }
        let mut bytes = vec![0; size as usize];
        if self.stream.fill(&mut bytes)? < bytes.len() {
            return Err(ArchiveFlaw::Short.into());
        }
        self.stream.skip(padding(size))?;
        Ok(bytes)
    }

    /// Reads where the pieces of a sparse file are (GNU's format 1.0): how many there are, then an offset and a size for
    /// each, a number a line, padded to a block.
    pub(super) fn map(&mut self, real_size: u64) -> Result<(), ArchiveError<R::Error>> {
        let wrong = ArchiveFlaw::Size;
        let mut extents = Vec::new();
        let (mut number, mut index, mut count, mut offset, mut end) = (0_u64, 0, 0, 0, 0_u64);
        let mut stored = 0_u64;
        while index == 0 || index <= 2 * count {
            let (block, _) = self.stream.block()?;
            self.left = self.left.checked_sub(BLOCK as u64).ok_or(wrong)?;
            for byte in block {
                match byte {
                    b'0'..=b'9' if number < 1 << 59 => {
                        number = number * 10 + u64::from(byte - b'0')
                    }
                    b'\n' => {
                        match index {
                            0 => count = number,
                            odd if odd & 1 == 1 => offset = number,
                            _ => {
                                if offset < end {
                                    return Err(wrong.into());
                                }
                                // both below 2^63
                                end = offset + number;
                                if end > real_size {
                                    return Err(wrong.into());
                                }
                                stored += number;
                                if number != 0 {
                                    extents.push(Extent {
                                        offset,
                                        size: number,
                                    });
                                }
                            }
                        }
                        index += 1;
                        number = 0;
                        if count > EXTENTS_MAX as u64 {
                            return Err(wrong.into());
                        }
                        if index > 2 * count {
                            break;
                        }
                    }
                    _ => return Err(wrong.into()),
                }
            }
        }
        if stored != self.left || real_size > i64::MAX as u64 {
            return Err(wrong.into());
        }
        self.entry.size = real_size;
        self.entry.extents = Some(extents);
        Ok(())
    }
}
