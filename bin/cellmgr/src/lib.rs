//! The control plane: what a device's cells are to be, what they are, and making the one the other.
//!
//! - `arguments`: what cellmgr takes
//! - `world`: what is desired and what is there, read once
//! - `registry`: every field of a cell and a volume; `read`: list, show, fields
//! - `settings`, `change`: definitions; `life`: what runs; `apply`, `drift`: making what runs as it is desired
//! - `backup`, `quiet`: archives of volumes that nobody uses meanwhile; `seal`: an end to changes
//! - `status`, `logs`: looking; `ipc`: all of it for programs
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod apply;
mod arguments;
mod backup;
mod change;
mod drift;
mod failure;
mod ipc;
mod life;
mod logs;
mod manager;
mod plan;
mod quiet;
mod read;
mod registry;
mod remove;
mod seal;
mod settings;
mod status;
mod world;

use libcell::control::Deed;
use libcell::options::{Parsed, Reading};
use libcell::output::Output;
use libcell::platform::Platform;
use libcell::table::Lines;

use arguments::{Access, PROGRAM, Verb};
use failure::{Failure, misused, refused};
use manager::{Asks, Manager};
use registry::Kind;

/// Does what the arguments say; `arguments[0]` is the program. The exit status, as the manual page lists it.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let words = arguments.get(1..).unwrap_or_default();
    let mut out = match Output::standard(platform, 1) {
        Ok(out) => out,
        Err(errno) => {
            return tell(
                platform,
                &failure::failed("standard output", "open", &errno),
            );
        }
    };
    let result = match PROGRAM.read(words) {
        Reading::Parsed(parsed) => match Verb::at(parsed.command) {
            Some((Verb::CellShell, _)) => {
                let _ = out.finish();
                return match life::shell(platform, &parsed) {
                    Ok(status) => status,
                    Err(failure) => tell(platform, &failure),
                };
            }
            Some((Verb::Ipc, _)) => {
                drop(out);
                return match ipc::serve(platform, &parsed) {
                    Ok(()) => 0,
                    Err(failure) => tell(platform, &failure),
                };
            }
            Some(_) | None => {
                let mut manager = Manager::new(platform, &mut out, Asks::Terminal);
                command(&mut manager, &parsed)
            }
        },
        Reading::Help(text) => {
            let _ = out.put(text.as_bytes());
            Ok(())
        }
        Reading::Wrong(wrong) => Err(misused(wrong.command, wrong.word, wrong.why)),
    };
    let written = out.finish();
    match (result, written) {
        (Ok(()), Ok(())) => 0,
        (Err(failure), _) => tell(platform, &failure),
        (Ok(()), Err(errno)) => tell(
            platform,
            &failure::failed("standard output", "write", &errno),
        ),
    }
}

/// Says what failed; its exit status.
fn tell<P: Platform>(platform: &P, failure: &Failure) -> u8 {
    if !failure.line().is_empty()
        && let Ok(mut error) = Output::standard(platform, 2)
    {
        let _ = error.put(b"cellmgr: ");
        let _ = error.put(failure.line().as_bytes());
        let _ = error.put(b"\n");
        let _ = error.finish();
    }
    failure.status()
}

/// What cellmgr takes, for the test of the manual page.
#[doc(hidden)]
#[must_use]
pub fn program() -> &'static libcell::options::Program {
    &PROGRAM
}

/// The fields of cells or of volumes as the manual page lists them: name, kind, views, meaning.
#[doc(hidden)]
#[must_use]
pub fn fields(of: &str) -> alloc::vec::Vec<[alloc::string::String; 4]> {
    registry::listed(of)
}

/// Does what was parsed; the command is one that neither takes over the terminal nor serves.
fn command<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let Some((verb, access)) = Verb::at(parsed.command) else {
        return Ok(());
    };
    let dry = parsed.has(arguments::DRY_RUN);
    let _lock = match access {
        Access::Change if !dry => Some(manager.lock()?),
        Access::Change | Access::Read | Access::Terminal => None,
    };
    match verb {
        Verb::CellList => read::list(manager, parsed, Kind::Cell),
        Verb::CellShow => read::show(manager, parsed, Kind::Cell),
        Verb::CellFields => read::fields(manager, parsed, Kind::Cell),
        Verb::CellCreate => change::cell(manager, parsed, "create"),
        Verb::CellSet => change::cell(manager, parsed, "set"),
        Verb::CellRemove => remove::run(manager, parsed, Kind::Cell),
        Verb::CellStart => life::run(manager, parsed, Deed::Start),
        Verb::CellStop => life::run(manager, parsed, Deed::Stop),
        Verb::CellRestart => life::run(manager, parsed, Deed::Restart),
        Verb::CellPlanRun => plan::run(manager, parsed),
        Verb::CellBackupCreate => backup::create(manager, parsed, Kind::Cell),
        Verb::CellBackupList => backup::list(manager, parsed, Kind::Cell),
        Verb::CellBackupRestore => backup::restore(manager, parsed, Kind::Cell),
        Verb::CellBackupVerify => backup::verify(manager, parsed, Kind::Cell),
        Verb::CellBackupDelete => backup::delete(manager, parsed, Kind::Cell),
        Verb::VolumeList => read::list(manager, parsed, Kind::Volume),
        Verb::VolumeShow => read::show(manager, parsed, Kind::Volume),
        Verb::VolumeFields => read::fields(manager, parsed, Kind::Volume),
        Verb::VolumeCreate => change::volume(manager, parsed, "create"),
        Verb::VolumeSet => change::volume(manager, parsed, "set"),
        Verb::VolumeRemove => remove::run(manager, parsed, Kind::Volume),
        Verb::VolumeBackupCreate => backup::create(manager, parsed, Kind::Volume),
        Verb::VolumeBackupList => backup::list(manager, parsed, Kind::Volume),
        Verb::VolumeBackupRestore => backup::restore(manager, parsed, Kind::Volume),
        Verb::VolumeBackupVerify => backup::verify(manager, parsed, Kind::Volume),
        Verb::VolumeBackupDelete => backup::delete(manager, parsed, Kind::Volume),
        Verb::Apply => apply::run(manager, parsed),
        Verb::Logs => logs::logs(manager, parsed),
        Verb::Events => logs::events(manager, parsed),
        Verb::SystemStatus => status::run(manager),
        Verb::SystemReset => remove::reset(manager, parsed),
        Verb::SystemSeal => seal::run(manager, parsed),
        Verb::CellShell | Verb::Ipc => Err(refused("cellmgr", "command", "needs a terminal")),
    }
}
