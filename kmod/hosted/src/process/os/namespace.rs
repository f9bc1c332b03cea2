//! Namespaces and roots of the calling process.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

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

/// Gives the calling process, which has one thread, a user namespace of its own, in which it may do everything once its
/// ids are mapped.
///
/// # Errors
/// EPERM or ENOSPC where it is not allowed.
pub fn new_users() -> io::Result<()> {
    unshare(libc::CLONE_NEWUSER)
}

/// Gives the calling thread and the children it starts a mount namespace of their own, and the children a pid namespace,
/// whose first process the next child is.
///
/// # Errors
/// EPERM.
pub fn leave_mounts_and_pids() -> io::Result<()> {
    unshare(libc::CLONE_NEWNS | libc::CLONE_NEWPID)
}

/// From the calling thread's mount namespace nothing propagates any more.
///
/// # Errors
/// EINVAL in a chroot(2) whose root is no mount point.
pub fn keep_mounts() -> io::Result<()> {
    let none = std::ptr::null();
    // SAFETY: the target is NUL-terminated and static, the others are null, which this call allows.
    check(libc::c_long::from(unsafe {
        libc::mount(
            none,
            c"/".as_ptr(),
            none,
            libc::MS_REC | libc::MS_PRIVATE,
            none.cast(),
        )
    }))?;
    Ok(())
}

/// Has the command killed when the thread that starts it ends.
pub fn die_with_parent(command: &mut Command) {
    // SAFETY: prctl(2) is safe to call in the child of a fork.
    unsafe {
        command.pre_exec(|| {
            check(libc::c_long::from(libc::prctl(
                libc::PR_SET_PDEATHSIG,
                libc::SIGKILL,
            )))
            .map(drop)
        });
    }
}
