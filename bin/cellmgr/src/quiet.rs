//! Volumes that nobody uses while something is done with them.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Deed, State};
use libcell::options::Parsed;
use libcell::platform::Platform;

use crate::arguments as a;
use crate::failure::{Failure, refused, text};
use crate::life::deed;
use crate::manager::Manager;
use crate::read::mounts;
use crate::world::{World, units};

/// What is done meanwhile.
type Work<'f, P> = &'f mut dyn FnMut(&mut Manager<'_, '_, P>) -> Result<(), Failure>;

/// Does it while no cell runs that mounts any of these volumes. With `--stop` those that do are stopped, and whatever
/// came of it what ran before runs again afterwards; without, one that does is refused.
pub(crate) fn quiet<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    world: &World<'_>,
    parsed: &Parsed<'_>,
    volumes: &[String],
    work: Work<'_, P>,
) -> Result<(), Failure> {
    let mut ran: Vec<&str> = Vec::new();
    let mut users: Vec<&str> = Vec::new();
    for unit in world.runtime.units.iter().flatten() {
        if is_wanted(unit.state) {
            ran.push(&unit.name);
        } else if unit.pid == 0 && unit.handle.is_host() {
            continue;
        }
        for volume in volumes {
            // it may run by what was built while something else is desired
            let images = [world.desired, world.built];
            let mut cells = images.into_iter().flat_map(|image| {
                let cells = image.cells.iter();
                cells.map(move |cell| (image, cell))
            });
            let is_user = |(image, cell): (_, &libcell::image::Cell<'_>)| {
                cell.name.as_str() == unit.name && mounts(image, cell, volume)
            };
            if !cells.any(is_user) {
                continue;
            }
            if !parsed.has(a::STOP) {
                let why = "runs and mounts it; --stop stops it meanwhile";
                return Err(refused(volume, "backup", &text(&[&unit.name, " ", why])));
            }
            if !users.contains(&unit.name.as_str()) {
                users.push(&unit.name);
            }
        }
    }
    if users.is_empty() {
        return work(manager);
    }
    let mut done = stop(manager, &users);
    if done.is_ok() {
        done = work(manager);
    }
    done.and(start_again(manager, &ran))
}

/// Whether a cell in this state runs, or may at any time.
const fn is_wanted(state: State) -> bool {
    match state {
        State::Waiting | State::Starting | State::Ready | State::Degraded | State::Backoff => true,
        State::Stopped | State::CrashLoop | State::Exited | State::Failed | State::Stopping => {
            false
        }
    }
}

/// Dependents come after what they depend on.
fn stop<P: Platform>(manager: &mut Manager<'_, '_, P>, users: &[&str]) -> Result<(), Failure> {
    let mut client = manager.cellinit()?;
    for name in users.iter().rev() {
        deed(&mut client, manager.operation, Deed::Stop, name)?;
        manager.done(&[name, ": stopped"]);
    }
    Ok(())
}

/// Also those that were stopped because they depend on one that was; one that does not start keeps no other from it.
fn start_again<P: Platform>(manager: &mut Manager<'_, '_, P>, ran: &[&str]) -> Result<(), Failure> {
    let mut client = manager.cellinit()?;
    let now = units(&mut client)?;
    let mut result = Ok(());
    for name in ran {
        if now
            .iter()
            .any(|unit| unit.name == *name && is_wanted(unit.state))
        {
            continue;
        }
        let started = deed(&mut client, manager.operation, Deed::Start, name);
        if started.is_ok() {
            manager.done(&[name, ": started"]);
        }
        result = result.and(started);
    }
    result
}
