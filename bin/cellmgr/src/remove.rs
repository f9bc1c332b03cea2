//! `remove` and `reset`: the end of definitions, of what runs, and of what is in volumes.

use alloc::string::String;
use alloc::vec::Vec;

use cell_abi::{Handle, Refusal};
use libcell::control::Deed;
use libcell::converge;
use libcell::desired::{Base, CellEntry, Overrides, VolumeChange, VolumeEntry, store};
use libcell::device::{self, CellDevice, DeviceError};
use libcell::options::Parsed;
use libcell::platform::{Errno, Platform, Removal, signal};
use libcell::state;

use crate::arguments as a;
use crate::change::{self, Scope};
use crate::failure::{DRIFT, Failure, failed, misused, text};
use crate::life;
use crate::manager::Manager;
use crate::read;
use crate::settings;
use crate::world::{self, Depth, Runtime, find};

/// Which were named.
enum Chosen {
    Named(Vec<String>),
    All,
    Orphans,
}

fn chosen(parsed: &Parsed<'_>, command: &str, scope: Scope) -> Result<Chosen, Failure> {
    let names = parsed.rest(0);
    match (names.is_empty(), parsed.has(a::ALL), parsed.has(a::ORPHANS)) {
        (false, false, false) => Ok(Chosen::Named(
            names.iter().map(|name| String::from(*name)).collect(),
        )),
        (true, true, false) => Ok(Chosen::All),
        (true, false, true) if scope.runtime => Ok(Chosen::Orphans),
        (true, false, true) => Err(misused(
            command,
            "--orphans",
            "with --scope runtime or both: they have no definition",
        )),
        (true, false, false) => Err(misused(
            command,
            "name",
            "missing: names, --all or --orphans",
        )),
        (_, _, _) => Err(misused(command, "name", "names, --all or --orphans")),
    }
}

/// `cell remove`
pub(crate) fn cells<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, "cell remove", "desired runtime both", "desired")?;
    let chosen = chosen(parsed, "cell remove", scope)?;
    let source = world::source(manager)?;
    let desired = world::desired(&source)?;
    let depth = if scope.runtime {
        Depth::List
    } else {
        Depth::Nothing
    };
    let runtime = Runtime::load(manager, depth)?;
    let is_desired = |name: &str| find(&desired.image, name).is_some();
    let is_there = |name: &str| runtime.unit(name).is_some() || runtime.cell(name).is_some();
    let mut names = match chosen {
        Chosen::Named(names) => {
            for name in &names {
                settings::name(name, "cell")?;
                if !(is_desired(name) || scope.runtime && is_there(name)) {
                    return Err(failed(name, "remove", &"there is no such cell"));
                }
            }
            names
        }
        Chosen::All => {
            manager.confirm("cell remove", "remove all cells?", parsed.has(a::YES))?;
            let cells = desired.image.cells.iter();
            cells.map(|cell| cell.name.as_str().into()).collect()
        }
        Chosen::Orphans => {
            let units = runtime.units.iter().flatten().map(|unit| &unit.name);
            let kernel = runtime.kernel.iter().map(|cell| &cell.name);
            let mut orphans: Vec<String> = Vec::new();
            for name in units.chain(kernel) {
                if !is_desired(name) && !orphans.contains(name) {
                    orphans.push(name.clone());
                }
            }
            if orphans.is_empty() {
                return Err(nothing("cell remove", "no orphans"));
            }
            manager.confirm("cell remove", "stop all orphans?", parsed.has(a::YES))?;
            orphans
        }
    };
    if scope.desired {
        let mut overrides = source
            .stored()
            .map_err(|why| failed(state::DIRECTORY, "read", &why))?
            .overrides();
        let built = source
            .baked()
            .map_err(|why| failed("image", "read", &why))?;
        for name in names.iter().filter(|name| is_desired(name)) {
            forget_cell(&mut overrides, &built.image, settings::name(name, "cell")?);
        }
        let object = names.first().map_or("cell", String::as_str);
        change::store(manager, &source, object, "remove", &overrides)?;
    }
    if scope.runtime {
        // dependents come after what they depend on
        names.reverse();
        for name in &names {
            end(manager, &runtime, name)?;
        }
        reload(manager);
    }
    Ok(())
}

fn nothing(object: &str, why: &str) -> Failure {
    Failure {
        status: DRIFT,
        ..failed(object, "nothing to do", &why)
    }
}

