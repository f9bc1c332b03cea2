//! The rules of an image, checked when it is opened and before it is written.

use cell_abi::{CellName, MAX_CELLS, MAX_DEVICES};

use super::error::{Flaw, Place, Rule};
use super::model::{
    Board, Cell, DeviceNode, Health, Image, Log, MountEntry, MountSource, PlanStep, ResourceCap,
    Volume,
};
use crate::state::is_reserved;

/// Volumes in an image.
pub const VOLUMES_MAX: usize = 64;
/// Longest path in bytes. With the longest root and a prefix before it, it is below what a system call takes.
pub const PATH_MAX: usize = 255;
/// Longest argument, environment entry or plan text in bytes.
pub const TEXT_MAX: usize = 1023;
/// Longest description in bytes.
pub const DESCRIPTION_MAX: usize = 79;
/// Longest tag in bytes.
pub const TAG_MAX: usize = 63;
/// Arguments of a command, its program included.
pub const ARGUMENTS_MAX: usize = 32;
/// Entries of an environment.
pub const ENVIRONMENT_MAX: usize = 32;
/// Supplementary groups (`NGROUPS_MAX` of NetBSD).
pub const GROUPS_MAX: usize = 16;
/// Mounts of a cell.
pub const MOUNTS_MAX: usize = 16;
/// Steps of a plan.
pub const PLAN_MAX: usize = 64;
/// Changes of one patch.
pub const HUNKS_MAX: usize = 32;
/// Longest file in bytes that is patched: it is held in memory.
pub const PATCHED_MAX: usize = 1 << 16;
/// Smallest log ring in bytes: a line of the longest length fits.
pub const RING_MIN: u32 = 1024;
/// Largest log ring in bytes.
pub const RING_MAX: u32 = 1 << 20;
/// Longest time between TERM and the Kill in milliseconds.
pub const GRACE_MAX_MS: u32 = 600_000;

/// Longest interval of anything else in milliseconds: a day.
const DAY_MS: u32 = 86_400_000;
const WATCHDOG_S: core::ops::RangeInclusive<u32> = 3..=3600;

pub(super) fn check(image: &Image<'_>) -> Result<(), Flaw> {
    board(&image.board).map_err(|rule| at(Place::Board, rule))?;
    if image.cells.len() > MAX_CELLS || image.volumes.len() > VOLUMES_MAX {
        return Err(at(Place::Board, Rule::TooMany));
    }
    for (index, one) in (0..=u8::MAX).zip(&image.volumes) {
        volume(one, image.volumes.iter().take(usize::from(index)))
            .map_err(|rule| at(Place::Volume(index), rule))?;
    }
    for (index, one) in (0..=u8::MAX).zip(&image.cells) {
        cell(one, index, image).map_err(|rule| at(Place::Cell(index), rule))?;
    }
    Ok(())
}

const fn at(place: Place, rule: Rule) -> Flaw {
    Flaw { place, rule }
}

fn ensure(holds: bool, rule: Rule) -> Result<(), Rule> {
    if holds { Ok(()) } else { Err(rule) }
}

fn board(board: &Board<'_>) -> Result<(), Rule> {
    CellName::new(board.name).map_err(|_| Rule::BadName)?;
    CellName::new(board.arch).map_err(|_| Rule::BadName)?;
    path(board.syslog)?;
    if let Some(watchdog) = &board.watchdog {
        path(watchdog.device)?;
        ensure(WATCHDOG_S.contains(&watchdog.period_s), Rule::OutOfRange)?;
    }
    Ok(())
}

fn volume<'a>(
    volume: &Volume<'_>,
    mut before: impl Iterator<Item = &'a Volume<'a>>,
) -> Result<(), Rule> {
    ensure(
        before.all(|other| other.name != volume.name),
        Rule::DuplicateName,
    )?;
    // .state is in the directory of volumes
    ensure(!is_reserved(volume.name.as_str()), Rule::BadName)?;
    path(volume.path)?;
    mode(volume.mode)
}

fn cell(cell: &Cell<'_>, index: u8, image: &Image<'_>) -> Result<(), Rule> {
    let before = || image.cells.iter().take(usize::from(index));
    ensure(
        before().all(|other| other.name != cell.name),
        Rule::DuplicateName,
    )?;
    text(cell.description, DESCRIPTION_MAX)?;
    path(cell.root.as_str())?;
    for (position, reservation) in cell.reservations.iter().enumerate() {
        let taken = cell
            .reservations
            .iter()
            .take(position)
            .chain(before().flat_map(|other| &other.reservations))
            .any(|other| other.overlaps(*reservation));
        ensure(!taken, Rule::PortTaken)?;
    }
    devices(&cell.devices)?;
    caps(&cell.caps)?;
    command(&cell.command)?;
    environment(&cell.environment)?;
    directory(cell.directory)?;
    ensure(cell.groups.len() <= GROUPS_MAX, Rule::TooMany)?;
    for (position, depends) in cell.depends.iter().enumerate() {
        let once = cell
            .depends
            .iter()
            .take(position)
            .all(|other| other != depends);
        ensure(*depends < index && once, Rule::BadDependency)?;
    }
    ensure(
        cell.stop_grace_ms <= GRACE_MAX_MS && cell.restart.stable_ms <= DAY_MS,
        Rule::OutOfRange,
    )?;
    if let Some(one) = &cell.health {
        health(one)?;
    }
    log(&cell.log)?;
    mounts(&cell.mounts, image.volumes.len())?;
    plan(&cell.plan, &cell.mounts)
}

