//! Definitions: `create` and `set`.

use alloc::vec::Vec;

use libcell::desired::{
    Base, CellEntry, Overrides, Setting, Source, VolumeChange, VolumeEntry, merge,
};
use libcell::image::{Cell, Image};
use libcell::number::{decimal, split};
use libcell::options::Parsed;
use libcell::platform::{Errno, Platform};
use libcell::{policy, state};

use crate::apply;
use crate::arguments as a;
use crate::failure::{Failure, failed, misused, text, told};
use crate::manager::Manager;
use crate::settings::{self, Devices};
use crate::world::{self, find};

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub desired: bool,
    pub runtime: bool,
}

impl Scope {
    /// The scope that was given, of those that a command has.
    pub fn of(
        parsed: &Parsed<'_>,
        command: &str,
        allowed: &str,
        usual: &str,
    ) -> Result<Self, Failure> {
        let given = parsed.value(a::SCOPE).unwrap_or(usual);
        let is_allowed = allowed.split(' ').any(|word| word == given);
        let (desired, runtime) = match given {
            "desired" if is_allowed => (true, false),
            "runtime" if is_allowed => (false, true),
            "both" if is_allowed => (true, true),
            _ => {
                let why = text(&["not one of: ", allowed]);
                return Err(misused(command, text(&["--scope ", given]).as_str(), &why));
            }
        };
        Ok(Self { desired, runtime })
    }
}

/// Writes other changes in the place of those in the store, if they go with the image.
pub(crate) fn store<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    source: &Source,
    object: &str,
    what: &str,
    overrides: &Overrides<'_>,
) -> Result<(), Failure> {
    let fail = |why: &dyn core::fmt::Display| failed(object, what, why);
    let built = source.baked().map_err(|why| fail(&why))?.image;
    merge(&built, overrides).map_err(|conflict| match conflict.object {
        Some(other) if other != object => {
            let told = told(&conflict.why);
            fail(&text(&[other, " ", &told]))
        }
        Some(_) | None => fail(&conflict.why),
    })?;
    let stored = source
        .stored()
        .map_err(|why| failed(state::DIRECTORY, what, &why))?;
    if stored.overrides() == *overrides {
        manager.done(&text(&[object, ": ", what, ": nothing to change"]));
        return Ok(());
    }
    stored
        .replace(manager.platform, manager.platform.prefix(), overrides)
        .map_err(|why| failed(object, what, &told_at(&why)))?;
    let done = text(&[object, ": ", what]);
    manager.done(&done);
    note(manager, &done);
    Ok(())
}

/// A failure of the store, with its place.
fn told_at(why: &libcell::desired::store::StoreError) -> alloc::string::String {
    let told = told(why);
    text(&[state::DIRECTORY, ": ", &told])
}

/// Tells cellinit, if it runs: logs and events have it then.
pub(crate) fn note<P: Platform>(manager: &Manager<'_, '_, P>, what: &str) {
    if let Ok(mut client) = manager.cellinit() {
        let _ = client.ask(&libcell::control::Request::Note {
            operation: manager.operation,
            text: what.get(..libcell::control::NOTE_MAX).unwrap_or(what),
        });
    }
}

/// `cell create`
pub(crate) fn create_cell<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, "cell create", "desired both", "desired")?;
    let name = settings::name(parsed.operand(0), "cell")?;
    let devices = Devices::of(parsed)?;
    let source = world::source(manager)?;
    let desired = world::desired(&source)?;
    let built = source
        .baked()
        .map_err(|why| failed("image", "read", &why))?;
    let fail = |why: &str| failed(name.as_str(), "create", &why);
    if find(&desired.image, name.as_str()).is_some() {
        return Err(fail("there is one of that name"));
    }
    if find(&built.image, name.as_str()).is_some() {
        return Err(fail("was removed; cell set --as-built brings it back"));
    }
    let stored = source
        .stored()
        .map_err(|why| failed(state::DIRECTORY, "read", &why))?;
    let mut overrides = stored.overrides();
    let mut entry = CellEntry {
        name,
        base: Base::Removed,
        settings: Vec::new(),
    };
    match (parsed.value(a::LIKE), parsed.value(a::ROOT)) {
        (Some(like), None) => copy(&built.image, &overrides, like, &mut entry)?,
        (None, Some(root)) => {
            let mut cells = built.image.cells.iter();
            let of = cells.find(|cell| cell.root.as_str() == root);
            let of = of.ok_or_else(|| failed(root, "root", &"no cell of the image has it"))?;
            entry.base = Base::Root(of.name);
        }
        (Some(_), Some(_)) => return Err(misused("cell create", "--root", "not with --like")),
        (None, None) => {
            return Err(misused(
                "cell create",
                "--like",
                "that or --root must be given",
            ));
        }
    }
    // a user of its own, as every cell of a board has
    let above = desired.image.cells.iter().map(|cell| cell.uid).max();
    let uid = above.unwrap_or(0).saturating_add(1);
    entry.set(Setting::User(uid, uid, Vec::new()));
    settings::read(parsed, &devices, &mut entry)?;
    overrides.put_cell(entry);
    check(manager, &built.image, &overrides, name.as_str(), "create")?;
    store(manager, &source, name.as_str(), "create", &overrides)?;
    follow(manager, scope, name.as_str())
}

