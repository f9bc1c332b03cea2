//! The cell device: the socket of the hosted kernel.

use std::os::fd::{BorrowedFd, OwnedFd};

use cell_abi::Handle;

use crate::platform::Errno;

/// Connects to the kernel behind `path`, subscribed to its events.
pub(super) fn open(_path: &str) -> Result<OwnedFd, Errno> {
    Err(Errno::ENODEV)
}

/// One ioctl.
pub(super) fn ioctl(_fd: BorrowedFd<'_>, _buffer: &mut [u8]) -> Result<(), Errno> {
    Err(Errno::ENODEV)
}

/// Moves the calling process into `cell`.
pub(super) fn enter(_path: &str, _cell: Handle) -> Result<(), Errno> {
    Err(Errno::ENODEV)
}
