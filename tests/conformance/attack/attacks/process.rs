//! What a process does to another: signals, tracing, limits, priorities. The first argument is the target's pid.

use super::os::{self, Errno, Signal, Whose};
use super::{Arguments, Attack, Outcome};

pub const ATTACKS: &[(&str, Attack)] = &[
    ("signal.process", |a| send(Signal::Deadly, a.number(0)?)),
    ("signal.group", |a| send(Signal::Deadly, -a.number(0)?)),
    ("signal.broadcast", |_| send(Signal::Deadly, -1)),
    ("signal.queue", |a| send(Signal::Queued, a.number(0)?)),
    ("signal.thread", |a| send(Signal::Thread, a.number(0)?)),
    ("signal.descriptor", |a| {
        send(Signal::Descriptor, a.number(0)?)
    }),
    ("trace.process", |a| {
        Ok(Outcome::of(os::trace(a.number(0)?)))
    }),
    ("trace.record", |a| {
        Ok(Outcome::of(os::record(a.number(0)?)))
    }),
    ("trace.watch", |a| Ok(Outcome::of(os::watch(a.number(0)?)))),
    ("nice.process", |a| nice(Whose::Process, a.number(0)?)),
    ("nice.group", |a| nice(Whose::Group, a.number(0)?)),
    ("nice.user", |a| nice(Whose::User, a.number(0)?)),
    ("limit.read", |a| Ok(Outcome::of(os::limit(a.number(0)?)))),
    ("limit.set", limit_set),
    ("limit.raise", limit_raise),
    ("limit.lower", |_| {
        Ok(Outcome::of(os::set_limit(0, [32, 32])))
    }),
    ("affinity.read", |a| {
        Ok(Outcome::of(os::affinity(a.number(0)?)))
    }),
    ("affinity.set", |a| {
        Ok(Outcome::of(os::set_affinity(a.number(0)?)))
    }),
    ("schedule.read", |a| {
        Ok(Outcome::of(os::scheduling(a.number(0)?)))
    }),
    ("schedule.set", |a| {
        Ok(Outcome::of(os::set_scheduling(a.number(0)?)))
    }),
];

pub const PARTS: &[(&str, Attack)] = &[("part.victim", victim)];

fn send(how: Signal, to: i32) -> Result<Outcome, Outcome> {
    Ok(Outcome::of(os::signal(how, to)))
}

fn nice(whose: Whose, id: i32) -> Result<Outcome, Outcome> {
    Ok(Outcome::of(os::set_priority(whose, id)))
}

/// Takes a process its descriptors, all but four.
fn limit_set(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    Ok(Outcome::of(os::set_limit(arguments.number(0)?, [4, 4])))
}

/// Raises the hard limit of its own that it has lowered before.
fn limit_raise(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    match os::set_limit(0, [16, 16]) {
        Ok(()) => Ok(Outcome::of(os::set_limit(0, [32, 32]))),
        Err(_) => Err(Outcome::Untried("a limit could not be lowered")),
    }
}

/// Is there to be attacked. Says so once it is.
fn victim(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    os::write(1, b"ready\n");
    loop {
        os::pause();
    }
}

/// The outcome of something that must not be there for the caller to find.
pub fn hidden(found: Result<bool, Errno>) -> Outcome {
    match found {
        Ok(true) => Outcome::Done,
        Ok(false) => Outcome::Refused(Errno::ENOENT),
        Err(errno) => Outcome::Refused(errno),
    }
}
