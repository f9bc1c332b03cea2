//! Ports, raw sockets, routes, interfaces.

use super::os::{self, Address, Socket};
use super::{Arguments, Attack, Outcome};

/// The binds differ in whose port it is, which is the runner's: the name says whose, the first argument is the port.
pub const ATTACKS: &[(&str, Attack)] = &[
    ("bind.tcp", |a| bind(a, Socket::Tcp4, Address::Any)),
    ("bind.tcp-loopback", |a| {
        bind(a, Socket::Tcp4, Address::Loopback)
    }),
    ("bind.tcp6", |a| bind(a, Socket::Tcp6, Address::Any)),
    ("bind.tcp6-loopback", |a| {
        bind(a, Socket::Tcp6, Address::Loopback)
    }),
    ("bind.tcp6-mapped", |a| {
        bind(a, Socket::Tcp6, Address::Mapped)
    }),
    ("bind.udp", |a| bind(a, Socket::Udp4, Address::Any)),
    ("bind.udp6", |a| bind(a, Socket::Udp6, Address::Any)),
    ("socket.raw", |_| open(Socket::Raw4)),
    ("socket.raw6", |_| open(Socket::Raw6)),
    ("socket.frames", |_| open(Socket::Frames)),
    ("socket.route", |_| open(Socket::Route)),
    ("socket.filter", |_| open(Socket::Filter)),
    ("socket.tcp", |_| open(Socket::Tcp4)),
    ("socket.option", |_| {
        Ok(Outcome::of(os::set_privileged_option()))
    }),
    ("route.change", |_| Ok(os::change_route())),
    ("interface.read", |_| Ok(Outcome::of(os::read_interface()))),
    ("interface.change", |_| {
        Ok(Outcome::of(os::change_interface()))
    }),
];

fn bind(arguments: Arguments<'_>, kind: Socket, address: Address) -> Result<Outcome, Outcome> {
    let port = u16::try_from(arguments.number(0)?)
        .map_err(|_| Outcome::Untried("an argument is not a port"))?;
    Ok(Outcome::of(os::bind(kind, address, port)))
}

fn open(kind: Socket) -> Result<Outcome, Outcome> {
    Ok(Outcome::of(os::socket(kind)))
}