/// What makes a copy of a cell, with what was changed of it, but for its ports.
fn copy<'a>(
    built: &Image<'a>,
    overrides: &Overrides<'a>,
    like: &str,
    entry: &mut CellEntry<'a>,
) -> Result<(), Failure> {
    let changed = overrides
        .cells
        .iter()
        .find(|other| other.name.as_str() == like);
    let base = match changed.map(|changed| changed.base) {
        Some(base @ (Base::Like(_) | Base::Root(_))) => Some(base),
        Some(Base::Removed) => None,
        Some(Base::Image) | None => find(built, like).map(|cell| Base::Like(cell.name)),
    };
    entry.base = base.ok_or_else(|| failed(like, "cell", &"there is none of that name"))?;
    for setting in changed.iter().flat_map(|changed| &changed.settings) {
        if !matches!(setting, Setting::Ports(_) | Setting::User(..)) {
            entry.set(setting.clone());
        }
    }
    Ok(())
}

/// `cell set`
pub(crate) fn set_cell<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, "cell set", "desired both", "desired")?;
    let name = settings::name(parsed.operand(0), "cell")?;
    let devices = Devices::of(parsed)?;
    let source = world::source(manager)?;
    let built = source
        .baked()
        .map_err(|why| failed("image", "read", &why))?;
    let stored = source
        .stored()
        .map_err(|why| failed(state::DIRECTORY, "read", &why))?;
    let mut overrides = stored.overrides();
    let fail = |why: &str| failed(name.as_str(), "set", &why);
    let is_built = find(&built.image, name.as_str()).is_some();
    let mut entry = match overrides.cell(name) {
        Some(entry) => entry.clone(),
        None if is_built => CellEntry {
            name,
            base: Base::Image,
            settings: Vec::new(),
        },
        None => return Err(fail("there is no such cell")),
    };
    if parsed.has(a::BUILT) {
        if !is_built {
            return Err(fail("it was made on the device"));
        }
        entry.base = Base::Image;
        entry.settings.clear();
    } else if entry.base == Base::Removed {
        return Err(fail("was removed; --as-built brings it back"));
    }
    settings::read(parsed, &devices, &mut entry)?;
    overrides.put_cell(entry);
    check(manager, &built.image, &overrides, name.as_str(), "set")?;
    store(manager, &source, name.as_str(), "set", &overrides)?;
    follow(manager, scope, name.as_str())
}

/// Whether what a cell would run by can be on this device: its programs and mount points are in its root, its devices
/// are there.
fn check<P: Platform>(
    manager: &Manager<'_, '_, P>,
    built: &Image<'_>,
    overrides: &Overrides<'_>,
    name: &str,
    what: &str,
) -> Result<(), Failure> {
    // what conflicts is told by whoever stores it
    let Ok(merged) = merge(built, overrides) else {
        return Ok(());
    };
    let Some(cell) = find(&merged.image, name) else {
        return Ok(());
    };
    let root = manager.path(cell.root.as_str());
    let there = |path: &str| manager.platform.metadata(&text(&[&root, path]));
    let missing = |path: &str, errno: Errno| {
        let why = told(&errno);
        failed(name, what, &text(&[path, " in its root: ", &why]))
    };
    let health = cell.health.iter().flat_map(|health| health.command.first());
    for program in cell.command.first().into_iter().chain(health) {
        if !is_mounted(cell, program) {
            there(program).map_err(|errno| missing(program, errno))?;
        }
    }
    for mount in &cell.mounts {
        there(mount.target).map_err(|errno| missing(mount.target, errno))?;
    }
    policy::policy(manager.platform, cell)
        .map(drop)
        .map_err(|(path, errno)| failed(name, what, &text(&[path, ": ", &told(&errno)])))
}