fn devices(devices: &[DeviceNode<'_>]) -> Result<(), Rule> {
    ensure(devices.len() <= MAX_DEVICES, Rule::TooMany)?;
    for (position, device) in devices.iter().enumerate() {
        path(device.path)?;
        let once = devices
            .iter()
            .take(position)
            .all(|other| other.path != device.path);
        ensure(device.path.starts_with("/dev/") && once, Rule::BadDevice)?;
    }
    Ok(())
}

fn caps(caps: &[ResourceCap]) -> Result<(), Rule> {
    for (position, cap) in caps.iter().enumerate() {
        let kind = core::mem::discriminant(cap);
        let once = caps
            .iter()
            .take(position)
            .all(|other| core::mem::discriminant(other) != kind);
        ensure(once, Rule::DuplicateLimit)?;
    }
    Ok(())
}

fn command(command: &[&str]) -> Result<(), Rule> {
    let program = command.first().ok_or(Rule::BadCommand)?;
    path(program).map_err(|_| Rule::BadCommand)?;
    ensure(command.len() <= ARGUMENTS_MAX, Rule::TooMany)?;
    command.iter().try_for_each(|one| argument(one))
}

fn environment(environment: &[&str]) -> Result<(), Rule> {
    ensure(environment.len() <= ENVIRONMENT_MAX, Rule::TooMany)?;
    for entry in environment {
        argument(entry)?;
        let name = entry.split_once('=').ok_or(Rule::BadEnvironment)?.0;
        ensure(!name.is_empty(), Rule::BadEnvironment)?;
    }
    Ok(())
}

fn health(health: &Health<'_>) -> Result<(), Rule> {
    command(&health.command)?;
    let times = [health.interval_ms, health.timeout_ms];
    ensure(
        times.iter().all(|time| (1..=DAY_MS).contains(time))
            && health.start_period_ms <= DAY_MS
            && health.retries > 0,
        Rule::OutOfRange,
    )
}

fn log(log: &Log<'_>) -> Result<(), Rule> {
    ensure(
        log.facility.0 <= 23 && log.stdout.0 <= 7 && log.stderr.0 <= 7,
        Rule::BadLevel,
    )?;
    ensure(!log.tag.is_empty(), Rule::BadText)?;
    text(log.tag, TAG_MAX)?;
    ensure((RING_MIN..=RING_MAX).contains(&log.ring), Rule::OutOfRange)
}

fn mounts(mounts: &[MountEntry<'_>], volumes: usize) -> Result<(), Rule> {
    ensure(mounts.len() <= MOUNTS_MAX, Rule::TooMany)?;
    for (position, mount) in mounts.iter().enumerate() {
        path(mount.target)?;
        let fits = match mount.source {
            MountSource::Volume(index) => usize::from(index) < volumes,
            MountSource::Tmpfs { size_kib, mode } => size_kib > 0 && mode <= 0o7777,
        };
        let apart = mounts.iter().take(position).all(|other| {
            !within(other.target, mount.target) && !within(mount.target, other.target)
        });
        ensure(
            fits && apart && !within(mount.target, "/dev"),
            Rule::BadMount,
        )?;
    }
    Ok(())
}

fn plan(plan: &[PlanStep<'_>], mounts: &[MountEntry<'_>]) -> Result<(), Rule> {
    ensure(plan.len() <= PLAN_MAX, Rule::TooMany)?;
    for step in plan {
        let target = match step {
            PlanStep::Directory { path, owner } | PlanStep::File { path, owner, .. } => {
                mode(owner.mode)?;
                Some(path)
            }
            PlanStep::Line { path, text } => {
                argument(text)?;
                Some(path)
            }
            PlanStep::Link { path, target } => {
                argument(target)?;
                Some(path)
            }
            PlanStep::Execute(command) => {
                argument(command)?;
                None
            }
            PlanStep::Copy { from, path, owner } => {
                self::path(from)?;
                mode(owner.mode)?;
                Some(path)
            }
            PlanStep::Patch { path, hunks } => {
                ensure(hunks.len() <= HUNKS_MAX, Rule::TooMany)?;
                let changes = hunks.iter().all(|hunk| hunk.old != hunk.new);
                ensure(changes && !hunks.is_empty(), Rule::BadPlan)?;
                Some(path)
            }
        };
        if let Some(target) = target {
            path(target)?;
            let mounted = mounts.iter().any(|mount| within(target, mount.target));
            ensure(mounted, Rule::BadPlan)?;
        }
    }
    Ok(())
}

/// Whether `path` is `directory` or below it.
fn within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Absolute and below `/`.
fn path(path: &str) -> Result<(), Rule> {
    let below = path.strip_prefix('/').ok_or(Rule::BadPath)?;
    let plain = below
        .split('/')
        .all(|part| !matches!(part, "" | "." | ".."));
    ensure(plain, Rule::BadPath)?;
    text(path, PATH_MAX).map_err(|_| Rule::BadPath)
}

/// Absolute, `/` included.
fn directory(directory: &str) -> Result<(), Rule> {
    if directory == "/" {
        Ok(())
    } else {
        path(directory)
    }
}

fn text(text: &str, longest: usize) -> Result<(), Rule> {
    let plain = text.bytes().all(|byte| byte >= 0x20 && byte != 0x7f);
    ensure(plain && text.len() <= longest, Rule::BadText)
}

/// May have lines in it, but no NUL.
fn argument(argument: &str) -> Result<(), Rule> {
    ensure(
        argument.len() <= TEXT_MAX && !argument.contains('\0'),
        Rule::BadText,
    )
}

const fn mode(mode: u32) -> Result<(), Rule> {
    if mode <= 0o7777 {
        Ok(())
    } else {
        Err(Rule::BadMode)
    }
}
