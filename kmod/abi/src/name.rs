//! Names and roots, checked once where they enter.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::{NAME_MAX, ROOT_MAX};

/// Why a name or a path was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// No characters.
    Empty,
    /// More bytes than the limit given.
    TooLong(usize),
    /// A byte that is not allowed there.
    BadByte(u8),
    /// `.` or `..`, or a component of a path that is one.
    Dots,
    /// A name that begins with `-` reads as an option.
    LeadingDash,
    /// A path that does not begin with `/`.
    Relative,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::TooLong(max) => write!(f, "longer than {max} bytes"),
            Self::BadByte(byte @ 0x21..=0x7e) => {
                write!(f, "'{}' is not allowed", char::from(*byte))
            }
            Self::BadByte(byte) => write!(f, "byte 0x{byte:02x} is not allowed"),
            Self::Dots => f.write_str("\".\" and \"..\" are not allowed"),
            Self::LeadingDash => f.write_str("begins with \"-\""),
            Self::Relative => f.write_str("not absolute"),
        }
    }
}

impl core::error::Error for NameError {}

fn check_name(name: &[u8]) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > NAME_MAX {
        return Err(NameError::TooLong(NAME_MAX));
    }
    for byte in name {
        if !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'_' | b'-') {
            return Err(NameError::BadByte(*byte));
        }
    }
    if name.len() <= 2 && name.iter().all(|byte| *byte == b'.') {
        return Err(NameError::Dots);
    }
    match name {
        [b'-', ..] => Err(NameError::LeadingDash),
        _ => Ok(()),
    }
}

/// Whether the bytes are a [`CellName`], of which all are ASCII.
pub(crate) fn is_name(name: &[u8]) -> bool {
    check_name(name).is_ok()
}

/// All that a root has to be but text.
fn check_root(path: &[u8]) -> Result<(), NameError> {
    if path.is_empty() {
        return Err(NameError::Empty);
    }
    if path.len() > ROOT_MAX {
        return Err(NameError::TooLong(ROOT_MAX));
    }
    if !matches!(path, [b'/', ..]) {
        return Err(NameError::Relative);
    }
    // How many dots the component has, and MANY if it has anything else; a path is shorter than that.
    const MANY: usize = ROOT_MAX + 1;
    let mut dots = MANY;
    for byte in path {
        match byte {
            0..=0x1f | 0x7f => return Err(NameError::BadByte(*byte)),
            b'/' if matches!(dots, 1 | 2) => return Err(NameError::Dots),
            b'/' => dots = 0,
            b'.' => dots += 1,
            _ => dots = MANY,
        }
    }
    match dots {
        1 | 2 => Err(NameError::Dots),
        _ => Ok(()),
    }
}

/// Whether the bytes are a [`RootPath`].
pub(crate) fn is_root(path: &[u8]) -> bool {
    check_root(path).is_ok() && is_utf8(path)
}

/// Whether the bytes are UTF-8 (RFC 3629), as `core::str::from_utf8` has it. That one reads long texts fast and is half
/// a kilobyte, a whole one on MIPS; a root is short.
fn is_utf8(bytes: &[u8]) -> bool {
    let mut rest = bytes.iter();
    while let Some(first) = rest.next() {
        // A letter of so many bytes; a byte less has room for 5 bits less, or for 7 bits if it is the only one.
        let bytes = first.leading_ones();
        if bytes == 0 {
            continue;
        }
        if !(2..=4).contains(&bytes) {
            return false;
        }
        let (more, bits) = (bytes - 1, (5 * bytes - 4).max(7));
        let mut letter = u32::from(first & (0x3f >> more));
        for _ in 0..more {
            match rest.next() {
                Some(next @ 0x80..=0xbf) => letter = letter << 6 | u32::from(next & 0x3f),
                Some(_) | None => return false,
            }
        }
        // Longer than it need be, a surrogate, or beyond Unicode.
        if letter >> bits == 0 || char::from_u32(letter).is_none() {
            return false;
        }
    }
    true
}

/// A cell's name: 1 to [`NAME_MAX`] bytes of `[A-Za-z0-9._-]`, not beginning with `-`, not `.` or `..`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CellName<'a>(&'a str);

impl<'a> CellName<'a> {
    /// A name, for readers that go on after one that is none.
    pub const SOME: Self = Self("x");

    /// Checks `name`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(name: &'a str) -> Result<Self, NameError> {
        check_name(name.as_bytes()).map(|()| Self(name))
    }

    /// The name as text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Display for CellName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for CellName<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&'a str>::deserialize(deserializer)?;
        Self::new(text).map_err(|_| serde::de::Error::custom("cell name"))
    }
}

/// The directory a cell lives in: absolute, 1 to [`ROOT_MAX`] bytes, no control characters, no `.` or `..` component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RootPath<'a>(&'a str);

impl<'a> RootPath<'a> {
    /// The root of everything.
    pub const TOP: Self = Self("/");

    /// Checks `path`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(path: &'a str) -> Result<Self, NameError> {
        check_root(path.as_bytes()).map(|()| Self(path))
    }

    /// The path as text.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Display for RootPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RootPath<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&'a str>::deserialize(deserializer)?;
        Self::new(text).map_err(|_| serde::de::Error::custom("cell root"))
    }
}
