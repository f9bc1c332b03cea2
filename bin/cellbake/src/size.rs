//! What an image takes of a board: flash, and RAM at the worst.

use cell_abi::Limits;
use libcell::image::{Cell, MountSource, ResourceCap};

/// What a cell takes, in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// RAM when each process is at its limit, memory file systems are full, the log ring included. `None` is no bound.
    pub ram_kib: Option<u64>,
    /// Flash of its root.
    pub root_kib: u64,
}

impl Demand {
    /// Of a cell of an image.
    #[must_use]
    pub fn of(cell: &Cell<'_>) -> Self {
        let tmpfs = cell
            .mounts
            .iter()
            .map(|mount| match mount.source {
                MountSource::Tmpfs { size_kib, .. } => u64::from(size_kib),
                MountSource::Volume(_) => 0,
            })
            .sum::<u64>();
        let ring = u64::from(cell.log.ring).div_ceil(1024);
        Self {
            ram_kib: processes_kib(&cell.limits, &cell.caps).map(|own| own + tmpfs + ring),
            root_kib: u64::from(cell.root_kib),
        }
    }
}

/// Processes by what each may take: data and stack if both are limited, otherwise the address space.
fn processes_kib(limits: &Limits, caps: &[ResourceCap]) -> Option<u64> {
    let processes = u64::from(limits.processes?);
    let data = caps.iter().find_map(|cap| match cap {
        ResourceCap::DataKib(kib) => Some(u64::from(*kib)),
        ResourceCap::StackKib(_)
        | ResourceCap::FileSizeKib(_)
        | ResourceCap::CpuS(_)
        | ResourceCap::LockedKib(_) => None,
    });
    let stack = caps.iter().find_map(|cap| match cap {
        ResourceCap::StackKib(kib) => Some(u64::from(*kib)),
        ResourceCap::DataKib(_)
        | ResourceCap::FileSizeKib(_)
        | ResourceCap::CpuS(_)
        | ResourceCap::LockedKib(_) => None,
    });
    let each = match (data, stack) {
        (Some(data), Some(stack)) => data + stack,
        (Some(_), None) | (None, Some(_) | None) => u64::from(limits.address_space_kib?),
    };
    Some(processes * each)
}

/// `64 KiB`, `1.5 MiB`: what a person wants to read.
#[must_use]
pub fn kib(kib: u64) -> String {
    const MIB: u64 = 1024;
    const GIB: u64 = 1024 * 1024;
    match kib {
        0..MIB => format!("{kib} KiB"),
        MIB..GIB => scaled(kib, MIB, "MiB"),
        GIB.. => scaled(kib, GIB, "GiB"),
    }
}

fn scaled(kib: u64, unit: u64, name: &str) -> String {
    let tenths = kib.saturating_mul(10).div_ceil(unit);
    if tenths % 10 == 0 {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// The three largest of some parts, with what they take.
#[must_use]
pub fn largest(parts: &[(&str, u64)]) -> String {
    let mut sorted: Vec<_> = parts.iter().filter(|(_, kib)| *kib > 0).collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let shown: Vec<_> = sorted
        .iter()
        .take(3)
        .map(|(name, size)| format!("{name} {}", kib(*size)))
        .collect();
    shown.join(", ")
}
