//! Device nodes that a cell may open.

use serde::{Deserialize, Serialize};

/// Character or block device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeviceKind {
    /// Character device.
    Char,
    /// Block device.
    Block,
}

/// What may be done with it, or is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Access {
    /// Read.
    Read,
    /// Write.
    Write,
    /// Both.
    ReadWrite,
}

impl Access {
    /// Whether this permits all that `asked` asks for.
    #[must_use]
    pub const fn permits(self, asked: Self) -> bool {
        matches!(
            (self, asked),
            (Self::ReadWrite, _) | (Self::Read, Self::Read) | (Self::Write, Self::Write)
        )
    }
}

/// A minor number that stands for every minor number: the pseudo terminals are one driver.
pub const MINOR_ANY: u32 = u32::MAX;

/// Largest numbers that NetBSD's `dev_t` has room for.
const MAJOR_MAX: u16 = 0xfff;
const MINOR_MAX: u32 = 0xf_ffff;

/// A device node by its number, as NetBSD's `major()` and `minor()` give it (12 and 20 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceRule {
    /// Character or block.
    pub kind: DeviceKind,
    /// What may be done with it.
    pub access: Access,
    /// Driver, at most 4095.
    pub major: u16,
    /// Unit, at most 1,048,575, or [`MINOR_ANY`].
    pub minor: u32,
}

impl DeviceRule {
    /// Whether the numbers are ones that a device can have.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.major <= MAJOR_MAX && (self.minor <= MINOR_MAX || self.minor == MINOR_ANY)
    }

    /// Whether this rule permits opening that device so. A number that no device can have is permitted by none.
    #[must_use]
    pub fn permits(self, kind: DeviceKind, major: u16, minor: u32, asked: Access) -> bool {
        self.kind == kind
            && self.major == major
            && minor <= MINOR_MAX
            && (self.minor == minor || self.minor == MINOR_ANY)
            && self.access.permits(asked)
    }
}
