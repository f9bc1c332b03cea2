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

use super::entry::Sums;
use super::pax::decimal;
use crate::platform::utf8;
use crate::problem::Rule;
use crate::table::{Line, digits};
use crate::time::{Form, Seconds};

/// Longest manifest in bytes.
pub(super) const MAX: usize = 1024;

/// Version of the format of archives.
pub const VERSION: u8 = 1;

/// What is known of an archive before the rest of it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    text: Line,
    /// When it was made.
    pub created: Seconds,
    /// How much there is.
    pub sums: Sums,
}

/// Keys, each with the blank after it; the first two with their values.
const KEYS: [&[u8]; 9] = [
    b"picocell 1",
    b"kind volume",
    b"name ",
    b"board ",
    b"image ",
    b"created ",
    b"entries ",
    b"bytes ",
    b"space ",
];

/// Longest name of a board, and digits of an image.
const WORD_MAX: usize = 64;

impl Manifest {
    /// Of a volume on a board with an image, both `-` if unknown.
    #[must_use]
    pub fn new(volume: &str, board: &str, image: &str, created: Seconds, sums: Sums) -> Self {
        let mut text = Line::new();
        for (index, key) in KEYS.iter().enumerate() {
            text.extend_from_slice(key);
            match index {
                2 => text.extend_from_slice(volume.as_bytes()),
                3 => text.extend_from_slice(board.as_bytes()),
                4 => text.extend_from_slice(image.as_bytes()),
                5 => Form::Internet.write(&mut text, created),
                6 => digits(&mut text, sums.entries.into()),
                7 => digits(&mut text, sums.bytes),
                8 => digits(&mut text, sums.space_kib),
                _ => {}
            }
            text.push(b'\n');
        }
        Self {
            text,
            created,
            sums,
        }
    }

    /// Reads one.
    pub(super) fn read(text: Line) -> Result<Self, Rule> {
        let mut manifest = Self {
            text,
            ..Self::default()
        };
        if !manifest.text.starts_with(b"picocell 1\n") && manifest.text.starts_with(b"picocell ") {
            return Err(Rule::Version);
        }
        if manifest.values().is_none() || manifest.text.split(|byte| *byte == b'\n').count() != 10 {
            return Err(Rule::Manifest);
        }
        Ok(manifest)
    }

    /// Looks at all values and takes the numbers.
    fn values(&mut self) -> Option<()> {
        let rest = self.text.strip_suffix(b"\n")?;
        let mut lines = rest.split(|byte| *byte == b'\n');
        for (index, key) in KEYS.iter().enumerate() {
            let value = lines.next()?.strip_prefix(*key)?;
            let number = match index {
                0 | 1 if value.is_empty() => 0,
                2 if cell_abi::CellName::new(utf8(value)?).is_ok() => 0,
                3 | 4 if is_word(value) => 0,
                5 => Form::Internet.read(value)?.into(),
                6.. => decimal(value)?,
                _ => return None,
            };
            match index {
                5 => self.created = number as u32,
                6 => self.sums.entries = u32::try_from(number).ok()?,
                7 => self.sums.bytes = number,
                8 => self.sums.space_kib = number,
                _ => {}
            }
        }
        Some(())
    }

    fn value(&self, index: usize) -> &str {
        let line = self.text.split(|byte| *byte == b'\n').nth(index);
        let key = KEYS.get(index).copied().unwrap_or_default();
        let value = line.and_then(|line| line.strip_prefix(key));
        value.and_then(utf8).unwrap_or_default()
    }

    /// The volume.
    #[must_use]
    pub fn volume(&self) -> &str {
        self.value(2)
    }

    /// The name of the board, `-` if unknown.
    #[must_use]
    pub fn board(&self) -> &str {
        self.value(3)
    }

    /// SHA-256 of the image in hexadecimal, `-` if unknown.
    #[must_use]
    pub fn image(&self) -> &str {
        self.value(4)
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }
}

/// A value that can be shown: some letters without blanks and controls.
fn is_word(value: &[u8]) -> bool {
    let is_letter = |byte: &u8| (0x21..0x7f).contains(byte);
    !value.is_empty() && value.len() <= WORD_MAX && value.iter().all(is_letter)
}
