//! `celltest platform [NAME]...`: libcell's NetBSD platform, call by call: every method does what its documentation
//! says, and fails as it says.
//!
//! Each test runs in a process of its own ([`place`]), with a directory of its own on a memory file system; so a test may
//! give up its rights, wait on its own queue, crash or hang. Names given are beginnings of tests' names.
//! `celltest platform child ...` is what the tests start ([`child`]).

mod calls;
mod cells;
mod child;
mod devices;
mod disk;
mod disks;
mod fat;
mod ffs;
mod files;
mod launch;
mod launch_errors;
mod limits;
mod memory;
mod mounts;
mod names;
mod owners;
pub mod place;
mod processes;
mod queue;
mod signals;
mod sockets;
mod syslog;
mod time;
mod watchdog;

use libcell::entry::System;

use crate::results::Results;
use place::{Failure, Place};

/// A test and its name.
type Named = (&'static str, fn(&Place<'_>) -> place::Outcome);

/// All of them, in the order of the trait.
const PARTS: &[&[Named]] = &[
    files::TESTS,
    names::TESTS,
    owners::TESTS,
    time::TESTS,
    memory::TESTS,
    cells::TESTS,
    launch::TESTS,
    launch_errors::TESTS,
    limits::TESTS,
    processes::TESTS,
    signals::TESTS,
    queue::TESTS,
    sockets::TESTS,
    syslog::TESTS,
    mounts::TESTS,
    disks::TESTS,
    devices::TESTS,
    watchdog::TESTS,
];

/// Runs those whose names begin with one of `rest`, all if there is none.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    if let ["child", what @ ..] = rest {
        return child::run(system, what);
    }
    let mut results = Results::new(system, "platform");
    let mut places = match place::Places::new(system) {
        Ok(places) => places,
        Err(Failure::Wrong { what, why } | Failure::Skip { what, why }) => {
            results.fail("platform", what, why);
            return results.finish();
        }
    };
    for (name, test) in PARTS.iter().copied().flatten() {
        if !rest.is_empty() && !rest.iter().any(|wanted| name.starts_with(wanted)) {
            continue;
        }
        match places.apart(*test) {
            Ok(()) => results.ok(name),
            Err(Failure::Wrong { what, why }) => results.fail(name, what, why),
            Err(Failure::Skip { what, why }) => {
                results.skip(name, format_args!("{what}: {why}"));
            }
        }
    }
    places.end();
    results.finish()
}
