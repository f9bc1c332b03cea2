//! Sockets, addresses, routes, interfaces.

use super::call::call;
use super::{Errno, Fd, number};
use crate::attacks::Outcome;

/// Which kind of socket.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Socket {
    /// TCP over IPv4.
    Tcp4,
    /// UDP over IPv4.
    Udp4,
    /// TCP over IPv6.
    Tcp6,
    /// UDP over IPv6.
    Udp6,
    /// ICMP, made by hand.
    Raw4,
    /// ICMPv6, made by hand.
    Raw6,
    /// Whole frames: bpf(4), here a packet socket.
    Frames,
    /// The routing table.
    Route,
    /// The packet filter.
    Filter,
}

const INET: i32 = 2;
const INET6: i32 = 10;

/// socket(2).
pub fn socket(kind: Socket) -> Result<Fd, Errno> {
    const PACKET: i32 = 17;
    const NETLINK: i32 = 16;
    const STREAM: i32 = 1;
    const DATAGRAM: i32 = 2;
    const RAW: i32 = 3;
    let (family, form, protocol) = match kind {
        Socket::Tcp4 => (INET, STREAM, 0),
        Socket::Udp4 => (INET, DATAGRAM, 0),
        Socket::Tcp6 => (INET6, STREAM, 0),
        Socket::Udp6 => (INET6, DATAGRAM, 0),
        Socket::Raw4 => (INET, RAW, 1),
        Socket::Raw6 => (INET6, RAW, 58),
        Socket::Frames => (PACKET, RAW, 0x0300),
        Socket::Route => (NETLINK, RAW, 0),
        Socket::Filter => (NETLINK, RAW, 12),
    };
    call(
        number::SOCKET,
        [family.into(), form.into(), protocol.into()],
    )
    .map(|fd| Fd(fd as i32))
}

/// Which address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// Every one.
    Any,
    /// Loopback.
    Loopback,
    /// IPv4's loopback written as an IPv6 address.
    Mapped,
}

/// bind(2) of a new socket of that kind.
pub fn bind(kind: Socket, address: Address, port: u16) -> Result<Fd, Errno> {
    let fd = socket(kind)?;
    let [high, low] = port.to_be_bytes();
    if matches!(kind, Socket::Tcp6 | Socket::Udp6) {
        let mut bytes = [0_u8; 28];
        bytes[0] = INET6 as u8;
        bytes[2] = high;
        bytes[3] = low;
        match address {
            Address::Any => {}
            Address::Loopback => bytes[23] = 1,
            Address::Mapped => bytes[18..24].copy_from_slice(&[0xff, 0xff, 127, 0, 0, 1]),
        }
        return call(number::BIND, [fd.0.into(), (&bytes).into(), 28.into()]).map(|_| fd);
    }
    let mut bytes = [0_u8; 16];
    bytes[0] = INET as u8;
    bytes[2] = high;
    bytes[3] = low;
    match address {
        Address::Any => {}
        Address::Loopback | Address::Mapped => bytes[4..8].copy_from_slice(&[127, 0, 0, 1]),
    }
    call(number::BIND, [fd.0.into(), (&bytes).into(), 16.into()]).map(|_| fd)
}

/// Asks for a header that routers on the way must look at: an option for the privileged.
pub fn set_privileged_option() -> Result<(), Errno> {
    const IPV6: i32 = 41;
    const HOP_OPTIONS: i32 = 54;
    let fd = socket(Socket::Udp6)?;
    let options = [0_u8, 0, 1, 4, 0, 0, 0, 0];
    call(
        number::SETSOCKOPT,
        [
            fd.0.into(),
            IPV6.into(),
            HOP_OPTIONS.into(),
            (&options).into(),
            8.into(),
        ],
    )
    .map(drop)
}

const SIOCADDRT: u32 = 0x890b;
const SIOCGIFFLAGS: u32 = 0x8913;
const SIOCSIFFLAGS: u32 = 0x8914;

/// Adds a route that is none.
pub fn change_route() -> Outcome {
    let result = socket(Socket::Udp4).and_then(|fd| {
        let route = [0_u64; 15];
        call(
            number::IOCTL,
            [fd.0.into(), SIOCADDRT.into(), (&route).into()],
        )
    });
    Outcome::past(result, &[Errno::EAFNOSUPPORT, Errno::EINVAL])
}

fn loopback() -> [u8; 40] {
    let mut request = [0; 40];
    request[..2].copy_from_slice(b"lo");
    request
}

/// Reads the loopback interface's flags.
pub fn read_interface() -> Result<(), Errno> {
    let fd = socket(Socket::Udp4)?;
    let mut request = loopback();
    call(
        number::IOCTL,
        [fd.0.into(), SIOCGIFFLAGS.into(), (&mut request).into()],
    )
    .map(drop)
}

/// Sets the loopback interface up, which it is.
pub fn change_interface() -> Result<(), Errno> {
    const UP: u8 = 1;
    let fd = socket(Socket::Udp4)?;
    let mut request = loopback();
    request[16] = UP;
    call(
        number::IOCTL,
        [fd.0.into(), SIOCSIFFLAGS.into(), (&mut request).into()],
    )
    .map(drop)
}
