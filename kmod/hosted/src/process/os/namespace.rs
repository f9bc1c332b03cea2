//! Namespaces and roots of the calling process.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::check;

/// unshare(2).
///
/// # Errors
/// EPERM, EINVAL, ENOSPC.
pub fn unshare(flags: i32) -> io::Result<()> {
    // SAFETY: no pointers.
    check(libc::c_long::from(unsafe { libc::unshare(flags) }))?;
    Ok(())
}

/// setns(2).
///
/// # Errors
/// EPERM, EINVAL.
pub fn join(namespace: BorrowedFd<'_>, kind: i32) -> io::Result<()> {
    // SAFETY: no pointers.
    check(libc::c_long::from(unsafe {
        libc::setns(namespace.as_raw_fd(), kind)
    }))?;
    Ok(())
}

/// fchdir(2) and chroot(2) to a directory.
///
/// # Errors
/// ENOTDIR, EPERM.
pub fn change_root(root: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: no pointers.
    check(libc::c_long::from(unsafe {
        libc::fchdir(root.as_raw_fd())
    }))?;
    // SAFETY: the path is NUL-terminated and static.
    check(libc::c_long::from(unsafe { libc::chroot(c".".as_ptr()) }))?;
    Ok(())
}
