//! Sockets, addresses, routes, interfaces.

use super::call::call;
use super::{Errno, Fd, How, number, open, write_to};
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
    /// Whole frames: bpf(4), which is a device.
    Frames,
    /// The routing table.
    Route,
    /// The packet filter: npf(4), which is a device.
    Filter,
}

const INET: u8 = 2;
const INET6: u8 = 24;
const IPV6: i32 = 41;

/// socket(2), or open(2) where it is a device.
pub fn socket(kind: Socket) -> Result<Fd, Errno> {
    const ROUTE: u8 = 34;
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
        Socket::Route => (ROUTE, RAW, 0),
        Socket::Frames => return open(c"/dev/bpf", How::ReadWrite),
        Socket::Filter => return open(c"/dev/npf", How::ReadWrite),
    };
    let family = i32::from(family);
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
    // the length, the family, the port
    if matches!(kind, Socket::Tcp6 | Socket::Udp6) {
        let mut bytes = [0_u8; 28];
        [bytes[0], bytes[1], bytes[2], bytes[3]] = [28, INET6, high, low];
        match address {
            Address::Any => {}
            Address::Loopback => bytes[23] = 1,
            Address::Mapped => {
                speak_both(fd)?;
                bytes[18..24].copy_from_slice(&[0xff, 0xff, 127, 0, 0, 1]);
            }
        }
        return call(number::BIND, [fd.0.into(), (&bytes).into(), 28.into()]).map(|_| fd);
    }
    let mut bytes = [0_u8; 16];
    [bytes[0], bytes[1], bytes[2], bytes[3]] = [16, INET, high, low];
    match address {
        Address::Any => {}
        Address::Loopback | Address::Mapped => bytes[4..8].copy_from_slice(&[127, 0, 0, 1]),
    }
    call(number::BIND, [fd.0.into(), (&bytes).into(), 16.into()]).map(|_| fd)
}

/// Has an IPv6 socket speak IPv4 as well, which it does not by itself.
fn speak_both(fd: Fd) -> Result<(), Errno> {
    const ONLY_IPV6: i32 = 27;
    call(
        number::SETSOCKOPT,
        [
            fd.0.into(),
            IPV6.into(),
            ONLY_IPV6.into(),
            (&[0_i32]).into(),
            4.into(),
        ],
    )
    .map(drop)
}

/// Asks for a header that routers on the way must look at: an option for the privileged.
pub fn set_privileged_option() -> Result<(), Errno> {
    const HOP_OPTIONS: i32 = 49;
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

/// struct rt_msghdr of net/route.h: 40 bytes and ten metrics of eight. Then the destination.
const ROUTE_HEADER: usize = 40 + 80;

/// Removes a route that is none.
pub fn change_route() -> Outcome {
    const VERSION: u8 = 4;
    const DELETE: u8 = 2;
    const DESTINATION: u32 = 1;
    let mut message = [0_u8; ROUTE_HEADER + 16];
    let length = message.len() as u16;
    message[..2].copy_from_slice(&length.to_ne_bytes());
    [message[2], message[3]] = [VERSION, DELETE];
    message[12..16].copy_from_slice(&DESTINATION.to_ne_bytes());
    // an address of the documentation's
    message[ROUTE_HEADER..][..8].copy_from_slice(&[16, INET, 0, 0, 203, 0, 113, 77]);
    let result = socket(Socket::Route).and_then(|fd| write_to(fd, &message));
    Outcome::past(result, &[Errno::ESRCH])
}

/// struct ifreq of net/if.h.
const REQUEST: u32 = 144;
// `_IOW` and `_IOWR` of sys/ioccom.h
const SIOCSIFFLAGS: u32 = 0x8000_6910 | REQUEST << 16;
const SIOCGIFFLAGS: u32 = 0xc000_6911 | REQUEST << 16;

fn loopback() -> [u8; REQUEST as usize] {
    let mut request = [0; REQUEST as usize];
    request[..3].copy_from_slice(b"lo0");
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
    const UP: u16 = 1;
    let fd = socket(Socket::Udp4)?;
    let mut request = loopback();
    request[16..18].copy_from_slice(&UP.to_ne_bytes());
    call(
        number::IOCTL,
        [fd.0.into(), SIOCSIFFLAGS.into(), (&mut request).into()],
    )
    .map(drop)
}
