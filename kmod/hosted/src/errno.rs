//! Error numbers, Linux's: the C file uses the names.

use core::fmt;
use std::io;

/// errno(3) of Linux.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

impl Errno {
    /// Not permitted.
    pub const EPERM: Self = Self(libc::EPERM);
    /// No such thing.
    pub const ENOENT: Self = Self(libc::ENOENT);
    /// Interrupted.
    pub const EINTR: Self = Self(libc::EINTR);
    /// Device not configured.
    pub const ENXIO: Self = Self(libc::ENXIO);
    /// Try again: a limit, or nothing to read.
    pub const EAGAIN: Self = Self(libc::EAGAIN);
    /// Out of memory.
    pub const ENOMEM: Self = Self(libc::ENOMEM);
    /// Permission denied.
    pub const EACCES: Self = Self(libc::EACCES);
    /// Busy.
    pub const EBUSY: Self = Self(libc::EBUSY);
    /// Exists.
    pub const EEXIST: Self = Self(libc::EEXIST);
    /// Not a directory.
    pub const ENOTDIR: Self = Self(libc::ENOTDIR);
    /// Invalid.
    pub const EINVAL: Self = Self(libc::EINVAL);
    /// Not that ioctl.
    pub const ENOTTY: Self = Self(libc::ENOTTY);
    /// No room in the table.
    pub const ENOSPC: Self = Self(libc::ENOSPC);
    /// Handle of an earlier cell.
    pub const ESTALE: Self = Self(libc::ESTALE);
    /// Does not fit.
    pub const EMSGSIZE: Self = Self(libc::EMSGSIZE);
    /// Not supported.
    pub const EOPNOTSUPP: Self = Self(libc::EOPNOTSUPP);

    /// 0 is success.
    pub(crate) fn check(number: i32) -> Result<(), Self> {
        match number {
            0 => Ok(()),
            other => Err(Self(other)),
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        io::Error::from_raw_os_error(self.0).fmt(f)
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Errno({}: {self})", self.0)
    }
}

impl std::error::Error for Errno {}