/// Whether a path is on a mount, and so not to be seen from here.
fn is_mounted(cell: &Cell<'_>, path: &str) -> bool {
    cell.mounts.iter().any(|mount| {
        path.strip_prefix(mount.target)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// Applies a change at once, if it is to be.
fn follow<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    scope: Scope,
    name: &str,
) -> Result<(), Failure> {
    if scope.runtime {
        apply::one(manager, name)
    } else {
        Ok(())
    }
}

/// `volume create`
pub(crate) fn create_volume<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, "volume create", "desired both", "desired")?;
    let name = settings::name(parsed.operand(0), "volume")?;
    if state::is_reserved(name.as_str()) {
        return Err(misused(name.as_str(), "volume name", "begins with \".\""));
    }
    let mode = mode(parsed)?.unwrap_or(0o755);
    let (uid, gid) = match parsed.value(a::OWNER) {
        None => (0, 0),
        Some(owner) => {
            let (uid, gid) = split(owner, b':');
            let ids = (decimal(uid), decimal(gid.unwrap_or(uid)));
            let (Some(uid), Some(gid)) = ids else {
                return Err(misused(owner, "owner", "not as uid[:gid] in numbers"));
            };
            (uid, gid)
        }
    };
    let path = text(&[state::VOLUMES, "/", name.as_str()]);
    let source = world::source(manager)?;
    let desired = world::desired(&source)?;
    let mut volumes = desired.image.volumes.iter();
    if volumes.any(|volume| volume.name == name) {
        return Err(failed(
            name.as_str(),
            "create",
            &"there is one of that name",
        ));
    }
    let change = VolumeChange::Made {
        path: &path,
        mode,
        uid,
        gid,
    };
    volume(
        manager,
        &source,
        VolumeEntry { name, change },
        "create",
        scope,
    )
}

/// `volume set`
pub(crate) fn set_volume<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let scope = Scope::of(parsed, "volume set", "desired both", "desired")?;
    let name = settings::name(parsed.operand(0), "volume")?;
    if parsed.has(a::OWNER) {
        return Err(misused(
            "volume set",
            "--owner",
            "what is in it has that owner",
        ));
    }
    let Some(mode) = mode(parsed)? else {
        return Err(misused("volume set", "--mode", "must be given"));
    };
    let source = world::source(manager)?;
    let stored = source
        .stored()
        .map_err(|why| failed(state::DIRECTORY, "read", &why))?;
    let overrides = stored.overrides();
    let changed = overrides.volumes.iter().find(|entry| entry.name == name);
    let desired = world::desired(&source)?;
    let mut volumes = desired.image.volumes.iter();
    if volumes.all(|volume| volume.name != name) {
        return Err(failed(name.as_str(), "set", &"there is no such volume"));
    }
    let change = match changed.map(|entry| entry.change) {
        Some(VolumeChange::Made { path, uid, gid, .. }) => VolumeChange::Made {
            path,
            mode,
            uid,
            gid,
        },
        Some(VolumeChange::Mode(_) | VolumeChange::Removed) | None => VolumeChange::Mode(mode),
    };
    volume(manager, &source, VolumeEntry { name, change }, "set", scope)
}

fn mode(parsed: &Parsed<'_>) -> Result<Option<u32>, Failure> {
    let Some(given) = parsed.value(a::MODE) else {
        return Ok(None);
    };
    let mut mode = 0;
    let octal = given.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    for byte in given.bytes() {
        mode = mode << 3 | u32::from(byte & 7);
    }
    if octal && (3..=4).contains(&given.len()) {
        Ok(Some(mode))
    } else {
        Err(misused(given, "mode", "not three or four octal digits"))
    }
}

/// Stores a change of a volume, and makes it.
fn volume<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    source: &Source,
    entry: VolumeEntry<'_>,
    what: &str,
    scope: Scope,
) -> Result<(), Failure> {
    let name = entry.name;
    let stored = source
        .stored()
        .map_err(|why| failed(state::DIRECTORY, "read", &why))?;
    let mut overrides = stored.overrides();
    overrides.put_volume(entry);
    store(manager, source, name.as_str(), what, &overrides)?;
    if scope.runtime {
        let source = world::source(manager)?;
        let desired = world::desired(&source)?;
        for volume in &desired.image.volumes {
            if volume.name == name {
                apply::make_volume(manager, volume)?;
            }
        }
    }
    Ok(())
}
