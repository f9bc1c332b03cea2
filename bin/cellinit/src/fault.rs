//! What went wrong in making or removing a cell's surroundings, and whether waiting may help.

use core::fmt;

use cell_abi::{NameError, Refusal};
use libcell::device::DeviceError;
use libcell::platform::Errno;

use crate::automaton::Cure;

/// `what: why`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault<'a> {
    /// What was being done.
    pub what: What<'a>,
    /// Why it failed.
    pub why: Why,
}

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What<'a> {
    /// Protecting or naming the root.
    Root(&'a str),
    /// Mounting the cell's `/dev`.
    Dev,
    /// A device node.
    Device(&'a str),
    /// A mount, by its target.
    Mount(&'a str),
    /// A step of its plan, by its target.
    Plan(&'a str),
    /// Undoing a mount, by its target.
    Unmount(&'a str),
    /// Making the kernel's cell.
    Create,
    /// Ending the kernel's cell.
    Destroy,
    /// Killing the members.
    Kill,
    /// Making a pipe for its output.
    Pipe,
    /// Starting a program.
    Start(&'a str),
}

/// Why it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A system call said so.
    System(Errno),
    /// The cell device said so.
    Device(DeviceError),
    /// The path with the prefix is none that the kernel takes.
    Path(NameError),
    /// A sealed kernel has a cell of this name with another policy or root.
    OtherPolicy,
}

impl<'a> What<'a> {
    pub(crate) fn failed(self, errno: Errno) -> Fault<'a> {
        Fault {
            what: self,
            why: Why::System(errno),
        }
    }

    pub(crate) fn refused(self, error: DeviceError) -> Fault<'a> {
        Fault {
            what: self,
            why: Why::Device(error),
        }
    }
}

impl Fault<'_> {
    /// Whether trying again may help.
    pub(crate) fn cure(&self) -> Cure {
        match self.why {
            Why::System(errno) | Why::Device(DeviceError::System(errno)) => match errno {
                Errno::EAGAIN
                | Errno::ENOMEM
                | Errno::ENFILE
                | Errno::EMFILE
                | Errno::ENOBUFS
                | Errno::EBUSY
                | Errno::EINTR
                | Errno::EIO
                | Errno::ETIMEDOUT
                | Errno::ENOSPC => Cure::Wait,
                _ => Cure::None,
            },
            Why::Device(DeviceError::Refused(
                Refusal::Busy
                | Refusal::TableFull
                | Refusal::Taken
                | Refusal::Stale
                | Refusal::Full,
            )) => Cure::Wait,
            Why::Device(_) | Why::Path(_) | Why::OtherPolicy => Cure::None,
        }
    }
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(path) => write!(f, "root {path}"),
            Self::Dev => f.write_str("mount /dev"),
            Self::Device(path) => write!(f, "device {path}"),
            Self::Mount(target) => write!(f, "mount {target}"),
            Self::Plan(target) => write!(f, "plan {target}"),
            Self::Unmount(target) => write!(f, "unmount {target}"),
            Self::Create => f.write_str("create"),
            Self::Destroy => f.write_str("destroy"),
            Self::Kill => f.write_str("kill"),
            Self::Pipe => f.write_str("pipe"),
            Self::Start(program) => write!(f, "start {program}"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(errno) => errno.fmt(f),
            Self::Device(error) => error.fmt(f),
            Self::Path(error) => error.fmt(f),
            Self::OtherPolicy => {
                f.write_str("the sealed kernel has a cell of this name with another policy")
            }
        }
    }
}
