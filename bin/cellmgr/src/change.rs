//! Definitions: `create` and `set`.

use alloc::vec::Vec;

use cell_abi::CellName;
use libcell::desired::{self, Base, Setting, VolumeChange, VolumeEntry, slot};
use libcell::image::Cell;
use libcell::number::{decimal, split};
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::{policy, state};

use crate::apply;
use crate::arguments as a;
use crate::failure::{Failure, misused, refused, text, told};
use crate::manager::Manager;
use crate::settings::{self, Devices};
use crate::world::{Depth, World, find, with};

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub desired: bool,
    pub runtime: bool,
}

/// Scopes that a command has, one bit each.
pub(crate) const DESIRED: u8 = 1;
pub(crate) const RUNTIME: u8 = 2;
pub(crate) const BOTH: u8 = 4;

impl Scope {
    /// The scope that was given, of those that a command has.
    #[inline(never)]
    pub fn of(
        parsed: &Parsed<'_>,
        command: &str,
        allowed: u8,
        usual: &str,
    ) -> Result<Self, Failure> {
        let given = parsed.value(a::SCOPE).unwrap_or(usual);
        let (bit, scope) = match given {
            "desired" => (DESIRED, (true, false)),
            "runtime" => (RUNTIME, (false, true)),
            "both" => (BOTH, (true, true)),
            _ => (0, (false, false)),
        };
        if bit & allowed == 0 {
            let what = text(&["--scope ", given]);
            return Err(misused(command, &what, "none that this command has"));
        }
        let (desired, runtime) = scope;
        Ok(Self { desired, runtime })
    }
}

/// `cell create` and `cell set`
pub(crate) fn cell<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    what: &str,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, what, DESIRED | BOTH, "desired")?;
    let name = settings::name(parsed.operand(0), "cell")?;
    let devices = Devices::of(parsed)?;
    with(manager, Depth::Definitions, &mut |manager, world| {
        // what is given lives as long as the command, the changes as long as the device is looked at
        let mut changed = World::changed(world);
        match what {
            "create" => create(&mut changed, parsed, name)?,
            _ => set(&mut changed, parsed, name)?,
        }
        let is_built = parsed.has(a::BUILT) || what == "create";
        if !settings::read(parsed, &devices, changed.entry(name))? && !is_built {
            return Err(misused("cell set", "options", "nothing to change"));
        }
        changed.tidy();
        check(manager, &changed, name.as_str(), what)?;
        changed.store(manager, name.as_str(), what)
    })?;
    if scope.runtime {
        apply::one(manager, name.as_str())?;
    }
    Ok(())
}

fn create<'w>(
    world: &mut World<'w>,
    parsed: &Parsed<'w>,
    name: CellName<'w>,
) -> Result<(), Failure> {
    let fail = |why| Err(refused(name.as_str(), "create", why));
    if find(world.desired, name.as_str()).is_some() {
        return fail("there is one of that name");
    }
    if find(world.built, name.as_str()).is_some() {
        return fail("was removed; cell set --as-built brings it back");
    }
    let mut settings = Vec::new();
    let base = match (parsed.value(a::LIKE), parsed.value(a::ROOT)) {
        (Some(like), None) => {
            let changed = world.changes.cells.iter();
            let changed = changed.rev().find(|entry| entry.name.as_str() == like);
            settings = changed.map_or_else(Vec::new, |entry| entry.settings.clone());
            match changed.map(|entry| entry.base) {
                Some(base @ (Base::Like(_) | Base::Root(_))) => Some(base),
                Some(Base::Removed) => None,
                Some(Base::Image) | None => {
                    find(world.built, like).map(|cell| Base::Like(cell.name))
                }
            }
        }
        (None, Some(root)) => {
            let mut cells = world.built.cells.iter();
            let of = cells.find(|cell| cell.root.as_str() == root);
            of.map(|cell| Base::Root(cell.name))
        }
        (Some(_), Some(_)) => return Err(misused("cell create", "--root", "not with --like")),
        (None, None) => {
            return Err(misused(
                "cell create",
                "--like",
                "that or --root must be given",
            ));
        }
    };
    let Some(base) = base else {
        return fail("no cell of the image is that, or has that root");
    };
    // a user of its own, as every cell of a board has, and no port of another
    let mut uid = 0;
    for cell in &world.desired.cells {
        uid = uid.max(cell.uid.saturating_add(1));
    }
    let entry = world.entry(name);
    entry.base = base;
    entry.settings = settings;
    entry
        .settings
        .retain(|setting| !matches!(setting, Setting::Ports(_)));
    entry.set(Setting::User(uid, uid, Vec::new()));
    Ok(())
}

fn set<'w>(world: &mut World<'w>, parsed: &Parsed<'w>, name: CellName<'w>) -> Result<(), Failure> {
    let fail = |why| Err(refused(name.as_str(), "set", why));
    let is_built = find(world.built, name.as_str()).is_some();
    let as_built = parsed.has(a::BUILT);
    if !is_built && find(world.desired, name.as_str()).is_none() {
        return fail("there is no such cell");
    }
    let entry = world.entry(name);
    if as_built && !is_built {
        return fail("it was made on the device");
    }
    if as_built {
        entry.base = Base::Image;
        entry.settings.clear();
    } else if entry.base == Base::Removed {
        return fail("was removed; --as-built brings it back");
    }
    Ok(())
}

