//! All checks in order, and the image of what passed them.

use std::cell::OnceCell;
use std::path::Path;

use cell_abi::{CellName, Limits, OpSet, Profile, RootPath};
use libcell::image::{
    self, Board, Cell, Health, Image, ImageError, Log, MountEntry, PlanStep, ResourceCap, Volume,
    Watchdog,
};

use super::accounts::{Accounts, Identity};
use super::contents::{Builder, Origin};
use super::mounts::ResolvedMount;
use super::service::Service;
use super::{
    Definitions, budget, commands, devices, mounts, names, order, plans, policy, ports, service,
};
use crate::definition::{BoardDef, CellDef, Mounted, PlanDef, Step, StepDef, VolumeDef};
use crate::files::Located;
use crate::paths;
use crate::report::{Mistake, Report};
use crate::roots::{Root, RootError, Tree};

/// Where syslogd listens unless the board says otherwise.
const SYSLOG: &str = "/var/run/log";

/// What definitions come to.
#[derive(Debug)]
pub struct Assembled {
    /// The bytes of `cells.bin`; something else than `Ok` only with mistakes in the report.
    pub image: Result<Vec<u8>, ImageError>,
    /// The cells' roots, by cell.
    pub roots: Vec<Root>,
    /// What is worth a line and no mistake.
    pub notes: Vec<String>,
}

/// A cell with all that is computed for it.
struct Prepared<'d> {
    cell: &'d CellDef,
    identity: Identity,
    profile: Profile,
    may: OpSet,
    mounts: Vec<ResolvedMount>,
    service: Service,
    limits: Limits,
    caps: Vec<ResourceCap>,
    devices: Vec<image::DeviceNode<'d>>,
    plan: Vec<PlanStep<'d>>,
    root: Root,
    root_path: String,
    root_digest: [u8; 32],
    root_kib: u32,
}

/// Checks `definitions`, mistakes into `report`, and computes what the image says.
///
/// # Errors
/// A file of the build host that cannot be read.
pub fn assemble(
    definitions: &Definitions,
    directory: &Path,
    tree: Option<&Tree>,
    report: &Report<'_>,
) -> Result<Assembled, RootError> {
    let board = &definitions.board;
    names::check(definitions, report);
    policy::check(board, report);
    ports::check(&definitions.cells, report);
    check_board(board, report);
    check_sizes(board, report);
    check_defaults(board, report);
    let order = order::order(&definitions.cells, report);
    let accounts = Accounts::new(definitions, directory, report);
    let origin = Origin {
        files: directory.join("files"),
        tree,
        package: board.package.as_deref(),
    };
    let expanded: Vec<OnceCell<Vec<StepDef>>> =
        definitions.cells.iter().map(|_| OnceCell::new()).collect();
    let mut prepared = Vec::new();
    for (cell, steps) in definitions.cells.iter().zip(&expanded) {
        prepared.push(prepare(
            cell,
            definitions,
            &accounts,
            &origin,
            steps,
            report,
        )?);
    }
    let volume_paths: Vec<_> = definitions
        .volumes
        .iter()
        .map(|volume| format!("/volumes/{}", volume.name.value))
        .collect();
    let volumes: Vec<_> = definitions
        .volumes
        .iter()
        .zip(&volume_paths)
        .filter_map(|(volume, path)| image_volume(volume, path, &prepared, &accounts, report))
        .collect();
    let cells: Vec<_> = order
        .iter()
        .filter_map(|position| image_cell(prepared.get(*position)?, &prepared, &order))
        .collect();
    let image = Image {
        board: image_board(board),
        volumes,
        cells,
    };
    let written = image::write(&image);
    let bytes = written.as_ref().map_or(0, |bytes| bytes.len() as u64);
    budget::check(board, &definitions.cells, &image, bytes, report);
    let notes = notes(definitions, &prepared);
    Ok(Assembled {
        image: written,
        roots: prepared.into_iter().map(|one| one.root).collect(),
        notes,
    })
}

fn check_board(board: &BoardDef, report: &Report<'_>) {
    let watchdog = board.watchdog.as_ref().map(|(device, _)| device);
    for path in [&board.syslog.as_ref(), &watchdog]
        .into_iter()
        .copied()
        .flatten()
    {
        if let Some(fault) = paths::fault(&path.value) {
            report.add(Mistake::at(&path.span, format!("`{}` {fault}", path.value)));
        }
    }
}

/// A tag tells cells apart.
fn check_defaults(board: &BoardDef, report: &Report<'_>) {
    if let Some(tag) = &board.log.tag {
        report.add(
            Mistake::at(&tag.span, "one tag for all cells")
                .help("a cell's tag is its name unless its own [log] says otherwise"),
        );
    }
}

/// An image says 0 where a board has no budget.
fn check_sizes(board: &BoardDef, report: &Report<'_>) {
    let [ram, image, roots, volumes] = &board.budget;
    let sizes = [
        ("ram", &board.ram),
        ("flash", &board.flash),
        ("ram", ram),
        ("image", image),
        ("roots", roots),
        ("volumes", volumes),
    ];
    for (key, size) in sizes {
        if let Some(size) = size
            && size.value == 0
        {
            report.add(Mistake::at(&size.span, format!("`{key}` of nothing")));
        }
    }
}

