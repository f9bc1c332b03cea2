//! What went wrong, told as `cellctl: object: what: why`.
//!
//! It is told where it happens: a failure that travels is one byte, and no path carries text for another to print.

use cell_abi::{NameError, PortError};
use embedded_io::Write;
use libcell::{
    device::DeviceError,
    output::Output,
    platform::{Errno, Platform},
    table::{self, Line},
};

/// Exit status: it was not done.
const FAILED: u8 = 1;

/// Exit status: not what cellctl takes.
const USAGE: u8 = libcell::entry::USAGE;

/// A command that failed and has said so: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub u8);

/// What was done to an object and why it failed, both known beforehand: one word to pass instead of four.
#[derive(Debug)]
pub(crate) struct Said {
    /// What was done.
    pub what: &'static str,
    /// Why it failed.
    pub why: &'static str,
}

/// What a constant failure says.
pub(crate) const fn said(what: &'static str, why: &'static str) -> Said {
    Said { what, why }
}

/// Why, in words, and a number after them unless it is 0.
#[derive(Clone, Copy)]
pub(crate) struct Why {
    text: &'static str,
    number: u32,
}

impl From<&'static str> for Why {
    fn from(text: &'static str) -> Self {
        Self { text, number: 0 }
    }
}

impl From<Errno> for Why {
    fn from(errno: Errno) -> Self {
        match errno.text() {
            Some(text) => text.into(),
            None => Self {
                text: "error ",
                number: errno.0.into(),
            },
        }
    }
}

impl From<DeviceError> for Why {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Refused(refusal) => refusal.text().into(),
            DeviceError::System(errno) => errno.into(),
            DeviceError::Frame(_) => "the kernel's answer is not a message".into(),
            DeviceError::Unexpected => "the kernel answered something else".into(),
            DeviceError::Version(version) => Self {
                text: "the kernel speaks version ",
                number: version.into(),
            },
        }
    }
}

impl From<NameError> for Why {
    fn from(error: NameError) -> Self {
        let text = match error {
            NameError::Empty => "empty",
            NameError::TooLong(_) => "too long",
            NameError::BadByte(_) => "has a character that is not allowed",
            NameError::Dots => "\".\" and \"..\" are not allowed",
            NameError::LeadingDash => "begins with \"-\"",
            NameError::Relative => "not absolute",
        };
        text.into()
    }
}

impl From<PortError> for Why {
    fn from(error: PortError) -> Self {
        let text = match error {
            PortError::Zero => "port 0 cannot be reserved",
            PortError::Backwards => "the first port is above the last",
        };
        text.into()
    }
}

/// It was not done, for this reason.
pub(crate) fn failed<P: Platform>(platform: &P, object: &str, said: &'static Said) -> Failure {
    tell(platform, object, said.what, said.why.into());
    Failure(FAILED)
}

/// It was not done, for a reason that somebody else gives.
pub(crate) fn failed_by<P: Platform>(platform: &P, object: &str, what: &str, why: Why) -> Failure {
    tell(platform, object, what, why);
    Failure(FAILED)
}

/// It was not asked properly, for this reason.
pub(crate) fn misused<P: Platform>(platform: &P, object: &str, said: &'static Said) -> Failure {
    misused_by(platform, object, said.what, said.why.into())
}

/// It was not asked properly, for a reason that somebody else gives.
pub(crate) fn misused_by<P: Platform>(platform: &P, object: &str, what: &str, why: Why) -> Failure {
    tell(platform, object, what, why);
    Failure(USAGE)
}

/// One line on standard error. Where that is gone there is nobody to tell.
#[inline(never)]
pub(crate) fn tell<P: Platform>(platform: &P, object: &str, what: &str, why: Why) {
    let mut line = Line::new();
    // an argument may hold anything; a message is one line
    for part in &["cellctl", object, what] {
        table::clean(&mut line, part, b'?');
        line.extend_from_slice(b": ");
    }
    line.extend_from_slice(why.text.as_bytes());
    if why.number != 0 {
        table::digits(&mut line, why.number.into());
    }
    line.push(b'\n');
    if let Ok(mut error) = Output::standard(platform, 2) {
        let _ = error.write_all(&line);
        let _ = error.finish();
    }
}
