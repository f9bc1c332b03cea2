//! How an attack ended.

use core::fmt;

use super::os::Errno;

/// How an attack ended, as the program prints it and the table expects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it set out to do.
    Done,
    /// The kernel would have done it: it was refused only for the argument that makes the attempt harmless, which the
    /// kernel looks at after it has asked whether the caller may.
    Permitted,
    /// The calls succeeded and nothing outside was reached.
    Contained,
    /// A call failed.
    Refused(Errno),
    /// The attack could not be tried, and why.
    Untried(&'static str),
}

impl Outcome {
    /// Of a call that does the thing itself.
    pub fn of<T>(result: Result<T, Errno>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(errno) => Self::Refused(errno),
        }
    }

    /// Of a call with an argument that a kernel which permits it refuses with one of `harmless`.
    pub fn past<T>(result: Result<T, Errno>, harmless: &[Errno]) -> Self {
        match result {
            Err(errno) if harmless.contains(&errno) => Self::Permitted,
            result => Self::of(result),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.pad("ok"),
            Self::Permitted => f.pad("permitted"),
            Self::Contained => f.pad("contained"),
            Self::Refused(errno) => fmt::Display::fmt(errno, f),
            Self::Untried(why) => write!(f, "skip: {why}"),
        }
    }
}
