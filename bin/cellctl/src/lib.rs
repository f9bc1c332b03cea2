//! Make, enter, watch and end cells: the kernel's operations, one command each.
//!
//! Nothing is kept and nothing is remembered: what a command shows is what `/dev/cell` answered to it.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
// named by what argh derives; nothing of it that needs an operating system is reached
extern crate std;

use argh::FromArgs;
use libcell::platform::Platform;

mod arguments;
mod create;
mod events;
mod exec;
mod failure;
mod kill;
mod list;
mod metrics;
mod number;
mod policy;
mod registry;
mod seal;
mod session;
mod show;
mod target;

use arguments::{Arguments, Command};
use failure::Failure;

/// Does what the arguments say; `arguments[0]` is the program. The exit status, as the manual page lists it.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let rest = arguments.get(1..).unwrap_or_default();
    let result = match Arguments::from_args(&["cellctl"], rest) {
        Ok(arguments) => command(platform, arguments.command),
        Err(exit) if exit.status.is_ok() => show::print(platform, &exit.output),
        Err(exit) => Err(failure::not_understood(platform, rest, &exit.output)),
    };
    match result {
        Ok(()) => 0,
        Err(Failure(status)) => status,
    }
}

fn command<P: Platform>(platform: &P, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(arguments) => create::run(platform, &arguments),
        Command::Destroy(arguments) => kill::destroy(platform, &arguments.cell),
        Command::Enter(arguments) => exec::enter(platform, &arguments),
        Command::Exec(arguments) => exec::run(platform, &arguments),
        Command::Kill(arguments) => kill::run(platform, &arguments),
        Command::List(arguments) => list::list(platform, &arguments),
        Command::Stats(arguments) => list::stats(platform, &arguments),
        Command::Policy(arguments) => policy::run(platform, &arguments),
        Command::Events(arguments) => events::run(platform, &arguments),
        Command::Seal(arguments) => seal::run(platform, &arguments),
    }
}
