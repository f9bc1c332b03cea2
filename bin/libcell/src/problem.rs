//! What went wrong with something that has a name: one line, `object: what: why` without the program.

use alloc::string::String;
use core::fmt;

use crate::archive::{ArchiveError, ArchiveFlaw};
use crate::platform::Errno;
use crate::trust::TrustError;

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A system call failed.
    System(Errno),
    /// An archive is refused.
    Archive(ArchiveFlaw),
    /// A signature is refused.
    Trust(TrustError),
    /// A rule.
    Rule(&'static str),
    /// A rule, and a number of KiB needed and one of KiB there.
    Room {
        /// What is needed.
        needed_kib: u32,
        /// What is there.
        free_kib: u32,
    },
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// With what.
    pub object: String,
    /// Why.
    pub why: Why,
}

impl Problem {
    /// Of these words, one after the other.
    #[inline(never)]
    pub fn of(object: &[&str], why: impl Into<Why>) -> Self {
        let mut text = String::new();
        crate::options::push(&mut text, object);
        Self {
            object: text,
            why: why.into(),
        }
    }
}

impl From<Errno> for Why {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

impl From<ArchiveFlaw> for Why {
    fn from(flaw: ArchiveFlaw) -> Self {
        Self::Archive(flaw)
    }
}

impl From<TrustError> for Why {
    fn from(error: TrustError) -> Self {
        Self::Trust(error)
    }
}

impl From<&'static str> for Why {
    fn from(rule: &'static str) -> Self {
        Self::Rule(rule)
    }
}

impl From<ArchiveError<Errno>> for Why {
    fn from(error: ArchiveError<Errno>) -> Self {
        match error {
            ArchiveError::Stream(errno) => Self::System(errno),
            ArchiveError::Flaw(flaw) => Self::Archive(flaw),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(errno) => errno.fmt(f),
            Self::Archive(flaw) => f.write_str(flaw.text()),
            Self::Trust(error) => error.fmt(f),
            Self::Rule(rule) => f.write_str(rule),
            Self::Room {
                needed_kib,
                free_kib,
            } => write!(f, "no room: {needed_kib} KiB needed, {free_kib} KiB free"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // a name may hold anything; a message is one line
        for letter in self.object.chars() {
            let letter = if letter.is_control() { '?' } else { letter };
            fmt::Write::write_char(f, letter)?;
        }
        f.write_str(": ")?;
        self.why.fmt(f)
    }
}

impl core::error::Error for Problem {}
