//! `celltest stick`: cellrescue with USB sticks, as a technician has them: no cellinit, no module, the root as the
//! kernel mounted it.
//!
//! The sticks are those of tests/device/sticks, told apart by what `cellrescue scan` says of them, because USB does not say in
//! which order they attach. Steps build on each other; each is a result of its own.

mod bench;
mod steps;
mod volume;

use libcell::entry::System;

use crate::platform::place::{Failure, Outcome};
use crate::results::Results;
use bench::Bench;

/// A step and its name.
type Named = (&'static str, fn(&mut Bench<'_>) -> Outcome);

/// All of them, in order.
#[rustfmt::skip]
const STEPS: &[Named] = &[
    ("sticks-attach",               steps::attach),
    ("data-partition",              steps::data),
    ("scan-lists-disks",            steps::scan),
    ("save-to-a-fat-stick",         steps::save),
    ("scan-checks-the-archive",     steps::check),
    ("verify-from-the-stick",       steps::verify),
    ("restore-asks-first",          steps::declined),
    ("restore-brings-the-old-back", steps::restore),
    ("resume-is-clean",             steps::resume),
    ("restore-survives-a-kill",     steps::killed),
    ("auto-obeys-a-signed-order",   steps::auto),
    ("auto-writes-its-result",      steps::result),
    ("auto-ignores-the-others",     steps::ignored),
    ("restore-by-hand-from-ffs",    steps::by_hand),
    ("nothing-stays-mounted",       steps::unmounted),
];

/// Runs them.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    if !rest.is_empty() {
        return libcell::entry::USAGE;
    }
    let mut results = Results::new(system, "stick");
    let mut bench = Bench::new(system);
    for (name, step) in STEPS {
        match step(&mut bench).and_then(|()| bench.nothing_is_mounted()) {
            Ok(()) => results.ok(name),
            Err(Failure::Wrong { what, why }) => results.fail(name, what, why),
            Err(Failure::Skip { what, why }) => results.skip(name, format_args!("{what}: {why}")),
        }
    }
    results.finish()
}
