//! `remove` and `reset`: the end of definitions, of what runs, and of what is in volumes.

use alloc::string::String;
use alloc::vec::Vec;

use cell_abi::{Handle, Refusal};
use libcell::control::{Deed, Request};
use libcell::converge;
use libcell::desired::{Base, VolumeChange, VolumeEntry, store};
use libcell::device::{self, CellDevice, DeviceError};
use libcell::options::Parsed;
use libcell::platform::{Errno, Platform, Removal, signal};
use libcell::state;

use crate::arguments as a;
use crate::change::{BOTH, DESIRED, RUNTIME, Scope};
use crate::failure::{Failure, failed, misused, nothing, refused, text};
use crate::life;
use crate::manager::Manager;
use crate::read::{self, mounts};
use crate::registry::Kind;
use crate::settings;
use crate::world::{Depth, World, find, look, with};

/// `cell remove` and `volume remove`
pub(crate) fn run<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    kind: Kind,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, "remove", DESIRED | RUNTIME | BOTH, "desired")?;
    let mut ways = usize::from(!parsed.rest(0).is_empty());
    ways += usize::from(parsed.has(a::ALL)) + usize::from(parsed.has(a::ORPHANS));
    if ways != 1 {
        return Err(misused("remove", "name", "names, or --all, or --orphans"));
    }
    if parsed.has(a::ORPHANS) && !scope.runtime {
        let why = "they have no definition: --scope runtime or both";
        return Err(misused("remove", "--orphans", why));
    }
    with(manager, Depth::List, &mut |manager, world| {
        let names = chosen(manager, world, parsed, kind, scope)?;
        let many = parsed.rest(0).is_empty();
        match kind {
            Kind::Cell => {
                if many {
                    manager.confirm("cell remove", "all of them?", parsed.has(a::YES))?;
                }
                cells(manager, world, &names, scope)
            }
            Kind::Volume => {
                is_unused(world, &names)?;
                if many || scope.runtime {
                    let question = "with all that is in them?";
                    manager.confirm("volume remove", question, parsed.has(a::YES))?;
                }
                volumes(manager, world, &names, scope)
            }
        }
    })
}

/// Whether something is desired.
fn is_desired(world: &World<'_>, kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Cell => find(world.desired, name).is_some(),
        Kind::Volume => {
            let mut volumes = world.desired.volumes.iter();
            volumes.any(|volume| volume.name.as_str() == name)
        }
    }
}

/// Those that are meant.
fn chosen<P: Platform>(
    manager: &Manager<'_, '_, P>,
    world: &World<'_>,
    parsed: &Parsed<'_>,
    kind: Kind,
    scope: Scope,
) -> Result<Vec<String>, Failure> {
    // what is there, but not what was built and is removed
    let mut known: Vec<String> = Vec::new();
    let there = match kind {
        Kind::Cell => world
            .names()
            .iter()
            .map(|name| String::from(*name))
            .collect(),
        Kind::Volume => read::volume_names(manager, world),
    };
    for name in there {
        let is_cell_there =
            world.runtime.unit(&name).is_some() || world.runtime.cell(&name).is_some();
        if is_desired(world, kind, &name) || kind == Kind::Volume || is_cell_there {
            known.push(name);
        }
    }
    let mut names: Vec<String> = Vec::new();
    for name in parsed.rest(0) {
        settings::name(name, kind.name())?;
        let there = known.iter().any(|other| other == name);
        if !there || !scope.runtime && !is_desired(world, kind, name) {
            let why = text(&["there is no such ", kind.name()]);
            return Err(refused(name, "remove", &why));
        }
        names.push((*name).into());
    }
    if names.is_empty() {
        let orphans = parsed.has(a::ORPHANS);
        for name in known {
            if is_desired(world, kind, &name) != orphans {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Err(nothing("remove", kind.name(), "there is none"));
        }
    }
    Ok(names)
}

fn cells<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    world: &World<'_>,
    names: &[String],
    scope: Scope,
) -> Result<(), Failure> {
    if scope.desired {
        let mut changed = world.changed();
        for name in names {
            if is_desired(world, Kind::Cell, name) {
                let entry = changed.entry(settings::name(name, "cell")?);
                entry.settings.clear();
                entry.base = match find(world.built, name) {
                    Some(_) => Base::Removed,
                    // what has no settings and is as the image has it is no change
                    None => Base::Image,
                };
            }
        }
        changed.tidy();
        changed.store(manager, &text(&[&names.join(" ")]), "remove")?;
    }
    if scope.runtime {
        // dependents come after what they depend on
        for name in names.iter().rev() {
            end(manager, world, name)?;
        }
        reload(manager);
    }
    Ok(())
}

/// cellinit, if it runs, has the definitions of now.
pub(crate) fn reload<P: Platform>(manager: &Manager<'_, '_, P>) {
    if let Ok(mut client) = manager.cellinit() {
        let _ = client.ask(&Request::Reload {
            operation: manager.operation,
        });
    }
}

/// Stops a cell, or ends one that cellinit does not know.
#[inline(never)]
fn end<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    world: &World<'_>,
    name: &str,
) -> Result<(), Failure> {
    if world.runtime.unit(name).is_some() {
        let mut client = manager.cellinit()?;
        life::deed(&mut client, manager.operation, Deed::Stop, name)?;
        manager.done(&[name, ": stopped"]);
    } else if let Some(cell) = world.runtime.cell(name) {
        destroy(manager, cell.handle).map_err(|why| failed(name, "remove", &why))?;
        manager.done(&[name, ": ended"]);
    }
    Ok(())
}

