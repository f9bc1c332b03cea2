//! What went wrong, as `object: what: why`.

use alloc::string::String;
use core::fmt;

use cell_abi::{NameError, PortError};
use libcell::{device::DeviceError, platform::Errno};

/// Exit status: it was not done.
pub(crate) const FAILED: u8 = 1;

/// Exit status: not what cellctl takes (`EX_USAGE` of sysexits(3)).
pub(crate) const USAGE: u8 = 64;

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Exit status.
    pub status: u8,
    object: String,
    what: &'static str,
    why: Why,
}

/// The reason.
#[derive(Debug)]
pub(crate) enum Why {
    Device(DeviceError),
    System(Errno),
    Name(NameError),
    Port(PortError),
    Text(&'static str),
    Said(String),
}

impl Failure {
    /// It was not done.
    pub fn new(object: &str, what: &'static str, why: impl Into<Why>) -> Self {
        Self {
            status: FAILED,
            object: object.into(),
            what,
            why: why.into(),
        }
    }

    /// It was not asked properly.
    pub fn usage(object: &str, what: &'static str, why: impl Into<Why>) -> Self {
        Self {
            status: USAGE,
            ..Self::new(object, what, why)
        }
    }

    /// What argh said, on one line, about the command that was meant.
    pub fn not_understood(arguments: &[&str], said: &str) -> Self {
        let command = arguments
            .first()
            .copied()
            .filter(|first| !first.starts_with('-'));
        let mut line = String::new();
        for word in said.split_whitespace() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        Self::usage(command.unwrap_or("arguments"), "usage", Why::Said(line))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.object.chars() {
            // an argument may hold anything; a message is one line
            fmt::Write::write_char(f, if letter.is_control() { '?' } else { letter })?;
        }
        f.write_str(": ")?;
        f.write_str(self.what)?;
        f.write_str(": ")?;
        match &self.why {
            Why::Device(error) => error.fmt(f),
            Why::System(errno) => errno.fmt(f),
            Why::Name(error) => error.fmt(f),
            Why::Port(error) => error.fmt(f),
            Why::Text(text) => f.write_str(text),
            Why::Said(text) => f.write_str(text),
        }
    }
}

impl From<DeviceError> for Why {
    fn from(error: DeviceError) -> Self {
        Self::Device(error)
    }
}

impl From<Errno> for Why {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

impl From<NameError> for Why {
    fn from(error: NameError) -> Self {
        Self::Name(error)
    }
}

impl From<PortError> for Why {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl From<&'static str> for Why {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}
