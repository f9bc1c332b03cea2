//! Terminals.

use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::check;
use crate::platform::{Errno, TerminalModes, WindowSize};

pub(super) fn modes(fd: BorrowedFd<'_>) -> Result<TerminalModes, Errno> {
    let mut modes = MaybeUninit::uninit();
    // SAFETY: room for the modes.
    check(unsafe { libc::tcgetattr(fd.as_raw_fd(), modes.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it has filled them.
    Ok(TerminalModes(unsafe { modes.assume_init() }))
}

pub(super) fn set_modes(fd: BorrowedFd<'_>, modes: &TerminalModes) -> Result<(), Errno> {
    // SAFETY: reads the modes.
    check(unsafe { libc::tcsetattr(fd.as_raw_fd(), libc::TCSANOW, &modes.0) }).map(drop)
}

pub(super) fn size(fd: BorrowedFd<'_>) -> Result<WindowSize, Errno> {
    let mut size = MaybeUninit::<libc::winsize>::zeroed();
    // SAFETY: room for the size.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, size.as_mut_ptr()) })?;
    // SAFETY: integers only.
    let size = unsafe { size.assume_init() };
    Ok(WindowSize {
        columns: size.ws_col,
        rows: size.ws_row,
    })
}

pub(super) fn unsent(fd: BorrowedFd<'_>) -> Result<u32, Errno> {
    let mut count: libc::c_int = 0;
    // SAFETY: room for the number.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCOUTQ, &mut count) })?;
    Ok(u32::try_from(count).unwrap_or(0))
}

pub(super) fn take(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: takes nothing; cannot fail.
    let group = unsafe { libc::getpgrp() };
    // SAFETY: integers.
    check(unsafe { libc::tcsetpgrp(fd.as_raw_fd(), group) }).map(drop)
}