fn forget_cell<'a>(
    overrides: &mut Overrides<'a>,
    built: &libcell::image::Image<'_>,
    name: cell_abi::CellName<'a>,
) {
    let base = match find(built, name.as_str()) {
        Some(_) => Base::Removed,
        // what has no settings and is as the image has it is no change
        None => Base::Image,
    };
    overrides.put_cell(CellEntry {
        name,
        base,
        settings: Vec::new(),
    });
}

/// cellinit, if it runs, has the definitions of now.
fn reload<P: Platform>(manager: &Manager<'_, '_, P>) {
    if let Ok(mut client) = manager.cellinit() {
        let _ = client.ask(&libcell::control::Request::Reload {
            operation: manager.operation,
        });
    }
}

/// Stops a cell, or ends one that cellinit does not know.
fn end<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    runtime: &Runtime,
    name: &str,
) -> Result<(), Failure> {
    if runtime.unit(name).is_some() {
        let mut client = manager.cellinit()?;
        life::deed(&mut client, manager.operation, Deed::Stop, name)?;
        manager.done(&text(&[name, ": stopped"]));
    } else if let Some(cell) = runtime.cell(name) {
        destroy(manager, name, cell.handle)?;
        manager.done(&text(&[name, ": ended"]));
    }
    Ok(())
}

/// So often a killed cell is looked at again, this many milliseconds apart, until it is empty.
const TRIES: (u32, u64) = (50, 20);

fn destroy<P: Platform>(
    manager: &Manager<'_, '_, P>,
    name: &str,
    handle: Handle,
) -> Result<(), Failure> {
    let path = manager.path(device::PATH);
    let fail = |why: DeviceError| failed(name, "remove", &why);
    let device = CellDevice::open(manager.platform, &path).map_err(fail)?;
    for _ in 0..TRIES.0 {
        device.kill(handle, signal::KILL).map_err(fail)?;
        match device.destroy(handle) {
            Err(DeviceError::Refused(Refusal::Busy)) => {}
            Ok(()) | Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => {
                return Ok(());
            }
            Err(why) => return Err(fail(why)),
        }
        let _ = manager.platform.wait(&mut [], Some(TRIES.1));
    }
    Err(failed(name, "remove", &"its processes do not end"))
}

/// `volume remove`
pub(crate) fn volumes<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, "volume remove", "desired runtime both", "desired")?;
    let chosen = chosen(parsed, "volume remove", scope)?;
    let source = world::source(manager)?;
    let built = source
        .baked()
        .map_err(|why| failed("image", "read", &why))?;
    let desired = world::desired(&source)?;
    let known = read::volume_names(manager, [&desired.image, &built.image]);
    let is_desired = |name: &str| {
        let mut volumes = desired.image.volumes.iter();
        volumes.any(|volume| volume.name.as_str() == name)
    };
    let names: Vec<String> = match chosen {
        Chosen::Named(names) => {
            for name in &names {
                settings::name(name, "volume")?;
                let there = is_desired(name) || scope.runtime && known.contains(name);
                if !there || state::is_reserved(name) {
                    return Err(failed(name, "remove", &"there is no such volume"));
                }
            }
            names
        }
        Chosen::All => known.into_iter().filter(|name| is_desired(name)).collect(),
        Chosen::Orphans => {
            let orphans: Vec<String> = known.into_iter().filter(|name| !is_desired(name)).collect();
            if orphans.is_empty() {
                return Err(nothing("volume remove", "no orphans"));
            }
            orphans
        }
    };
    for name in &names {
        for cell in &desired.image.cells {
            let mut mounts = cell.mounts.iter();
            if mounts.any(|mount| read::mounts(&desired.image, &mount.source, name)) {
                let why = text(&["mounted by cell ", cell.name.as_str()]);
                return Err(failed(name, "remove", &why));
            }
        }
    }
    if scope.runtime || parsed.has(a::ALL) {
        let question = if scope.runtime {
            "remove with all that is in them?"
        } else {
            "remove all definitions?"
        };
        manager.confirm("volume remove", question, parsed.has(a::YES))?;
    }
    if scope.desired && names.iter().any(|name| is_desired(name)) {
        let mut overrides = source
            .stored()
            .map_err(|why| failed(state::DIRECTORY, "read", &why))?
            .overrides();
        for name in names.iter().filter(|name| is_desired(name)) {
            let name = settings::name(name, "volume")?;
            overrides.volumes.retain(|entry| entry.name != name);
            let mut volumes = built.image.volumes.iter();
            if volumes.any(|volume| volume.name == name) {
                overrides.put_volume(VolumeEntry {
                    name,
                    change: VolumeChange::Removed,
                });
            }
        }
        let object = names.first().map_or("volume", String::as_str);
        change::store(manager, &source, object, "remove", &overrides)?;
    }
    if scope.runtime {
        for name in &names {
            delete(manager, name)?;
            manager.done(&text(&[name, ": removed with all that was in it"]));
        }
        reload(manager);
    }
    Ok(())
}

