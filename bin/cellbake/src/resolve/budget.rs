//! Limits of a cell, and whether the sum of everything fits the board.

use cell_abi::Limits;
use libcell::image::{Budget, Image, ResourceCap};

use crate::definition::{BoardDef, CellDef, LimitsDef};
use crate::files::{Located, Span};
use crate::report::{Mistake, Report};
use crate::roots::Measure;
use crate::size::{self, Demand, Excess, Parts, Resource};

/// What a cell is limited to.
pub(super) fn limits(
    cell: &CellDef,
    board: &BoardDef,
    report: &Report<'_>,
) -> (Limits, Vec<ResourceCap>) {
    let all = cell.limits.or(&board.limits);
    check_against_ram(&all, board, report);
    check_stack_reserve(&all, board, report);
    let value = |limit: &Option<Located<u32>>| limit.as_ref().map(|limit| limit.value);
    let limits = Limits {
        processes: value(&all.processes).map(|most| u16::try_from(most).unwrap_or(u16::MAX)),
        nofile: value(&all.nofile),
        address_space_kib: value(&all.address_space),
        core_kib: value(&all.core),
    };
    let cpu = all.cpu.as_ref().map(|cpu| {
        if cpu.value == 0 || cpu.value % 1000 != 0 {
            report.add(Mistake::at(&cpu.span, "`cpu` must be whole seconds"));
        }
        cpu.value / 1000
    });
    let caps = [
        value(&all.data).map(ResourceCap::DataKib),
        value(&all.stack).map(ResourceCap::StackKib),
        value(&all.file_size).map(ResourceCap::FileSizeKib),
        cpu.map(ResourceCap::CpuS),
        value(&all.locked).map(ResourceCap::LockedKib),
    ];
    (limits, caps.into_iter().flatten().collect())
}

/// What NetBSD sets aside for the stack in the address space of each process, whatever its limit: `MAXSSIZ` of the
/// machine's `vmparam.h`, in KiB. A simulated device's kernel sets nothing aside.
fn stack_reserve_kib(board: &BoardDef) -> u32 {
    match board.arch.as_deref() {
        Some("amd64") => 128 << 10,
        Some("aarch64" | "armv7") => 64 << 10,
        Some("mipsel" | "mipseb") => 32 << 10,
        Some(_) | None => 0,
    }
}

/// Below the reserve, a process could not even be given a heap.
fn check_stack_reserve(limits: &LimitsDef, board: &BoardDef, report: &Report<'_>) {
    let reserve = stack_reserve_kib(board);
    if let Some(size) = &limits.address_space
        && size.value <= reserve
    {
        report.add(
            Mistake::at(
                &size.span,
                format!(
                    "`address_space` of {}, and the kernel sets {} of it aside for the stack on {}",
                    size::kib(u64::from(size.value)),
                    size::kib(u64::from(reserve)),
                    board.arch.as_deref().unwrap_or("this machine")
                ),
            )
            .label("no process would get any memory")
            .help("limit data and stack instead"),
        );
    }
}

fn check_against_ram(limits: &LimitsDef, board: &BoardDef, report: &Report<'_>) {
    let Some(ram) = &board.ram else { return };
    let sizes = [
        (
            "address_space",
            &limits.address_space,
            stack_reserve_kib(board),
        ),
        ("data", &limits.data, 0),
        ("stack", &limits.stack, 0),
        ("locked", &limits.locked, 0),
    ];
    for (key, size, apart) in sizes {
        if let Some(size) = size
            && size.value > ram.value.saturating_add(apart)
        {
            report.add(
                Mistake::at(
                    &size.span,
                    format!(
                        "`{key}` of {}, and the board has {} of RAM",
                        size::kib(u64::from(size.value)),
                        size::kib(u64::from(ram.value))
                    ),
                )
                .also(&ram.span, "here"),
            );
        }
    }
}

/// The board's budgets.
pub(super) fn budget(board: &BoardDef) -> Budget {
    let budget = &board.budget;
    let value = |size: &Option<Located<u32>>| size.as_ref().map_or(0, |size| size.value);
    Budget {
        ram_kib: value(&budget.ram),
        image_kib: value(&budget.image),
        root_kib: value(&budget.root),
        roots_kib: value(&budget.roots),
        volumes_kib: value(&budget.volumes),
        toolkit_kib: value(&budget.toolkit),
        system_kib: value(&budget.system),
    }
}

/// Reports what does not fit. The image's bytes are 0 when it could not be written.
pub(super) fn check(
    board: &BoardDef,
    cells: &[CellDef],
    image: &Image<'_>,
    bytes: u64,
    report: &Report<'_>,
) {
    let budget = &board.budget;
    if budget.ram.is_some() {
        let unbounded = image
            .cells
            .iter()
            .filter(|cell| Demand::of(cell).ram_kib.is_none());
        for cell in unbounded {
            let name = cell.name.as_str();
            if let Some(definition) = cells.iter().find(|one| one.name.value == name) {
                no_bound(definition, report);
            }
        }
    }
    for excess in Parts::of(image, bytes).excesses(image) {
        let bound = match excess.resource {
            Resource::Ram => budget.ram.as_ref().or(board.ram.as_ref()),
            Resource::Image => budget.image.as_ref(),
            Resource::Roots => budget.roots.as_ref(),
            Resource::Volumes => budget.volumes.as_ref(),
            Resource::Flash => board.flash.as_ref(),
        };
        let span = bound.map_or(&board.top, |bound| &bound.span);
        too_much(excess.resource.name(), &excess, span, report);
    }
}

/// Reports a root that does not fit.
pub(super) fn check_root(board: &BoardDef, cell: &CellDef, measure: &Measure, report: &Report<'_>) {
    let bound = cell.root_budget.as_ref().or(board.budget.root.as_ref());
    let Some(bound) = bound else { return };
    let files: Vec<_> = measure
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.bytes.div_ceil(1024)))
        .collect();
    let taken = u64::from(measure.kib());
    if let Some(excess) = Excess::of(Resource::Roots, taken, bound.value.into(), &files) {
        let what = format!("flash of the root of `{}`", cell.name.value);
        too_much(&what, &excess, &bound.span, report);
    }
}

fn too_much(what: &str, excess: &Excess, span: &Span, report: &Report<'_>) {
    let missing = size::kib(excess.taken - excess.bound);
    report.add(
        Mistake::at(
            span,
            format!(
                "{what}: {}, and there are {}",
                size::kib(excess.taken),
                size::kib(excess.bound)
            ),
        )
        .label(format!("{missing} too little"))
        .help(format!("the largest: {}", excess.largest))
        .over_budget(),
    );
}

fn no_bound(cell: &CellDef, report: &Report<'_>) {
    let limits = &cell.limits;
    let said = [&limits.processes, &limits.data, &limits.stack];
    let span = said
        .into_iter()
        .flatten()
        .next()
        .map_or(&cell.name.span, |limit| &limit.span);
    report.add(
        Mistake::at(
            span,
            format!(
                "`{}` has no bound on its memory, and the board has a budget for it",
                cell.name.value
            ),
        )
        .help("[limits] needs processes, and either data and stack or address_space")
        .over_budget(),
    );
}
