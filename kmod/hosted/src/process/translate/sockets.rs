//! Sockets: `socreate()` of NetBSD and the bind of netinet and netinet6.

use std::os::fd::AsFd;

use super::{Call, Outcome, deny};
use crate::kauth;
use crate::process::calls;
use crate::process::os::{errno, pidfd};
use crate::process::questions::{Question, Verdict};

/// Ports below are root's (`ip_unprivileged_port_start`, `IPPORT_RESERVED`).
const RESERVED: u16 = 1024;

/// Of the hosted kernel's `<sys/socket.h>`.
const PF_ROUTE: i32 = 134;

pub(super) fn outcome(call: &mut Call<'_>) -> Option<Outcome> {
    Some(match call.note.number {
        libc::SYS_socket => socket(call),
        libc::SYS_bind => bind(call),
        libc::SYS_ioctl => ioctl(call),
        libc::SYS_setsockopt => option(call),
        _ => return None,
    })
}

/// EPERM from the question.
fn socket(call: &mut Call<'_>) -> Outcome {
    const TYPE_MASK: i32 = 0xf;
    // routing is a family of its own
    let domain = match (call.int(0), call.int(2)) {
        (libc::AF_NETLINK, libc::NETLINK_ROUTE) => PF_ROUTE,
        (domain, _) => domain,
    };
    let question = Question::Socket {
        domain,
        // a packet socket is a raw one, whatever its type says
        kind: match domain {
            libc::AF_PACKET => libc::SOCK_RAW,
            _ => call.int(1) & TYPE_MASK,
        },
        protocol: call.int(2),
    };
    deny(call.ask(question), libc::EPERM)
}

/// `inpcb_bind_port()` and `in6pcb_bind_port()`: EACCES from the question.
fn bind(call: &mut Call<'_>) -> Outcome {
    const FAMILY_AND_PORT: usize = 4;
    if (call.int(2).cast_unsigned() as usize) < FAMILY_AND_PORT {
        return Outcome::Continue;
    }
    let Some([f0, f1, p0, p1]) = call.memory::<FAMILY_AND_PORT>(1) else {
        return Outcome::Continue;
    };
    let family = i32::from(u16::from_ne_bytes([f0, f1]));
    let port = u16::from_be_bytes([p0, p1]);
    if !matches!(family, libc::AF_INET | libc::AF_INET6) || port == 0 {
        return Outcome::Continue;
    }
    let Ok(socket) = call.descriptor(call.int(0)) else {
        return Outcome::Continue;
    };
    let Ok(transport) = pidfd::socket_option(socket.as_fd(), libc::SO_PROTOCOL) else {
        return Outcome::Continue;
    };
    let verdict = call.ask(Question::Bind {
        transport,
        version: family,
        port,
    });
    match verdict {
        Verdict::Deny => Outcome::Fail(libc::EACCES),
        Verdict::Defer => Outcome::Continue,
        Verdict::Allow if port >= RESERVED => Outcome::Continue,
        Verdict::Allow => bind_in_place(call, socket.as_fd()),
    }
}

/// A reserved low port is the cell's although Linux would refuse its user.
fn bind_in_place(call: &Call<'_>, socket: std::os::fd::BorrowedFd<'_>) -> Outcome {
    const LONGEST: usize = 128; // sockaddr_storage
    let mut address = [0; LONGEST];
    let length = (call.int(2).cast_unsigned() as usize).min(LONGEST);
    let Some(address) = address.get_mut(..length) else {
        return Outcome::Continue;
    };
    if pidfd::read_memory(call.note.tid, call.argument(1), address).ok() != Some(length)
        || !call.still_waits()
    {
        return Outcome::Continue;
    }
    match pidfd::bind(socket, address) {
        Ok(()) => Outcome::Return(0),
        // an ordinary user's simulation has no right to the port either
        Err(error) if errno(&error) == libc::EACCES => Outcome::Continue,
        Err(error) => Outcome::Fail(errno(&error)),
    }
}

/// `ip6_setpktopt()`: headers for the routers on the way, EPERM.
fn option(call: &mut Call<'_>) -> Outcome {
    match call.int(2) {
        libc::IPV6_2292HOPOPTS
        | libc::IPV6_2292DSTOPTS
        | libc::IPV6_NEXTHOP
        | libc::IPV6_HOPOPTS
        | libc::IPV6_RTHDRDSTOPTS
        | libc::IPV6_DSTOPTS => deny(
            call.ask(Question::Plain(
                kauth::NETWORK_IPV6,
                Some(kauth::REQ_NETWORK_IPV6_HOPBYHOP),
            )),
            libc::EPERM,
        ),
        _ => Outcome::Continue,
    }
}

fn ioctl(call: &mut Call<'_>) -> Outcome {
    let request = call.int(1).cast_unsigned();
    let question = match request {
        calls::TIOCSTI => (kauth::DEVICE_TTY_STI, None),
        calls::RNDADDENTROPY | calls::RNDADDTOENTCNT => (kauth::DEVICE_RND_ADDDATA_ESTIMATE, None),
        calls::FS_IOC_SETFLAGS => (kauth::SYSTEM_CHSYSFLAGS, None),
        _ if calls::ROUTE.contains(&request) => (kauth::NETWORK_ROUTE, None),
        _ if calls::INTERFACE.contains(&request) => (
            kauth::NETWORK_INTERFACE,
            Some(kauth::REQ_NETWORK_INTERFACE_SETPRIV),
        ),
        _ => return Outcome::Continue,
    };
    let (action, about) = question;
    // file systems ask for flags in the vnode scope, whose refusal is EACCES (kern_auth.c)
    let errno = match request {
        calls::FS_IOC_SETFLAGS => libc::EACCES,
        _ => libc::EPERM,
    };
    deny(call.ask(Question::Plain(action, about)), errno)
}