/// Removes a volume's directory and all that is in it.
fn delete<P: Platform>(manager: &Manager<'_, '_, P>, name: &str) -> Result<(), Failure> {
    let (platform, prefix) = (manager.platform, manager.platform.prefix());
    let fail = |errno: Errno| failed(name, "remove", &errno);
    let volumes = converge::open_directory(platform, prefix, state::VOLUMES).map_err(fail)?;
    match empty(manager, name) {
        Err(Errno::ENOENT) => return Ok(()),
        emptied => emptied.map_err(fail)?,
    }
    platform
        .remove_at(&volumes, name.as_bytes(), Removal::Directory)
        .and_then(|()| platform.sync(&volumes))
        .map_err(fail)
}

/// Removes all that is in a volume.
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
    let scope = Scope::of(parsed, "system reset", "desired runtime both", "both")?;
    let neither = !parsed.has(a::CELLS) && !parsed.has(a::VOLUMES);
    let (of_cells, of_volumes) = (
        neither || parsed.has(a::CELLS),
        neither || parsed.has(a::VOLUMES),
    );
    let question = match (scope.desired, scope.runtime && of_volumes) {
        (true, true) => "undo all changes and remove all that is in the volumes?",
        (false, true) => "remove all that is in the volumes?",
        (true, false) => "undo all changes?",
        (false, false) => "stop all cells?",
    };
    manager.confirm("system reset", question, parsed.has(a::YES))?;
    if scope.desired {
        undo(manager, of_cells, of_volumes)?;
    }
    if !scope.runtime {
        return Ok(());
    }
    let source = world::source(manager)?;
    let desired = world::desired(&source)?;
    let runtime = Runtime::load(manager, Depth::List)?;
    if of_cells {
        let units: Vec<String> = runtime
            .units
            .iter()
            .flatten()
            .map(|unit| unit.name.clone())
            .collect();
        for name in units.iter().rev() {
            end(manager, &runtime, name)?;
        }
        reload(manager);
    } else if let Some(unit) = runtime.units.iter().flatten().find(|unit| unit.pid != 0) {
        let why = text(&["cell ", &unit.name, " runs; --cells stops it"]);
        return Err(failed("system", "reset", &why));
    }
    if of_volumes {
        for name in read::volume_names(manager, [&desired.image, &desired.image]) {
            match empty(manager, &name) {
                Ok(()) => manager.done(&text(&[&name, ": emptied"])),
                Err(Errno::ENOENT) => {}
                Err(errno) => return Err(failed(&name, "empty", &errno)),
            }
        }
    }
    Ok(())
}

/// Undoes all changes, of one kind or of both. A store that is damaged can only be undone as a whole.
fn undo<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    of_cells: bool,
    of_volumes: bool,
) -> Result<(), Failure> {
    let (platform, prefix) = (manager.platform, manager.platform.prefix());
    if of_cells && of_volumes {
        store::clear(platform, prefix)
            .map_err(|errno| failed(state::DIRECTORY, "reset", &errno))?;
        manager.done("all changes undone");
        change::note(manager, "all changes undone");
    } else {
        let source = world::source(manager)?;
        let stored = source
            .stored()
            .map_err(|why| failed(state::DIRECTORY, "reset", &why))?;
        let mut overrides = stored.overrides();
        if of_cells {
            overrides.cells.clear();
        }
        if of_volumes {
            overrides.volumes.clear();
        }
        let object = if of_cells { "cells" } else { "volumes" };
        change::store(manager, &source, object, "reset", &overrides)?;
    }
    reload(manager);
    Ok(())
}
