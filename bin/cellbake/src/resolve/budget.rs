//! Limits of a cell, and whether the sum of everything fits the board.

use cell_abi::Limits;
use libcell::image::{Budget, ResourceCap};

use crate::definition::{BoardDef, CellDef, LimitsDef, VolumeDef};
use crate::files::Located;
use crate::report::{Mistake, Report};
use crate::size::{self, Demand};

/// What a cell is limited to.
pub(super) fn limits(
    cell: &CellDef,
    board: &BoardDef,
    report: &Report<'_>,
) -> (Limits, Vec<ResourceCap>) {
    let all = cell.limits.or(&board.limits);
    check_against_ram(&all, board, report);
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

fn check_against_ram(limits: &LimitsDef, board: &BoardDef, report: &Report<'_>) {
    let Some(ram) = &board.ram else { return };
    let sizes = [
        ("address_space", &limits.address_space),
        ("data", &limits.data),
        ("stack", &limits.stack),
        ("locked", &limits.locked),
    ];
    for (key, size) in sizes {
        if let Some(size) = size
            && size.value > ram.value
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
    let [ram, image, roots, volumes] = &board.budget;
    let value = |size: &Option<Located<u32>>| size.as_ref().map_or(0, |size| size.value);
    Budget {
        ram_kib: value(ram),
        image_kib: value(image),
        roots_kib: value(roots),
        volumes_kib: value(volumes),
    }
}

/// Reports what does not fit. `image_bytes` is of the finished image.
pub(super) fn check(
    board: &BoardDef,
    demands: &[(&CellDef, Demand)],
    volumes: &[VolumeDef],
    image_bytes: u64,
    report: &Report<'_>,
) {
    let [ram, image, roots, kept] = &board.budget;
    if ram.is_some() {
        for (cell, demand) in demands {
            if demand.ram_kib.is_none() {
                let cell_limits = &cell.limits;
                let span = [
                    &cell_limits.processes,
                    &cell_limits.data,
                    &cell_limits.stack,
                ]
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
                    .help("[limits] needs processes, and either data and stack or address_space"),
                );
            }
        }
    }
    let of_ram = parts(demands, |demand| demand.ram_kib.unwrap_or_default());
    over(
        "the cells at their limits",
        "of RAM",
        &of_ram,
        ram.as_ref().or(board.ram.as_ref()),
        report,
    );
    let of_roots = parts(demands, |demand| demand.root_kib);
    over("the roots", "of flash", &of_roots, roots.as_ref(), report);
    let of_volumes: Vec<_> = volumes
        .iter()
        .map(|volume| {
            let kib = volume.budget.as_ref().map_or(0, |budget| budget.value);
            (volume.name.value.as_str(), u64::from(kib))
        })
        .collect();
    over(
        "the volumes",
        "of flash",
        &of_volumes,
        kept.as_ref(),
        report,
    );
    let image_kib = image_bytes.div_ceil(1024);
    over(
        "the image",
        "of flash",
        &[("cells.bin", image_kib)],
        image.as_ref(),
        report,
    );
    let everything = [
        ("cells.bin", image_kib),
        ("roots", of_roots.iter().map(|(_, kib)| kib).sum()),
        ("volumes", of_volumes.iter().map(|(_, kib)| kib).sum()),
    ];
    over(
        "image, roots and volumes",
        "of flash",
        &everything,
        board.flash.as_ref(),
        report,
    );
}

fn parts<'d>(
    demands: &[(&'d CellDef, Demand)],
    part: impl Fn(&Demand) -> u64,
) -> Vec<(&'d str, u64)> {
    demands
        .iter()
        .map(|(cell, demand)| (cell.name.value.as_str(), part(demand)))
        .collect()
}

fn over(
    what: &str,
    of: &str,
    parts: &[(&str, u64)],
    budget: Option<&Located<u32>>,
    report: &Report<'_>,
) {
    let Some(budget) = budget else { return };
    let total: u64 = parts.iter().map(|(_, kib)| kib).sum();
    let bound = u64::from(budget.value);
    if total > bound {
        report.add(
            Mistake::at(
                &budget.span,
                format!(
                    "{what} take {} {of}, and there are {}",
                    size::kib(total),
                    size::kib(bound)
                ),
            )
            .label(format!("{} too little", size::kib(total - bound)))
            .help(format!("the largest: {}", size::largest(parts))),
        );
    }
}