/// Whether what a cell would run by can be on this device: its programs and mount points are in its root, its devices
/// are there.
fn check<P: Platform>(
    manager: &Manager<'_, '_, P>,
    world: &World<'_>,
    name: &str,
    what: &str,
) -> Result<(), Failure> {
    let mut changes = Vec::new();
    desired::pour_changes(&world.changes, &mut |more| changes.extend_from_slice(more));
    // what conflicts is told by whoever stores it
    let merged = slot::decode(&changes)
        .ok()
        .and_then(|changes| desired::merge(world.built, changes).ok());
    let Some(cell) = merged.as_ref().and_then(|merged| find(&merged.image, name)) else {
        return Ok(());
    };
    let root = manager.path(cell.root.as_str());
    let mut needed: Vec<&str> = Vec::new();
    let health = cell.health.iter().flat_map(|health| health.command.first());
    for program in cell.command.first().into_iter().chain(health) {
        if !is_mounted(cell, program) {
            needed.push(program);
        }
    }
    for mount in &cell.mounts {
        needed.push(mount.target);
    }
    for path in needed {
        if let Err(errno) = manager.platform.metadata(&text(&[&root, path])) {
            let why = text(&[path, " in its root: ", &told(&errno)]);
            return Err(refused(name, what, &why));
        }
    }
    match policy::policy(manager.platform, cell) {
        Ok(_) => Ok(()),
        Err((path, errno)) => Err(refused(name, what, &text(&[path, ": ", &told(&errno)]))),
    }
}

/// Whether a path is on a mount, and so not to be seen from here.
fn is_mounted(cell: &Cell<'_>, path: &str) -> bool {
    cell.mounts
        .iter()
        .any(|mount| path.as_bytes().starts_with(mount.target.as_bytes()))
}

/// `volume create` and `volume set`
pub(crate) fn volume<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    what: &str,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, what, DESIRED | BOTH, "desired")?;
    let name = settings::name(parsed.operand(0), "volume")?;
    if state::is_reserved(name.as_str()) {
        return Err(misused(name.as_str(), "volume name", "begins with \".\""));
    }
    let mode = match parsed.value(a::MODE) {
        Some(text) => Some(
            mode(text).ok_or_else(|| misused(text, "mode", "not three or four octal digits"))?,
        ),
        None => None,
    };
    let owner = parsed.value(a::OWNER);
    let ids = owner.map(|owner| {
        let (uid, gid) = split(owner, b':');
        (decimal(uid), decimal(gid.unwrap_or(uid)))
    });
    let (uid, gid) = match ids {
        None => (0, 0),
        Some((Some(uid), Some(gid))) => (uid, gid),
        Some(_) => {
            let why = "not as uid[:gid] in numbers";
            return Err(misused(owner.unwrap_or_default(), "owner", why));
        }
    };
    let path = text(&[state::VOLUMES, "/", name.as_str()]);
    with(manager, Depth::Definitions, &mut |manager, world| {
        let mut changed = World::changed(world);
        let mut volumes = changed.desired.volumes.iter();
        let is_there = volumes.any(|volume| volume.name == name);
        let entries = changed.changes.volumes.iter();
        let before = entries.rev().find(|entry| entry.name == name);
        let change = match (what, is_there, before.map(|entry| entry.change)) {
            ("create", true, _) => {
                return Err(refused(name.as_str(), what, "there is one of that name"));
            }
            ("create", false, _) => VolumeChange::Made {
                path: &path,
                mode: mode.unwrap_or(0o755),
                uid,
                gid,
            },
            (_, false, _) => {
                return Err(refused(name.as_str(), what, "there is no such volume"));
            }
            (_, true, before) => {
                if owner.is_some() {
                    let why = "what is in it has that owner";
                    return Err(misused("volume set", "--owner", why));
                }
                let Some(mode) = mode else {
                    return Err(misused("volume set", "--mode", "must be given"));
                };
                match before {
                    Some(VolumeChange::Made { path, uid, gid, .. }) => VolumeChange::Made {
                        path,
                        mode,
                        uid,
                        gid,
                    },
                    Some(VolumeChange::Mode(_) | VolumeChange::Removed) | None => {
                        VolumeChange::Mode(mode)
                    }
                }
            }
        };
        changed.changes.put_volume(VolumeEntry { name, change });
        changed.store(manager, name.as_str(), what)
    })?;
    if scope.runtime {
        apply::volume(manager, name.as_str())?;
    }
    Ok(())
}

fn mode(text: &str) -> Option<u32> {
    let mut mode = 0;
    for byte in text.bytes() {
        if !matches!(byte, b'0'..=b'7') {
            return None;
        }
        mode = mode << 3 | u32::from(byte & 7);
    }
    Some(mode).filter(|_| matches!(text.len(), 3 | 4))
}
