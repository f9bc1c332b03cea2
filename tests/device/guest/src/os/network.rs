//! Internet sockets.

use libcell::platform::{Errno, raw};

use super::{Fd, address, done, place};

const RECVFROM: usize = 29;
const ACCEPT: usize = 30;
const IOCTL: usize = 54;
const CONNECT: usize = 98;
const BIND: usize = 104;
const LISTEN: usize = 106;
const SOCKET: usize = 394;

/// struct sockaddr_in of sys/netinet/in.h.
#[repr(C)]
#[derive(Clone, Copy)]
struct Internet {
    length: u8,
    family: u8,
    port: [u8; 2],
    address: [u8; 4],
    zero: [u8; 8],
}

const fn internet(address: [u8; 4], port: u16) -> Internet {
    Internet {
        length: 16,
        family: libc::AF_INET as u8,
        port: port.to_be_bytes(),
        address,
        zero: [0; 8],
    }
}

/// An internet socket of that kind (`SOCK_STREAM`, `SOCK_DGRAM`).
///
/// # Errors
/// Those of socket(2).
pub fn socket(kind: i32) -> Result<Fd, Errno> {
    // SAFETY: integers.
    let answer = unsafe { raw::call(SOCKET, &[libc::AF_INET as usize, kind as usize, 0]) }?;
    // SAFETY: new, and nobody else's.
    Ok(unsafe { raw::adopt(answer.first) })
}

/// bind(2) to a port of every address.
///
/// # Errors
/// EACCES, EPERM, EADDRINUSE.
pub fn bind(fd: &Fd, port: u16) -> Result<(), Errno> {
    let name = internet([0; 4], port);
    // SAFETY: reads the address.
    done(unsafe { raw::call(BIND, &[raw::number(fd), address(&name), 16]) })
}

/// listen(2).
///
/// # Errors
/// EADDRINUSE, EINVAL.
pub fn listen(fd: &Fd) -> Result<(), Errno> {
    // SAFETY: integers.
    done(unsafe { raw::call(LISTEN, &[raw::number(fd), 16]) })
}

/// accept(2), not asking who it is.
///
/// # Errors
/// EMFILE, ECONNABORTED.
pub fn accept(fd: &Fd) -> Result<Fd, Errno> {
    // SAFETY: no address is asked for.
    let answer = unsafe { raw::call(ACCEPT, &[raw::number(fd), 0, 0]) }?;
    // SAFETY: new, and nobody else's.
    Ok(unsafe { raw::adopt(answer.first) })
}

/// connect(2) to a port of this machine.
///
/// # Errors
/// ECONNREFUSED.
pub fn connect(fd: &Fd, port: u16) -> Result<(), Errno> {
    let name = internet([127, 0, 0, 1], port);
    // SAFETY: reads the address.
    done(unsafe { raw::call(CONNECT, &[raw::number(fd), address(&name), 16]) })
}

/// struct sockaddr_un of sys/sys/un.h.
#[repr(C)]
struct Local {
    length: u8,
    family: u8,
    path: [u8; 104],
}

/// A local datagram socket at a path, as syslogd(8) has it.
///
/// # Errors
/// ENAMETOOLONG, EADDRINUSE and the others of bind(2).
pub fn datagram_socket(path: &str) -> Result<Fd, Errno> {
    let mut name = Local {
        length: size_of::<Local>() as u8,
        family: libc::AF_UNIX as u8,
        path: [0; 104],
    };
    name.path
        .get_mut(..path.len())
        .ok_or(Errno::ENAMETOOLONG)?
        .copy_from_slice(path.as_bytes());
    let kind = libc::SOCK_DGRAM as usize;
    // SAFETY: integers.
    let answer = unsafe { raw::call(SOCKET, &[libc::AF_UNIX as usize, kind, 0]) }?;
    // SAFETY: new, and nobody else's.
    let fd = unsafe { raw::adopt(answer.first) };
    let size = usize::from(name.length);
    // SAFETY: reads the address.
    done(unsafe { raw::call(BIND, &[raw::number(&fd), address(&name), size]) })?;
    Ok(fd)
}

/// recvfrom(2), not asking from whom.
///
/// # Errors
/// Those of the call.
pub fn receive(fd: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
    let words = [raw::number(fd), place(buffer), buffer.len(), 0, 0, 0];
    // SAFETY: room and its size.
    Ok(unsafe { raw::call(RECVFROM, &words) }?.first)
}

/// struct ifaliasreq of sys/net/if.h.
#[repr(C)]
struct Alias {
    name: [u8; 16],
    address: Internet,
    destination: Internet,
    mask: Internet,
}

/// Gives lo0 its address, 127.0.0.1.
///
/// # Errors
/// Those of `SIOCAIFADDR`.
pub fn loopback() -> Result<(), Errno> {
    // _IOW('i', 26, struct ifaliasreq)
    const ADD: usize = 0x8000_0000 | (size_of::<Alias>() << 16) | ((b'i' as usize) << 8) | 26;
    let alias = Alias {
        name: *b"lo0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        address: internet([127, 0, 0, 1], 0),
        destination: internet([127, 0, 0, 1], 0),
        mask: internet([255, 0, 0, 0], 0),
    };
    let socket = socket(libc::SOCK_DGRAM)?;
    // SAFETY: reads the structure.
    done(unsafe { raw::call(IOCTL, &[raw::number(&socket), ADD, address(&alias)]) })
}
