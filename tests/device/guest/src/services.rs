//! `celltest service NAME ...`: what runs in the cells of the test board (tests/device/board), and what takes the
//! place of syslogd(8) for it.

use libcell::entry::USAGE;
use libcell::platform::{Errno, Open, Platform, System, signal};

use crate::os::{self, Forked};
use crate::results::say;

/// Runs one of them.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    let result = match rest {
        ["stays"] => stays(system),
        ["serves", port] => port.parse().map_or(Err(Errno::EINVAL), serves),
        ["asks", port] => port.parse().map_or(Err(Errno::EINVAL), asks),
        ["deaf"] => deaf(),
        ["litters", children] => children.parse().map_or(Err(Errno::EINVAL), litters),
        ["crashes", time] => time
            .parse()
            .map_or(Err(Errno::EINVAL), |time| crashes(system, time)),
        ["ends", status] => return status.parse().unwrap_or(USAGE),
        ["hangs"] => sleep(),
        ["log", socket, file] => log(system, socket, file),
        [..] => return USAGE,
    };
    match result {
        Ok(()) => 0,
        Err(errno) => {
            say(system, 2, format_args!("celltest service: {errno}\n"));
            1
        }
    }
}

fn sleep() -> Result<(), Errno> {
    loop {
        os::sleep_ms(3_600_000);
    }
}

/// Says so and stays.
fn stays(system: &System) -> Result<(), Errno> {
    say(system, 1, format_args!("here\n"));
    say(system, 2, format_args!("to stay\n"));
    sleep()
}

/// Accepts connections and closes them.
fn serves(port: u16) -> Result<(), Errno> {
    let socket = os::socket(libc::SOCK_STREAM)?;
    os::bind(&socket, port)?;
    os::listen(&socket)?;
    loop {
        drop(os::accept(&socket)?);
    }
}

/// Good if somebody accepts.
fn asks(port: u16) -> Result<(), Errno> {
    let socket = os::socket(libc::SOCK_STREAM)?;
    os::connect(&socket, port)
}

/// Does not end when it is told to.
fn deaf() -> Result<(), Errno> {
    os::ignore(signal::TERM)?;
    sleep()
}

/// Has children in sessions of their own, which no signal to a process group reaches.
fn litters(children: u32) -> Result<(), Errno> {
    for _ in 0..children {
        if os::fork()? == Forked::Child {
            os::own_session()?;
            return sleep();
        }
    }
    sleep()
}

/// Lives so many milliseconds.
fn crashes(system: &System, time: u64) -> Result<(), Errno> {
    say(system, 1, format_args!("about to crash\n"));
    os::sleep_ms(time);
    os::signal(system.pid(), signal::SEGV)
}

/// Writes every datagram to the file, a line each.
fn log(system: &System, socket: &str, file: &str) -> Result<(), Errno> {
    let socket = os::datagram_socket(socket)?;
    let file = system.open(file, Open::Append, 0o644)?;
    let mut buffer = [0; 1024];
    loop {
        let count = os::receive(&socket, &mut buffer)?;
        system.write(&file, buffer.get(..count).unwrap_or_default())?;
        system.write(&file, b"\n")?;
    }
}
