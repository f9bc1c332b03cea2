//! What a process learns of another. The first argument is the target's pid.

use super::os::{self, How, Signal, Whose};
use super::process::hidden;
use super::{Arguments, Attack, Outcome, Text};

pub const ATTACKS: &[(&str, Attack)] = &[
    ("see.signal", |a| {
        Ok(Outcome::of(os::signal(Signal::Ask, a.number(0)?)))
    }),
    ("see.priority", |a| {
        Ok(Outcome::of(os::priority(Whose::Process, a.number(0)?)))
    }),
    ("see.session", |a| {
        Ok(Outcome::of(os::session(a.number(0)?)))
    }),
    ("see.listing", listing),
    ("see.arguments", |a| read_entry(a, "cmdline")),
    ("see.environment", |a| read_entry(a, "environ")),
    ("see.status", |a| read_entry(a, "status")),
    ("see.maps", |a| read_entry(a, "maps")),
    ("see.files", files),
    ("see.root", root),
    ("memory.read", |a| {
        Ok(Outcome::of(os::read_memory(a.number(0)?)))
    }),
    ("memory.open", memory_open),
];

/// Looks for the target among the names in /proc.
fn listing(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let pid = arguments.number(0)?;
    let name = Text::new(format_args!("{pid}"));
    Ok(hidden(os::is_listed(c"/proc", name.bytes())))
}

fn read_entry(arguments: Arguments<'_>, entry: &str) -> Result<Outcome, Outcome> {
    let pid = arguments.number(0)?;
    let path = Text::new(format_args!("/proc/{pid}/{entry}"));
    Ok(Outcome::of(
        os::open(path.c(), How::Read).and_then(|fd| os::read(fd, &mut [0; 64])),
    ))
}

/// Lists the target's descriptors.
fn files(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let pid = arguments.number(0)?;
    let path = Text::new(format_args!("/proc/{pid}/fd"));
    Ok(hidden(os::is_listed(path.c(), b"0")))
}

/// Goes through the target's root, which for a process of the host is the host's.
fn root(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let pid = arguments.number(0)?;
    let path = Text::new(format_args!("/proc/{pid}/root"));
    Ok(Outcome::of(os::open(path.c(), How::Directory)))
}

/// Opens the target's memory to write to.
fn memory_open(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let pid = arguments.number(0)?;
    let path = Text::new(format_args!("/proc/{pid}/mem"));
    Ok(Outcome::of(os::open(path.c(), How::ReadWrite)))
}