/// So often a killed cell is looked at again, this many milliseconds apart, until it is empty.
const TRIES: u32 = 50;
const PAUSE_MS: u64 = 20;

fn destroy<P: Platform>(manager: &Manager<'_, '_, P>, handle: Handle) -> Result<(), DeviceError> {
    let path = manager.path(device::PATH);
    let device = CellDevice::open(manager.platform, &path)?;
    for _ in 0..TRIES {
        device.kill(handle, signal::KILL)?;
        match device.destroy(handle) {
            Err(DeviceError::Refused(Refusal::Busy)) => {}
            result => return result,
        }
        let _ = manager.platform.wait(&mut [], Some(PAUSE_MS));
    }
    Err(DeviceError::Refused(Refusal::Busy))
}

/// Whether no definition mounts any of these volumes.
fn is_unused(world: &World<'_>, names: &[String]) -> Result<(), Failure> {
    for name in names {
        for cell in &world.desired.cells {
            if mounts(world.desired, cell, name) {
                let why = text(&["mounted by cell ", cell.name.as_str()]);
                return Err(refused(name, "remove", &why));
            }
        }
    }
    Ok(())
}

fn volumes<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    world: &World<'_>,
    names: &[String],
    scope: Scope,
) -> Result<(), Failure> {
    if scope.desired {
        let mut changed = world.changed();
        for name in names {
            let name = settings::name(name, "volume")?;
            changed.changes.volumes.retain(|entry| entry.name != name);
            let mut built = world.built.volumes.iter();
            if built.any(|volume| volume.name == name) {
                changed.changes.put_volume(VolumeEntry {
                    name,
                    change: VolumeChange::Removed,
                });
            }
        }
        changed.store(manager, &text(&[&names.join(" ")]), "remove")?;
    }
    if scope.runtime {
        for name in names {
            match delete(manager, name) {
                Ok(()) | Err(Errno::ENOENT) => {}
                Err(errno) => return Err(failed(name, "remove", &errno)),
            }
            manager.done(&[name, ": removed with all that was in it"]);
        }
        reload(manager);
    }
    Ok(())
}

/// Removes a volume's directory and all that is in it.
fn delete<P: Platform>(manager: &Manager<'_, '_, P>, name: &str) -> Result<(), Errno> {
    let (platform, prefix) = (manager.platform, manager.platform.prefix());
    let volumes = converge::open_directory(platform, prefix, state::VOLUMES)?;
    empty(manager, name)?;
    platform.remove_at(&volumes, name.as_bytes(), Removal::Directory)?;
    platform.sync(&volumes)
}

/// Removes all that is in a volume.
#[inline(never)]
fn empty<P: Platform>(manager: &Manager<'_, '_, P>, name: &str) -> Result<(), Errno> {
    let path = text(&[state::VOLUMES, "/", name]);
    let prefix = manager.platform.prefix();
    let directory = converge::open_directory(manager.platform, prefix, &path)?;
    converge::empty(manager.platform, &directory)
}

/// `system reset`
pub(crate) fn reset<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, "system reset", DESIRED | RUNTIME | BOTH, "both")?;
    let both = parsed.has(a::CELLS) == parsed.has(a::VOLUMES);
    let of_cells = both || parsed.has(a::CELLS);
    let of_volumes = both || parsed.has(a::VOLUMES);
    let question = match (scope.desired, scope.runtime && of_volumes) {
        (_, true) => "undo changes and remove all that is in the volumes?",
        (true, false) => "undo changes?",
        (false, false) => "stop all cells?",
    };
    manager.confirm("system reset", question, parsed.has(a::YES))?;
    if scope.desired {
        undo(manager, of_cells, of_volumes)?;
    }
    if !scope.runtime {
        return Ok(());
    }
    with(manager, Depth::List, &mut |manager, world| {
        let units = world.runtime.units.iter().flatten();
        if of_cells {
            for unit in units.rev() {
                end(manager, world, &unit.name)?;
            }
            reload(manager);
        } else if let Some(unit) = units.into_iter().find(|unit| unit.pid != 0) {
            let why = text(&["cell ", &unit.name, " runs; --cells stops it"]);
            return Err(refused("system", "reset", &why));
        }
        if of_volumes {
            for name in read::volume_names(manager, world) {
                match empty(manager, &name) {
                    Ok(()) => manager.done(&[&name, ": emptied"]),
                    Err(Errno::ENOENT) => {}
                    Err(errno) => return Err(failed(&name, "empty", &errno)),
                }
            }
        }
        Ok(())
    })
}

/// Undoes changes, of one kind or of both. A store that is damaged can only be undone as a whole.
fn undo<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    of_cells: bool,
    of_volumes: bool,
) -> Result<(), Failure> {
    if of_cells && of_volumes {
        store::clear(manager.platform, manager.platform.prefix())
            .map_err(|errno| failed(state::DIRECTORY, "reset", &errno))?;
        manager.done(&["all changes undone"]);
        manager.note(&["all changes undone"]);
    } else {
        look(manager, Depth::Definitions, &mut |manager, world| {
            let mut changed = world.changed();
            let object = if of_cells {
                changed.changes.cells.clear();
                "cells"
            } else {
                changed.changes.volumes.clear();
                "volumes"
            };
            changed.store(manager, object, "reset")
        })?;
    }
    reload(manager);
    Ok(())
}
