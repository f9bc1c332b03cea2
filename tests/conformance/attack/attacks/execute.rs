//! Executing what should not be, and gaining by it.

use super::os::{self};
use super::{Arguments, Attack, Outcome};

pub const ATTACKS: &[(&str, Attack)] = &[
    ("execute.root", |_| {
        Ok(Outcome::Refused(os::execute(c"/attack", &[c"part.done"])))
    }),
    ("execute.writable", |_| {
        Ok(Outcome::Refused(os::execute(
            c"/volume/attack",
            &[c"part.done"],
        )))
    }),
    ("execute.memory", |_| {
        Ok(Outcome::Refused(os::execute_memory(
            c"/attack",
            &[c"part.done"],
        )))
    }),
    ("setuid.volume", |_| {
        Ok(Outcome::Refused(os::execute(
            c"/volume/setuid",
            &[c"part.root"],
        )))
    }),
    ("setuid.root", setuid_root),
];

pub const PARTS: &[(&str, Attack)] = &[("part.done", |_| Ok(Outcome::Done)), ("part.root", root)];

/// Becomes the cell's root by a program of the cell's, and goes on to the attack that the arguments name.
fn setuid_root(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    Ok(Outcome::Refused(os::execute(c"/setuid", arguments.words())))
}

/// Whether the program was made root by its set-user-id bit.
fn root(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    Ok(match os::effective_user() {
        0 => Outcome::Done,
        _ => Outcome::Contained,
    })
}
