//! The first member of an archive: what it is of. Text, one line for each key, in this order:
//!
//! | key | value |
//! |---|---|
//! | `picocell` | [`VERSION`] |
//! | `kind` | `volume` |
//! | `name` | of the volume |
//! | `board` | of the device, `-` if it did not know |
//! | `image` | SHA-256 of its `cells.bin`, hexadecimal, `-` if it had none |
//! | `created` | UTC, RFC 3339 |
//! | `entries` | members that follow, the digest excluded |
//! | `bytes` | of its files, holes included |
//! | `space` | about what they take of a file system, in KiB |

use alloc::string::String;

use super::entry::Sums;
use super::error::ArchiveFlaw;
use super::pax::{decimal, find};
use crate::platform::utf8;
use crate::table::{Line, digits};
use crate::time::{Form, Seconds};

/// Longest manifest in bytes.
pub(super) const MAX: usize = 1024;

/// What archives are of.
const KIND: &str = "volume";

/// Of the format of archives.
pub const VERSION: u8 = 1;

/// What is known of an archive before the rest of it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its name.
    pub name: String,
    /// Name of the board, `-` if unknown.
    pub board: String,
    /// SHA-256 of the image in hexadecimal, `-` if unknown.
    pub image: String,
    /// When it was made.
    pub created: Seconds,
    /// How much there is.
    pub sums: Sums,
}

const KEYS: [&str; 9] = [
    "picocell", "kind", "name", "board", "image", "created", "entries", "bytes", "space",
];

impl Manifest {
    /// Writes it.
    pub(super) fn write(&self, line: &mut Line) {
        for (index, key) in KEYS.iter().enumerate() {
            line.extend_from_slice(key.as_bytes());
            line.push(b' ');
            match index {
                0 => digits(line, VERSION.into()),
                1 => line.extend_from_slice(KIND.as_bytes()),
                2 => line.extend_from_slice(self.name.as_bytes()),
                3 => line.extend_from_slice(self.board.as_bytes()),
                4 => line.extend_from_slice(self.image.as_bytes()),
                5 => Form::Internet.write(line, self.created),
                6 => digits(line, self.sums.entries.into()),
                7 => digits(line, self.sums.bytes),
                _ => digits(line, self.sums.space_kib),
            }
            line.push(b'\n');
        }
    }

    /// Reads one.
    pub(super) fn read(text: &[u8]) -> Result<Self, ArchiveFlaw> {
        let wrong = ArchiveFlaw::Manifest;
        let mut manifest = Self {
            name: String::new(),
            board: String::new(),
            image: String::new(),
            created: 0,
            sums: Sums::default(),
        };
        let mut rest = text;
        for (index, key) in KEYS.iter().enumerate() {
            let end = find(rest, b'\n').ok_or(wrong)?;
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            let value = line.strip_prefix(key.as_bytes()).ok_or(wrong)?;
            let value = value.strip_prefix(b" ").ok_or(wrong)?;
            let text = word(value);
            match index {
                0 if decimal(value) == Some(VERSION.into()) => {}
                0 => return Err(ArchiveFlaw::Version),
                1 if value == KIND.as_bytes() => {}
                1 => return Err(wrong),
                2 => {
                    manifest.name = cell_abi::CellName::new(text.ok_or(wrong)?)
                        .map_err(|_| wrong)?
                        .as_str()
                        .into()
                }
                3 => manifest.board = text.ok_or(wrong)?.into(),
                4 => manifest.image = text.ok_or(wrong)?.into(),
                5 => manifest.created = Form::Internet.read(value).ok_or(wrong)?,
                6 => {
                    let entries = decimal(value).and_then(|count| u32::try_from(count).ok());
                    manifest.sums.entries = entries.ok_or(wrong)?;
                }
                7 => manifest.sums.bytes = decimal(value).ok_or(wrong)?,
                _ => manifest.sums.space_kib = decimal(value).ok_or(wrong)?,
            }
        }
        if rest.is_empty() {
            Ok(manifest)
        } else {
            Err(wrong)
        }
    }
}

/// A value that can be shown: some letters without blanks and controls, at most 64.
fn word(value: &[u8]) -> Option<&str> {
    let is_word = |byte: &u8| (0x21..0x7f).contains(byte);
    if value.is_empty() || value.len() > 64 || !value.iter().all(is_word) {
        return None;
    }
    utf8(value)
}
