//! Why an image is refused.

use core::fmt;

use super::FORMAT;

/// Why bytes are not an image, or an image is not one to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// Ends before the header or the body does.
    Short,
    /// Does not begin as an image.
    NotAnImage,
    /// Of a format that this program does not read.
    Format(u16),
    /// A byte of the header that is zero in this format is not.
    Reserved,
    /// A body above [`BODY_MAX`](super::BODY_MAX).
    TooLong,
    /// The SHA-256 of what was read is not the one it carries.
    Digest,
    /// A body that cannot be decoded, or something left over in it.
    Body,
    /// What follows the body is not a signature.
    Trailer,
    /// It decodes, but breaks a rule.
    Flaw(Flaw),
}

/// A broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub place: Place,
    /// Which.
    pub rule: Rule,
}

/// A part of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// What is said of the board, or the image as a whole.
    Board,
    /// The volume of that index.
    Volume(u8),
    /// The cell of that index.
    Cell(u8),
}

/// What every image keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// At most as many of it as there can be.
    TooMany,
    /// A name that is one.
    BadName,
    /// No two of a kind have one name.
    DuplicateName,
    /// Absolute, no empty, `.` or `..` component, no control character, not too long.
    BadPath,
    /// No NUL, not too long.
    BadText,
    /// Permission bits only.
    BadMode,
    /// Each dependency has a smaller index, once.
    BadDependency,
    /// No two cells reserve one port.
    PortTaken,
    /// A command has a program, an absolute path.
    BadCommand,
    /// `NAME=value`.
    BadEnvironment,
    /// Below the root and not on `/dev`, of a volume that exists, no two overlapping.
    BadMount,
    /// A facility is at most 23, a level at most 7.
    BadLevel,
    /// A time or a size within its bounds.
    OutOfRange,
    /// Each kind of limit once.
    DuplicateLimit,
    /// A device below `/dev`, once.
    BadDevice,
    /// A plan's target on a volume or memory file system of the cell.
    BadPlan,
}

impl From<Flaw> for ImageError {
    fn from(flaw: Flaw) -> Self {
        Self::Flaw(flaw)
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("cut short"),
            Self::NotAnImage => f.write_str("not an image of cells"),
            Self::Format(format) => write!(f, "format {format}, and this program reads {FORMAT}"),
            Self::Reserved => f.write_str("a reserved byte of its header is not zero"),
            Self::TooLong => f.write_str("longer than 1 MiB"),
            Self::Digest => f.write_str("damaged: its SHA-256 does not match"),
            Self::Body => f.write_str("its body cannot be decoded"),
            Self::Trailer => f.write_str("what follows the body is not a signature"),
            Self::Flaw(flaw) => flaw.fmt(f),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Board => f.write_str("board: ")?,
            Place::Volume(index) => write!(f, "volume {index}: ")?,
            Place::Cell(index) => write!(f, "cell {index}: ")?,
        }
        f.write_str(self.rule.text())
    }
}

impl Rule {
    /// What is wrong when it is broken.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::TooMany => "more of something than there can be",
            Self::BadName => "not a name",
            Self::DuplicateName => "a second one of that name",
            Self::BadPath => "not a plain absolute path",
            Self::BadText => "a text that is too long or has a control character",
            Self::BadMode => "not a mode",
            Self::BadDependency => "a dependency that does not come before it",
            Self::PortTaken => "a port that is another cell's",
            Self::BadCommand => "a command without an absolute program",
            Self::BadEnvironment => "an environment entry that is not NAME=value",
            Self::BadMount => "a mount that cannot be made",
            Self::BadLevel => "not a syslog facility or level",
            Self::OutOfRange => "a time or size out of range",
            Self::DuplicateLimit => "a limit given twice",
            Self::BadDevice => "not a device below /dev, or one given twice",
            Self::BadPlan => "a plan that leaves its volumes",
        }
    }
}

impl core::error::Error for ImageError {}
