//! The Linux system calls of the process front, each in a safe function of its own.

pub mod clock;
pub mod epoll;
pub mod ipc;
pub mod namespace;
pub mod path;
pub mod pidfd;
pub mod seccomp;
pub mod signal;
pub mod socket;
pub mod wait;

use std::io;

/// The result of a system call that returns -1 and errno.
pub(super) fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// errno of an error that a system call gave; EIO for one it did not.
#[must_use]
pub fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}
