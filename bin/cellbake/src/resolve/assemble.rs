//! All checks in order, and the images of what passed them.

use std::cell::OnceCell;
use std::path::Path;

use cell_abi::{Limits, OpSet, Profile};
use libcell::image::{self, Image, ImageError, PlanStep, ResourceCap, Volume};

use super::accounts::{Accounts, Identity};
use super::body::{self, Which};
use super::closure::Machine;
use super::contents::{Builder, Modes, Origin};
use super::mounts::ResolvedMount;
use super::service::Service;
use super::{
    Definitions, budget, commands, device, devices, mounts, names, order, plans, policy, ports,
    rescue, service,
};
use crate::definition::{BoardDef, CellDef, Mounted, PlanDef, Step, StepDef};
use crate::device::Device;
use crate::paths;
use crate::report::{Mistake, Report};
use crate::roots::{Measure, Root, RootError, Tree};

/// What definitions come to.
#[derive(Debug)]
pub struct Assembled {
    /// The bytes of `cells.bin`; something else than `Ok` only with mistakes in the report.
    pub image: Result<Vec<u8>, ImageError>,
    /// The bytes of the rescue image, if the board has a rescue cell.
    pub rescue: Option<Result<Vec<u8>, ImageError>>,
    /// The cells' roots, by cell.
    pub roots: Vec<Root>,
    /// The device beside its cells.
    pub device: Device,
    /// What is worth a line and no mistake.
    pub notes: Vec<String>,
}

/// A cell with all that is computed for it.
pub(super) struct Prepared<'d> {
    pub cell: &'d CellDef,
    pub identity: Identity,
    pub profile: Profile,
    pub may: OpSet,
    pub mounts: Vec<ResolvedMount>,
    pub service: Service,
    pub limits: Limits,
    pub caps: Vec<ResourceCap>,
    pub devices: Vec<image::DeviceNode<'d>>,
    pub plan: Vec<PlanStep<'d>>,
    pub root: Root,
    pub root_path: String,
    pub measure: Measure,
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
    let cells = &definitions.cells;
    names::check(definitions, report);
    policy::check(board, report);
    check_board(board, report);
    check_sizes(board, report);
    check_defaults(board, report);
    let rescue = rescue::position(board, cells, report);
    ports::check(cells, rescue, report);
    let mut order = order::order(cells, report);
    let alone: Vec<usize> = rescue.into_iter().collect();
    order.retain(|position| !alone.contains(position));
    let accounts = Accounts::new(definitions, directory, report);
    let origin = Origin {
        files: directory.join("files"),
        tree,
        package: board.package.as_deref(),
        machine: board.arch.as_deref().and_then(Machine::of),
    };
    let expanded: Vec<OnceCell<Vec<StepDef>>> = cells.iter().map(|_| OnceCell::new()).collect();
    let mut prepared = Vec::new();
    for (cell, steps) in cells.iter().zip(&expanded) {
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
        .filter_map(|(volume, path)| body::volume(volume, path, &prepared, &accounts, report))
        .collect();
    let roots_kib = Measure::together_kib(prepared.iter().map(|one| &one.measure));
    let of = |which, order: &[usize], volumes: &[Volume<'_>]| {
        let image = Image {
            board: body::board(board, which, roots_kib),
            volumes: volumes.to_vec(),
            cells: order
                .iter()
                .filter_map(|position| body::cell(prepared.get(*position)?, &prepared, order))
                .collect(),
        };
        let written = image::write(&image);
        let bytes = written.as_ref().map_or(0, |bytes| bytes.len() as u64);
        budget::check(board, cells, &image, bytes, report);
        written
    };
    let image = of(Which::Own, &order, &volumes);
    let rescue = rescue.map(|position| of(Which::Rescue, &[position], &volumes));
    for one in &prepared {
        budget::check_root(board, one.cell, &one.measure, report);
    }
    let identities: Vec<_> = prepared.iter().map(|one| &one.identity).collect();
    let nodes: Vec<_> = prepared.iter().map(|one| one.devices.as_slice()).collect();
    let device = device::device(definitions, &origin, &identities, &nodes, report);
    let notes = notes(definitions, &prepared);
    Ok(Assembled {
        image,
        rescue,
        roots: prepared.into_iter().map(|one| one.root).collect(),
        device,
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
    let budget = &board.budget;
    let sizes = [
        ("ram", &board.ram),
        ("flash", &board.flash),
        ("ram", &budget.ram),
        ("image", &budget.image),
        ("root", &budget.root),
        ("roots", &budget.roots),
        ("volumes", &budget.volumes),
        ("toolkit", &budget.toolkit),
        ("system", &budget.system),
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
    let mut root = Builder::new(&cell.contents, Modes::Plain, origin, &mounts, report);
    let own = [
        ("cell_name", cell.name.value.clone()),
        ("cell_root", format!("/cells/{}", cell.name.value)),
        ("board", body::text(board.name.as_ref()).to_owned()),
        ("arch", body::arch(board).to_owned()),
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
        closed: origin.tree.is_some(),
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
    let measure = root.measure()?;
    Ok(Prepared {
        cell,
        identity,
        profile,
        may,
        service: service::service(cell, board, report),
        limits,
        caps,
        devices: devices::devices(cell, body::arch(board), report),
        plan,
        root_path: format!("/cells/{}", cell.name.value),
        measure,
        root,
        mounts,
    })
}

fn plan_of<'d>(definitions: &'d Definitions, cell: &CellDef) -> Option<&'d PlanDef> {
    let mut plans = definitions.plans.iter();
    plans.find(|plan| plan.cell.value == cell.name.value)
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
