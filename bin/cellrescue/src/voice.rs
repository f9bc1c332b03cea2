//! What is said: `cellrescue: object: what` on standard error.

use alloc::string::String;
use core::fmt::{self, Write};

use libcell::output::Output;
use libcell::platform::Platform;

/// A command that failed and has said so: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub u8);

/// It was not done.
pub(crate) const FAILED: Failure = Failure(1);

/// There was nothing to do it to.
pub(crate) const NOTHING: Failure = Failure(2);

/// It was not asked properly.
pub(crate) const USAGE: Failure = Failure(libcell::entry::USAGE);

/// Says a line. Where standard error is gone there is nobody to tell.
#[inline(never)]
pub(crate) fn say<P: Platform>(platform: &P, message: fmt::Arguments<'_>) {
    let mut line = String::from("cellrescue: ");
    let _ = line.write_fmt(message);
    line.push('\n');
    if let Ok(mut error) = Output::standard(platform, 2) {
        let _ = error.write_str(&line);
        let _ = error.finish();
    }
}

/// Says what went wrong with something.
#[inline(never)]
pub(crate) fn fail<P: Platform>(platform: &P, object: &str, why: &dyn fmt::Display) -> Failure {
    say(platform, format_args!("{object}: {why}"));
    FAILED
}

/// Says a problem.
pub(crate) fn problem<P: Platform>(platform: &P, problem: &libcell::problem::Problem) -> Failure {
    say(platform, format_args!("{problem}"));
    FAILED
}
