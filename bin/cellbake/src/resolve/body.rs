//! The body of an image, from what was prepared.

use cell_abi::{CellName, RootPath};
use libcell::image::{Board, Cell, Health, Log, MountEntry, Volume, Watchdog};

use super::accounts::Accounts;
use super::assemble::Prepared;
use super::{budget, device, ports};
use crate::definition::{BoardDef, Mounted, VolumeDef};
use crate::files::Located;
use crate::report::Report;

/// Where syslogd listens unless the board says otherwise.
const SYSLOG: &str = "/var/run/log";

/// Which of a board's images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The one it runs.
    Own,
    /// The one it runs when that is refused.
    Rescue,
}

pub(super) fn arch(board: &BoardDef) -> &str {
    board.arch.as_deref().unwrap_or("unknown")
}

pub(super) fn text(value: Option<&Located<String>>) -> &str {
    value.map_or("", |text| text.value.as_str())
}

pub(super) fn board(board: &BoardDef, which: Which, roots_kib: u32) -> Board<'_> {
    let kib = |size: &Option<Located<u32>>| size.as_ref().map_or(0, |size| size.value);
    Board {
        name: text(board.name.as_ref()),
        arch: arch(board),
        sealed: board.sealed,
        signed: board
            .device
            .signing
            .as_ref()
            .is_some_and(|signing| signing.required),
        rescue: which == Which::Rescue,
        watchdog: board.watchdog.as_ref().map(|(device, period)| Watchdog {
            device: &device.value,
            period_s: *period,
        }),
        ram_kib: kib(&board.ram),
        flash_kib: kib(&board.flash),
        roots_kib,
        system_ram_kib: device::ram_kib(board),
        budget: budget::budget(board),
        syslog: board
            .syslog
            .as_ref()
            .map_or(SYSLOG, |syslog| syslog.value.as_str()),
        recovery: board.recovery,
    }
}

pub(super) fn volume<'d>(
    volume: &'d VolumeDef,
    path: &'d str,
    prepared: &[Prepared<'_>],
    accounts: &Accounts,
    report: &Report<'_>,
) -> Option<Volume<'d>> {
    // a volume that one cell writes to is that cell's
    let mut writers = prepared.iter().filter(|one| {
        one.cell.mounts.iter().any(|mount| {
            let this =
                matches!(&mount.source, Mounted::Volume(name) if name.value == volume.name.value);
            this && !mount.read_only
        })
    });
    let only = match (writers.next(), writers.next()) {
        (Some(one), None) => (one.identity.uid, one.identity.gid),
        (None | Some(_), _) => (0, 0),
    };
    let owner = volume.owner.as_ref();
    let group = volume.group.as_ref();
    Some(Volume {
        name: CellName::new(&volume.name.value).ok()?,
        path,
        mode: volume.mode,
        uid: owner.map_or(Some(only.0), |name| accounts.owner(name, report))?,
        gid: group.map_or(Some(only.1), |name| accounts.group(name, report))?,
        budget_kib: volume.budget.as_ref().map_or(0, |budget| budget.value),
        allow: volume.allow,
    })
}

pub(super) fn cell<'p>(
    one: &'p Prepared<'_>,
    all: &[Prepared<'_>],
    order: &[usize],
) -> Option<Cell<'p>> {
    let cell = one.cell;
    let mut depends: Vec<u8> = cell
        .depends
        .iter()
        .filter_map(|depends| {
            let position = order.iter().position(|position| {
                all.get(*position)
                    .is_some_and(|other| other.cell.name.value == depends.value)
            });
            u8::try_from(position?).ok()
        })
        .collect();
    depends.sort_unstable();
    let words = |command: &'p [Located<String>]| -> Vec<&'p str> {
        command.iter().map(|word| word.value.as_str()).collect()
    };
    let service = &one.service;
    let health = cell.health.as_ref().zip(service.health);
    Some(Cell {
        name: CellName::new(&cell.name.value).ok()?,
        description: text(cell.description.as_ref()),
        root: RootPath::new(&one.root_path).ok()?,
        autostart: cell.autostart,
        critical: cell.critical,
        profile: one.profile,
        may: one.may,
        reservations: ports::reservations(cell),
        devices: one.devices.clone(),
        limits: one.limits,
        caps: one.caps.clone(),
        command: words(&cell.command),
        environment: service.environment.iter().map(String::as_str).collect(),
        directory: cell
            .directory
            .as_ref()
            .map_or("/", |directory| directory.value.as_str()),
        uid: one.identity.uid,
        gid: one.identity.gid,
        groups: one.identity.groups.iter().map(|(_, gid)| *gid).collect(),
        depends,
        restart: service.restart,
        stop_grace_ms: service.stop_grace_ms,
        readiness: service.readiness,
        health: health.map(|(health, times)| Health {
            command: words(&health.command),
            interval_ms: times.interval_ms,
            timeout_ms: times.timeout_ms,
            retries: times.retries,
            start_period_ms: times.start_period_ms,
        }),
        log: Log {
            facility: service.facility,
            stdout: service.stdout,
            stderr: service.stderr,
            tag: &service.tag,
            ring: service.ring,
        },
        mounts: one
            .mounts
            .iter()
            .map(|mount| MountEntry {
                source: mount.source.clone(),
                target: &mount.target,
                read_only: mount.read_only,
                no_exec: mount.no_exec,
            })
            .collect(),
        plan: one.plan.clone(),
        root_digest: one.measure.digest,
        root_kib: one.measure.kib(),
    })
}
