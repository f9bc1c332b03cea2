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

/// A cell's name: 1 to [`NAME_MAX`] bytes of `[A-Za-z0-9._-]`, not beginning with `-`, not `.` or `..`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CellName<'a>(&'a str);

impl<'a> CellName<'a> {
    /// Checks `name`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(name: &'a str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > NAME_MAX {
            return Err(NameError::TooLong(NAME_MAX));
        }
        for byte in name.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' => {}
                other => return Err(NameError::BadByte(other)),
            }
        }
        match name {
            "." | ".." => Err(NameError::Dots),
            _ if name.starts_with('-') => Err(NameError::LeadingDash),
            _ => Ok(Self(name)),
        }
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
    /// Checks `path`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(path: &'a str) -> Result<Self, NameError> {
        if path.is_empty() {
            return Err(NameError::Empty);
        }
        if path.len() > ROOT_MAX {
            return Err(NameError::TooLong(ROOT_MAX));
        }
        if !path.starts_with('/') {
            return Err(NameError::Relative);
        }
        if let Some(byte) = path.bytes().find(|byte| *byte < 0x20 || *byte == 0x7f) {
            return Err(NameError::BadByte(byte));
        }
        let mut parts = path.as_bytes().split(|byte| *byte == b'/');
        if parts.any(|part| matches!(part, [b'.'] | [b'.', b'.'])) {
            return Err(NameError::Dots);
        }
        Ok(Self(path))
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
