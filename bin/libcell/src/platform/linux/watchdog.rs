//! The watchdog as Linux's drivers have it: any write feeds, closing after a `V` disarms.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use super::{check, files};
use crate::platform::{Errno, Open};

/// `WDIOC_SETTIMEOUT` of `<linux/watchdog.h>`: `_IOWR('W', 6, int)`.
const SET_TIMEOUT: libc::c_ulong = 0xc004_5706;

pub(super) fn arm(path: &str, period_s: u32) -> Result<OwnedFd, Errno> {
    let fd = files::open(path, Open::Write, 0)?;
    let mut seconds = libc::c_int::try_from(period_s).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the request reads and writes one int.
    match check(unsafe { libc::ioctl(fd.as_raw_fd(), SET_TIMEOUT as _, &mut seconds) }) {
        // a pipe that simulates one takes any period
        Ok(_) | Err(Errno::ENOTTY) => {}
        Err(errno) => {
            disarm(std::os::fd::AsFd::as_fd(&fd))?;
            return Err(errno);
        }
    }
    Ok(fd)
}

pub(super) fn feed(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    files::write(fd, b"\0").map(drop)
}

pub(super) fn disarm(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    files::write(fd, b"V").map(drop)
}