fn prepare<'d>(
    cell: &'d CellDef,
    definitions: &'d Definitions,
    accounts: &Accounts,
    origin: &Origin<'_>,
    steps: &'d OnceCell<Vec<StepDef>>,
    report: &Report<'_>,
) -> Result<Prepared<'d>, RootError> {
    let board = &definitions.board;
    let identity = accounts.identity(cell, report);
    let (profile, may) = policy::policy(cell, board, report);
    let mounts = mounts::mounts(cell, &definitions.volumes, report);
    let mut root = Builder::new(cell, origin, &mounts, report);
    let own = [
        ("cell_name", cell.name.value.clone()),
        ("cell_root", format!("/cells/{}", cell.name.value)),
        ("board", text(board.name.as_ref()).to_owned()),
        ("arch", arch(board).to_owned()),
        ("run_uid", identity.uid.to_string()),
        ("run_gid", identity.gid.to_string()),
    ];
    let plan = plan_of(definitions, cell).map_or_else(Vec::new, |plan| {
        let context = plans::Context {
            identity: &identity,
            accounts,
            mounts: &mounts,
            files: &origin.files,
            own: &own,
            report,
        };
        let steps = steps.get_or_init(|| plans::expand(plan, &context));
        plans::apply(plan, steps, &mut root, &context)
    });
    let packages = plan_of(definitions, cell).and_then(|plan| {
        let is_package = |step: &&StepDef| matches!(step.step, Step::Package(_));
        plan.steps.iter().find(is_package)
    });
    let root = root.finish(cell, &identity);
    let place = commands::Place {
        root: &root,
        mounts: &mounts,
        may,
    };
    commands::check(cell, &place, report);
    if board.sealed && !cell.autostart {
        report.add(
            Mistake::at(
                &cell.autostart_place,
                format!("`{}` could never be started", cell.name.value),
            )
            .help("the board is sealed once the others have been started, and a sealed kernel makes no cells"),
        );
    }
    if let Some(step) = packages
        && !["/bin/sh", plans::PKG_ADD, plans::PKG_INFO]
            .iter()
            .all(|program| place.has(program))
    {
        report.add(
            Mistake::at(&step.span, "PKG needs sh, pkg_add and pkg_info in the root")
                .help("list /bin/sh and /usr/sbin/pkg_* in [contents] copy, or the package's files instead"),
        );
    }
    let executes =
        packages.is_none() && plan.iter().any(|step| matches!(step, PlanStep::Execute(_)));
    if executes && !place.has("/bin/sh") {
        report.add(
            Mistake::at(
                &cell.name.span,
                "its plan has EXEC, and its root has no /bin/sh",
            )
            .help("list /bin/sh in [contents]"),
        );
    }
    let (limits, caps) = budget::limits(cell, board, report);
    let (root_digest, root_bytes) = root.measure()?;
    Ok(Prepared {
        cell,
        identity,
        profile,
        may,
        service: service::service(cell, board, report),
        limits,
        caps,
        devices: devices::devices(cell, arch(board), report),
        plan,
        root_path: format!("/cells/{}", cell.name.value),
        root_digest,
        root_kib: u32::try_from(root_bytes.div_ceil(1024)).unwrap_or(u32::MAX),
        root,
        mounts,
    })
}

fn plan_of<'d>(definitions: &'d Definitions, cell: &CellDef) -> Option<&'d PlanDef> {
    let mut plans = definitions.plans.iter();
    plans.find(|plan| plan.cell.value == cell.name.value)
}

fn arch(board: &BoardDef) -> &str {
    board.arch.as_deref().unwrap_or("unknown")
}

fn text(value: Option<&Located<String>>) -> &str {
    value.map_or("", |text| text.value.as_str())
}

fn image_board(board: &BoardDef) -> Board<'_> {
    let kib = |size: &Option<Located<u32>>| size.as_ref().map_or(0, |size| size.value);
    Board {
        name: text(board.name.as_ref()),
        arch: arch(board),
        sealed: board.sealed,
        signed: false,
        rescue: false,
        watchdog: board.watchdog.as_ref().map(|(device, period)| Watchdog {
            device: &device.value,
            period_s: *period,
        }),
        ram_kib: kib(&board.ram),
        flash_kib: kib(&board.flash),
        roots_kib: 0,
        budget: budget::budget(board),
        syslog: board
            .syslog
            .as_ref()
            .map_or(SYSLOG, |syslog| syslog.value.as_str()),
    }
}

fn image_volume<'d>(
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
    })
}

fn image_cell<'p>(
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
        root_digest: one.root_digest,
        root_kib: one.root_kib,
    })
}

fn notes(definitions: &Definitions, prepared: &[Prepared<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    if prepared.iter().any(|one| one.root.has_unseen()) {
        notes.push(
            "no source root was looked at: that the copied files exist, and what they take, is not known (--source)"
                .to_owned(),
        );
    }
    for volume in &definitions.volumes {
        let used = prepared.iter().any(|one| {
            one.cell.mounts.iter().any(
                |mount| matches!(&mount.source, Mounted::Volume(name) if name.value == volume.name.value),
            )
        });
        if !used {
            notes.push(format!("volume {}: no cell mounts it", volume.name.value));
        }
    }
    notes
}
