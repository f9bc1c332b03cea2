//! The network: ports, sockets, routes, interfaces.

use alloc::vec;
use alloc::vec::Vec;

use super::{Argument, By, Control, EACCES, EPERM, OK, On, Outcome, PERMITTED, Row};
use crate::scene::{OWN_LOW, OWN_RANGE, SIBLING_RANGE, SIBLING_TCP, SIBLING_UDP, UNRESERVED};
use By::{HostUser, Root, User};

/// A port of nobody's: as the profile says.
const FREE: [Outcome; 3] = [OK, OK, EACCES];
/// A port of another cell's.
const TAKEN: [Outcome; 3] = [EACCES; 3];
/// The attacker's own.
const OWN: [Outcome; 3] = [OK; 3];
/// Only administration needs it.
const ADMIN: [Outcome; 3] = [OK, EPERM, EPERM];

/// in_pcb.c and in6_pcb.c turn every refusal to bind into EACCES.
#[rustfmt::skip]
const BINDS: &[(&str, On, u16, [Outcome; 3])] = &[
    ("bind.tcp",           On::Sibling, SIBLING_TCP,         TAKEN),
    ("bind.tcp-loopback",  On::Sibling, SIBLING_TCP,         TAKEN),
    ("bind.tcp6",          On::Sibling, SIBLING_TCP,         TAKEN),
    ("bind.tcp6-loopback", On::Sibling, SIBLING_TCP,         TAKEN),
    ("bind.tcp6-mapped",   On::Sibling, SIBLING_TCP,         TAKEN),
    // reserved for TCP alone: to UDP it is nobody's, and the other way round
    ("bind.udp",           On::Sibling, SIBLING_TCP,         FREE),
    ("bind.udp",           On::Sibling, SIBLING_UDP,         TAKEN),
    ("bind.udp6",          On::Sibling, SIBLING_UDP,         TAKEN),
    ("bind.tcp",           On::Sibling, SIBLING_UDP,         FREE),
    // both ends of a range, in it, and one beside each
    ("bind.tcp",           On::Sibling, SIBLING_RANGE.0,     TAKEN),
    ("bind.udp",           On::Sibling, SIBLING_RANGE.0 + 1, TAKEN),
    ("bind.tcp6",          On::Sibling, SIBLING_RANGE.1,     TAKEN),
    ("bind.tcp",           On::Sibling, SIBLING_RANGE.0 - 1, FREE),
    ("bind.udp6",          On::Sibling, SIBLING_RANGE.1 + 1, FREE),
    ("bind.tcp",           On::System,  UNRESERVED,          FREE),
    ("bind.tcp6",          On::System,  UNRESERVED,          FREE),
    ("bind.udp",           On::System,  UNRESERVED,          FREE),
    // any port will do
    ("bind.tcp",           On::System,  0,                   OWN),
    ("bind.udp6",          On::System,  0,                   OWN),
    // its own, whatever its uid
    ("bind.tcp",           On::Own,     OWN_LOW,             OWN),
    ("bind.udp",           On::Own,     OWN_LOW,             OWN),
    ("bind.tcp6",          On::Own,     OWN_LOW,             OWN),
    ("bind.tcp",           On::Own,     OWN_RANGE.0,         OWN),
    ("bind.udp6",          On::Own,     OWN_RANGE.1,         OWN),
];

/// An unreserved port below 1024 is root's, as everywhere.
const LOW_PORT: u16 = 901;

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for &(attack, on, port, expected) in BINDS {
        for by in [Root, User] {
            let row = Row::new(attack, by, on, expected).with(&[Argument::Port(port)]);
            rows.push(if by == User && port == OWN_LOW {
                row.control(Control::Itself(
                    EACCES,
                    "without a reservation it is root's",
                ))
            } else {
                row
            });
        }
    }
    let bind = |attack, by, on, expected, port| {
        Row::new(attack, by, on, expected).with(&[Argument::Port(port)])
    };
    rows.extend([
        bind("bind.tcp", Root, On::System, FREE, LOW_PORT),
        bind("bind.tcp", User, On::System, [EACCES; 3], LOW_PORT)
            .control(Control::Itself(EACCES, "a low port is root's")),
        bind("bind.tcp", HostUser, On::Sibling, TAKEN, SIBLING_TCP),
        bind("bind.udp6", HostUser, On::Sibling, TAKEN, SIBLING_UDP),
        bind("bind.tcp", HostUser, On::System, [OK; 3], UNRESERVED),
    ]);
    rows.extend(sockets());
    rows
}

fn sockets() -> Vec<Row> {
    let root = |attack, expected| Row::new(attack, Root, On::System, expected);
    let user = |attack, expected| Row::new(attack, User, On::System, expected);
    let roots = |row: Row| row.control(Control::Itself(EPERM, "root's"));
    vec![
        root("socket.raw", ADMIN),
        root("socket.raw6", ADMIN),
        root("socket.frames", ADMIN),
        root("socket.route", ADMIN),
        root("socket.filter", ADMIN),
        root("socket.tcp", [OK; 3]),
        root("socket.option", ADMIN),
        root("route.change", [PERMITTED, EPERM, EPERM]),
        root("interface.read", [OK; 3]),
        root("interface.change", ADMIN),
        roots(user("socket.raw", [EPERM; 3])),
        // anybody may listen to the routing table, but not in a cell
        user("socket.route", ADMIN),
        user("socket.tcp", [OK; 3]),
        user("interface.read", [OK; 3]),
        roots(user("interface.change", [EPERM; 3])),
    ]
}
