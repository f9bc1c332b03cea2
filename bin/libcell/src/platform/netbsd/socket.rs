//! Local sockets.

use core::ffi::c_void;
use core::ptr::{null, null_mut};

use super::Fd;
use super::files::{self, Links};
use super::path::Path;
use super::sys::{self, done};
use crate::platform::{Errno, Peer};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 16;

/// sockaddr_un of sys/sys/un.h.
struct Address(libc::sockaddr_un);

impl Address {
    fn new(path: &str) -> Result<Self, Errno> {
        let mut address = libc::sockaddr_un {
            sun_len: 0,
            sun_family: libc::AF_UNIX as libc::sa_family_t,
            sun_path: [0; 104],
        };
        let text = path.as_bytes();
        // the last byte stays NUL
        if text.len() >= address.sun_path.len() {
            return Err(Errno::ENAMETOOLONG);
        }
        if text.contains(&0) {
            return Err(Errno::EINVAL);
        }
        for (to, from) in address.sun_path.iter_mut().zip(text) {
            *to = *from as libc::c_char;
        }
        // SUN_LEN: without the NUL
        address.sun_len = (core::mem::offset_of!(libc::sockaddr_un, sun_path) + text.len()) as u8;
        Ok(Self(address))
    }

    fn as_ptr(&self) -> *const c_void {
        (&raw const self.0).cast()
    }

    fn size(&self) -> u32 {
        u32::from(self.0.sun_len)
    }
}

fn socket(kind: i32) -> Result<Fd, Errno> {
    let kind = kind | libc::SOCK_CLOEXEC | libc::SOCK_NOSIGPIPE;
    // SAFETY: integers.
    Fd::from_call(unsafe { sys::socket(libc::AF_UNIX, kind, 0) })
}

fn connect_to(fd: &Fd, address: &Address) -> Result<(), Errno> {
    // SAFETY: an address and its size.
    done(unsafe { sys::connect(fd.number(), address.as_ptr(), address.size()) })
}

fn bind(fd: &Fd, address: &Address, mode: u32) -> Result<(), Errno> {
    // SAFETY: an integer. The mask makes the node of the mode asked for, with no moment at which it is of another.
    let mask = unsafe { sys::umask(!mode & 0o777) } as u32;
    // SAFETY: an address and its size.
    let bound = done(unsafe { sys::bind(fd.number(), address.as_ptr(), address.size()) });
    // SAFETY: an integer.
    unsafe { sys::umask(mask) };
    bound
}

/// Whether `path` is a socket that nobody listens on.
fn is_left_over(path: &str, address: &Address) -> Result<bool, Errno> {
    let status = files::status(&Path::new(path)?, Links::Stay)?;
    if status.st_mode & libc::S_IFMT != libc::S_IFSOCK {
        return Ok(false);
    }
    match connect_to(&socket(libc::SOCK_STREAM)?, address) {
        Err(Errno::ECONNREFUSED) => Ok(true),
        Ok(()) => Ok(false),
        Err(errno) => Err(errno),
    }
}

pub(super) fn listen(path: &str, mode: u32) -> Result<Fd, Errno> {
    let address = Address::new(path)?;
    let fd = socket(libc::SOCK_STREAM | libc::SOCK_NONBLOCK)?;
    match bind(&fd, &address, mode) {
        Err(Errno::EADDRINUSE) if is_left_over(path, &address)? => {
            files::unlink(path)?;
            bind(&fd, &address, mode)?;
        }
        bound => bound?,
    }
    // SAFETY: integers.
    done(unsafe { sys::listen(fd.number(), BACKLOG) })?;
    Ok(fd)
}

pub(super) fn accept(fd: &Fd) -> Result<Fd, Errno> {
    let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK | libc::SOCK_NOSIGPIPE;
    // SAFETY: the address of the peer is not asked for.
    Fd::from_call(unsafe { sys::paccept(fd.number(), null_mut(), null_mut(), null(), flags) })
}

/// `SOL_LOCAL` of sys/sys/un.h.
const SOL_LOCAL: i32 = 0;

pub(super) fn peer(fd: &Fd) -> Result<Peer, Errno> {
    let mut id = libc::unpcbid {
        unp_pid: 0,
        unp_euid: u32::MAX,
        unp_egid: u32::MAX,
    };
    let mut size = size_of_val(&id) as u32;
    let to = (&raw mut id).cast();
    // SAFETY: room for the answer and its size.
    done(unsafe { sys::getsockopt(fd.number(), SOL_LOCAL, libc::LOCAL_PEEREID, to, &mut size) })?;
    if size as usize != size_of_val(&id) {
        return Err(Errno::EINVAL);
    }
    Ok(Peer {
        pid: id.unp_pid,
        uid: id.unp_euid,
        gid: id.unp_egid,
    })
}

pub(super) fn connect(path: &str) -> Result<Fd, Errno> {
    let address = Address::new(path)?;
    let fd = socket(libc::SOCK_STREAM)?;
    connect_to(&fd, &address)?;
    Ok(fd)
}

pub(super) fn connect_datagram(path: &str) -> Result<Fd, Errno> {
    let address = Address::new(path)?;
    let fd = socket(libc::SOCK_DGRAM | libc::SOCK_NONBLOCK)?;
    connect_to(&fd, &address)?;
    Ok(fd)
}
