//! Local sockets.

use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use super::{c_path, check, errno_of, own};
use crate::platform::{Errno, FileKind, Peer};

/// Connections that may wait to be accepted.
const BACKLOG: libc::c_int = 8;

pub(super) fn listen(path: &str, mode: u32) -> Result<OwnedFd, Errno> {
    let fd = new(libc::SOCK_STREAM | libc::SOCK_NONBLOCK)?;
    match bind(&fd, path) {
        Err(Errno::EADDRINUSE) if is_abandoned(path) => {
            std::fs::remove_file(path).map_err(errno_of)?;
            bind(&fd, path)?;
        }
        result => result?,
    }
    // before listen(2), so that nobody connects with the mode that the umask made
    let path = c_path(path)?;
    // SAFETY: `path` ends in NUL and outlives the call.
    check(unsafe { libc::chmod(path.as_ptr(), mode) })?;
    // SAFETY: integers only.
    check(unsafe { libc::listen(fd.as_raw_fd(), BACKLOG) })?;
    Ok(fd)
}

/// Whether `path` is a socket that nobody listens on.
fn is_abandoned(path: &str) -> bool {
    let is_socket = super::files::metadata(path).is_ok_and(|of| of.kind == FileKind::Socket);
    // not blocking: one that listens may have no room for another connection
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK;
    is_socket && connect(path, kind).err() == Some(Errno::ECONNREFUSED)
}

pub(super) fn accept(fd: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    // SAFETY: no address is asked for.
    own(unsafe {
        libc::accept4(
            fd.as_raw_fd(),
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
        )
    })
}

pub(super) fn peer(fd: BorrowedFd<'_>) -> Result<Peer, Errno> {
    let mut who = MaybeUninit::<libc::ucred>::uninit();
    let mut size = mem::size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: `who` has the room that `size` says.
    check(unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            who.as_mut_ptr().cast(),
            &mut size,
        )
    })?;
    // SAFETY: the call succeeded, so it has filled it.
    let who = unsafe { who.assume_init() };
    Ok(Peer {
        pid: who.pid,
        uid: who.uid,
        gid: who.gid,
    })
}

pub(super) fn connect(path: &str, kind: libc::c_int) -> Result<OwnedFd, Errno> {
    let fd = new(kind)?;
    let (address, size) = address(path)?;
    // SAFETY: `address` is a sockaddr_un of at least `size` bytes.
    check(unsafe { libc::connect(fd.as_raw_fd(), (&raw const address).cast(), size) })?;
    Ok(fd)
}

fn new(kind: libc::c_int) -> Result<OwnedFd, Errno> {
    // SAFETY: integers only.
    own(unsafe { libc::socket(libc::AF_UNIX, kind | libc::SOCK_CLOEXEC, 0) })
}

fn bind(fd: &OwnedFd, path: &str) -> Result<(), Errno> {
    let (address, size) = address(path)?;
    // SAFETY: `address` is a sockaddr_un of at least `size` bytes.
    check(unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), size) }).map(drop)
}

/// The address of a path, and its size.
fn address(path: &str) -> Result<(libc::sockaddr_un, libc::socklen_t), Errno> {
    // SAFETY: all zeroes is a sockaddr_un without a path.
    let mut address: libc::sockaddr_un = unsafe { mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    // one stays zero: the end of the text
    if path.is_empty() || path.len() >= address.sun_path.len() {
        return Err(Errno::ENAMETOOLONG);
    }
    for (to, from) in address.sun_path.iter_mut().zip(path.bytes()) {
        *to = from as libc::c_char;
    }
    Ok((
        address,
        mem::size_of::<libc::sockaddr_un>() as libc::socklen_t,
    ))
}
