//! Ends of processes, and signals to them.

use alloc::vec::Vec;

use libcell::platform::{Errno, Exit, Launch, Pid, Platform, signal};

use super::child::digits;
use super::place::{Failure, Must, Outcome, Place, equal, holds, plain, refused, wrong};
use super::{Named, calls};
use crate::os;

pub const TESTS: &[Named] = &[
    ("reap", reap),
    ("reap-signal", by_signal),
    ("reap-core", core),
    ("reap-many", many),
    ("reap-not-what-is-stopped", stopped),
    ("kill", kill),
    ("kill-group", group),
    ("kill-errors", errors),
];

const STOP: u8 = libc::SIGSTOP as u8;
const CONT: u8 = libc::SIGCONT as u8;

/// Waits for the end of any child, as a supervisor does that has been told of one.
fn next(place: &Place<'_>) -> Result<(Pid, Exit), Failure> {
    loop {
        match place.system.reap().must("reap")? {
            Some(ended) => return Ok(ended),
            None => os::sleep_ms(10),
        }
    }
}

fn start(place: &Place<'_>, what: &[&str]) -> Result<Pid, Failure> {
    let command = [&[place.program.as_str(), "platform", "child"], what].concat();
    place.system.spawn(&plain(&command)).must("spawn")
}

/// A process that sleeps. It is waited for until it does: NetBSD's execve(2) forgets what signals came while it was at
/// work (`ksiginfo_exechook` in sys/kern/kern_sig.c), and the end of a spawn is in the midst of it.
fn sleeper(place: &Place<'_>, new_session: NewSession) -> Result<Pid, Failure> {
    let (reading, writing) = place.system.pipe().must("pipe")?;
    let command = [place.program.as_str(), "platform", "child", "sleep", "30"];
    let launch = Launch {
        stdio: [None, Some(&writing), None],
        new_session: new_session == NewSession::Yes,
        ..plain(&command)
    };
    let pid = place.system.spawn(&launch).must("spawn")?;
    calls::blocking(&reading).must("fcntl")?;
    equal("ready", place.system.read(&reading, &mut [0; 16]), Ok(6))?;
    Ok(pid)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NewSession {
    Yes,
    No,
}

fn reap(place: &Place<'_>) -> Outcome {
    refused("no children", place.system.reap(), Errno::ECHILD)?;
    let sleeping = sleeper(place, NewSession::No)?;
    equal("none has ended", place.system.reap(), Ok(None))?;
    for status in [0u8, 7, 255] {
        let pid = start(place, &["exit", &digits(status)])?;
        equal("end", next(place)?, (pid, Exit::Code(status)))?;
    }
    place.system.kill(sleeping, signal::KILL).must("kill")?;
    equal("end", next(place)?, (sleeping, Exit::Signal(signal::KILL)))?;
    refused("none any more", place.system.reap(), Errno::ECHILD)
}

fn by_signal(place: &Place<'_>) -> Outcome {
    for number in [signal::TERM, signal::HUP, signal::PIPE, signal::USR1] {
        let pid = start(place, &["signal", &digits(number)])?;
        equal("end", next(place)?, (pid, Exit::Signal(number)))?;
    }
    Ok(())
}

/// The flag that a core was written is not part of the signal.
fn core(place: &Place<'_>) -> Outcome {
    let number = digits(signal::ABRT);
    let command = [
        place.program.as_str(),
        "platform",
        "child",
        "signal",
        &number,
    ];
    let launch = Launch {
        directory: &place.directory,
        ..plain(&command)
    };
    let pid = place.system.spawn(&launch).must("spawn")?;
    equal("end", next(place)?, (pid, Exit::Signal(signal::ABRT)))
}

fn many(place: &Place<'_>) -> Outcome {
    let mut started: Vec<Pid> = Vec::new();
    for _ in 0..20 {
        started.push(start(place, &["exit", "3"])?);
    }
    for _ in 0..20 {
        let (pid, exit) = next(place)?;
        equal("status", exit, Exit::Code(3))?;
        match started.iter().position(|known| *known == pid) {
            Some(index) => started.swap_remove(index),
            None => return wrong("pid", format_args!("{pid} twice or never started")),
        };
    }
    refused("none any more", place.system.reap(), Errno::ECHILD)
}

fn stopped(place: &Place<'_>) -> Outcome {
    let pid = sleeper(place, NewSession::No)?;
    place.system.kill(pid, STOP).must("stop")?;
    os::sleep_ms(100);
    equal("stopped", place.system.reap(), Ok(None))?;
    place.system.kill(pid, CONT).must("continue")?;
    os::sleep_ms(100);
    equal("continued", place.system.reap(), Ok(None))?;
    place.system.kill(pid, signal::TERM).must("end")?;
    equal("end", next(place)?, (pid, Exit::Signal(signal::TERM)))
}

fn kill(place: &Place<'_>) -> Outcome {
    let pid = sleeper(place, NewSession::No)?;
    place.system.kill(pid, 0).must("only asked")?;
    equal("it goes on", place.system.reap(), Ok(None))?;
    place.system.kill(pid, signal::TERM).must("kill")?;
    equal("end", next(place)?, (pid, Exit::Signal(signal::TERM)))?;
    refused("it is gone", place.system.kill(pid, 0), Errno::ESRCH)
}

fn group(place: &Place<'_>) -> Outcome {
    let leader = sleeper(place, NewSession::Yes)?;
    let other = sleeper(place, NewSession::No)?;
    place.system.kill(-leader, signal::TERM).must("kill")?;
    equal(
        "its leader",
        next(place)?,
        (leader, Exit::Signal(signal::TERM)),
    )?;
    os::sleep_ms(50);
    equal("not another's", place.system.reap(), Ok(None))?;
    refused(
        "it is gone",
        place.system.kill(-leader, signal::TERM),
        Errno::ESRCH,
    )?;
    place.system.kill(other, signal::KILL).must("kill")?;
    holds("the other", next(place)?.0 == other)
}

fn errors(place: &Place<'_>) -> Outcome {
    refused(
        "no process",
        place.system.kill(29_999, signal::TERM),
        Errno::ESRCH,
    )?;
    refused(
        "no signal",
        place.system.kill(place.system.pid(), 200),
        Errno::EINVAL,
    )?;
    let as_user = place.as_user(|| place.system.kill(1, signal::TERM))?;
    equal("as a user", as_user, Some(Errno::EPERM))
}
