//! Save and restore volumes with nothing else running: single user, no cellinit, no module.
//!
//! What it does to volumes is in `libcell::backup` and `libcell::restore`; here is how media are found and mounted, what is
//! asked and shown, and [`auto()`], the order that a stick can carry.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

use libcell::options::{Parsed, Reading};
use libcell::platform::Platform;
use libcell::progress::SIGNALS;

mod arguments;
mod auto;
mod delete;
mod device;
mod disks;
mod filesystem;
mod order;
mod place;
mod question;
mod restore;
mod resume;
mod save;
mod scan;
mod stick;
mod verify;
mod voice;

use arguments::{PROGRAM, Verb};
pub use auto::{Outcome, auto};
pub use libcell::restore::Resumed;
pub use resume::resume;
pub use voice::Failure;
use voice::{USAGE, fail, say};

/// Does what the arguments say; `arguments[0]` is the program. The exit status, as the manual page lists it.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let result = match PROGRAM.read(arguments.get(1..).unwrap_or_default()) {
        Reading::Parsed(parsed) => command(platform, &parsed),
        Reading::Help(text) => voice::write(platform, 1, text.as_bytes())
            .map_err(|errno| fail(platform, "standard output", errno)),
        Reading::Wrong(wrong) => {
            say(
                platform,
                &[wrong.command, ": ", wrong.word, ": ", wrong.why],
            );
            Err(USAGE)
        }
    };
    match result {
        Ok(()) => 0,
        Err(Failure(status)) => status,
    }
}

/// What cellrescue takes, for the test of the manual page.
#[doc(hidden)]
#[must_use]
pub fn program() -> &'static libcell::options::Program {
    &PROGRAM
}

fn command<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    // so that whatever is mounted is unmounted: they are asked for between two steps
    let _ = platform.watch_signals(&SIGNALS);
    let prefix = platform.prefix();
    let device = device::device(platform, prefix);
    match Verb::at(parsed.command) {
        None => Ok(()),
        Some(Verb::Scan) => scan::run(platform, &device, parsed),
        Some(Verb::Save) => save::run(platform, &device, parsed),
        Some(Verb::Restore) => restore::run(platform, &device, parsed),
        Some(Verb::Verify) => verify::run(platform, &device, parsed),
        Some(Verb::Delete) => delete::run(platform, parsed),
        Some(Verb::Resume) => resume::run(platform, parsed),
        Some(Verb::Auto) => auto::run(platform, &device),
    }
}
