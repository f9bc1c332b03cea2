//! Internet sockets.

use libcell::platform::{Errno, raw};

use super::{Fd, address, done};

const IOCTL: usize = 54;
const BIND: usize = 104;
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
