//! Make, enter, watch and end cells: the kernel's operations, one command each.
//!
//! Nothing is kept and nothing is remembered: what a command shows is what `/dev/cell` answered to it.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

use libcell::{
    options::{Parsed, Reading},
    platform::Platform,
};

mod arguments;
mod create;
mod events;
mod exec;
mod failure;
mod kill;
mod list;
mod metrics;
mod policy;
mod registry;
mod seal;
mod session;
mod show;
mod target;

use arguments::{PROGRAM, Verb};
use failure::{Failure, misused_by};

/// Does what the arguments say; `arguments[0]` is the program. The exit status, as the manual page lists it.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let result = match PROGRAM.read(arguments.get(1..).unwrap_or_default()) {
        Reading::Parsed(parsed) => command(platform, &parsed),
        Reading::Help(text) => show::print(platform, text.as_bytes()),
        Reading::Wrong(wrong) => Err(misused_by(
            platform,
            wrong.command,
            wrong.word,
            wrong.why.into(),
        )),
    };
    match result {
        Ok(()) => 0,
        Err(Failure(status)) => status,
    }
}

/// What cellctl takes, for the test of the manual page.
#[doc(hidden)]
#[must_use]
pub fn program() -> &'static libcell::options::Program {
    &PROGRAM
}

fn command<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    match Verb::at(parsed.command) {
        None => Ok(()),
        Some(Verb::Create) => create::run(platform, parsed),
        Some(Verb::Destroy) => kill::destroy(platform, parsed.operand(0)),
        Some(Verb::Enter | Verb::Exec) => exec::run(platform, parsed),
        Some(Verb::Kill) => kill::run(platform, parsed),
        Some(Verb::List) => list::list(platform, parsed),
        Some(Verb::Stats) => list::stats(platform, parsed),
        Some(Verb::Policy) => policy::run(platform, parsed),
        Some(Verb::Events) => events::run(platform, parsed),
        Some(Verb::Seal) => seal::run(platform, parsed),
    }
}
