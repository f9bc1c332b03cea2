//! What an image takes of a board: flash, and RAM at the worst.

use cell_abi::Limits;
use libcell::image::{Cell, Image, MountSource, ResourceCap};

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

/// What everything takes, by name, in KiB.
#[derive(Clone, Debug)]
pub struct Parts<'i> {
    /// RAM of the cells and of the system's memory file systems; a cell without a bound counts as 0.
    pub ram: Vec<(&'i str, u64)>,
    /// Flash of the cells' roots, each by itself.
    pub roots: Vec<(&'i str, u64)>,
    /// Flash of all roots: a file that several of them have is there once.
    pub roots_together: u64,
    /// Flash of the volumes when full.
    pub volumes: Vec<(&'i str, u64)>,
    /// Flash of `cells.bin`.
    pub image: [(&'i str, u64); 1],
}

/// Something that a board has only so much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// RAM for the cells at their limits.
    Ram,
    /// Flash for `cells.bin`.
    Image,
    /// Flash for the roots.
    Roots,
    /// Flash for the volumes.
    Volumes,
    /// Flash for all three.
    Flash,
}

impl Resource {
    /// In messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ram => "RAM of the cells at their limits",
            Self::Image => "flash of the image",
            Self::Roots => "flash of the roots",
            Self::Volumes => "flash of the volumes",
            Self::Flash => "flash of image, roots and volumes",
        }
    }
}

/// A budget that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Of what.
    pub resource: Resource,
    /// KiB that are taken.
    pub taken: u64,
    /// KiB that there are.
    pub bound: u64,
    /// What takes the most.
    pub largest: String,
}

impl<'i> Parts<'i> {
    /// Of an image of so many bytes.
    #[must_use]
    pub fn of(image: &Image<'i>, bytes: u64) -> Self {
        let demands = || {
            image
                .cells
                .iter()
                .map(|cell| (cell.name.as_str(), Demand::of(cell)))
        };
        let system = u64::from(image.board.system_ram_kib);
        let own = (system > 0).then_some(("the system's tmpfs", system));
        Self {
            ram: demands()
                .map(|(name, demand)| (name, demand.ram_kib.unwrap_or_default()))
                .chain(own)
                .collect(),
            roots_together: u64::from(image.board.roots_kib),
            roots: demands()
                .map(|(name, demand)| (name, demand.root_kib))
                .collect(),
            volumes: image
                .volumes
                .iter()
                .map(|volume| (volume.name.as_str(), u64::from(volume.budget_kib)))
                .collect(),
            image: [("cells.bin", bytes.div_ceil(1024))],
        }
    }

    /// All flash.
    #[must_use]
    pub fn flash(&self) -> Vec<(&'i str, u64)> {
        let parts: [&[_]; 3] = [&self.roots, &self.volumes, &self.image];
        parts.concat()
    }

    /// What all flash takes, files of several roots once.
    #[must_use]
    pub fn flash_together(&self) -> u64 {
        self.roots_together + total(&self.volumes) + total(&self.image)
    }

    /// The budgets of the image's board that do not hold.
    #[must_use]
    pub fn excesses(&self, image: &Image<'_>) -> Vec<Excess> {
        let board = &image.board;
        let budget = board.budget;
        let ram = if budget.ram_kib > 0 {
            budget.ram_kib
        } else {
            board.ram_kib
        };
        let flash = self.flash();
        let all: [(_, &[_], _, _); 5] = [
            (Resource::Ram, &self.ram, total(&self.ram), ram),
            (
                Resource::Image,
                &self.image,
                total(&self.image),
                budget.image_kib,
            ),
            (
                Resource::Roots,
                &self.roots,
                self.roots_together,
                budget.roots_kib,
            ),
            (
                Resource::Volumes,
                &self.volumes,
                total(&self.volumes),
                budget.volumes_kib,
            ),
            (
                Resource::Flash,
                &flash,
                self.flash_together(),
                board.flash_kib,
            ),
        ];
        all.into_iter()
            .filter_map(|(resource, parts, taken, bound)| {
                Excess::of(resource, taken, bound.into(), parts)
            })
            .collect()
    }
}

impl Excess {
    /// If more is taken than there is; 0 is no bound.
    #[must_use]
    pub fn of(resource: Resource, taken: u64, bound: u64, parts: &[(&str, u64)]) -> Option<Self> {
        (bound > 0 && taken > bound).then(|| Self {
            resource,
            taken,
            bound,
            largest: largest(parts),
        })
    }
}

/// The sum of some parts, in KiB.
#[must_use]
pub fn total(parts: &[(&str, u64)]) -> u64 {
    parts.iter().map(|(_, kib)| kib).sum()
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
    if tenths.is_multiple_of(10) {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// The five largest of some parts, with what they take.
#[must_use]
pub fn largest(parts: &[(&str, u64)]) -> String {
    let mut sorted: Vec<_> = parts.iter().filter(|(_, kib)| *kib > 0).collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let shown: Vec<_> = sorted
        .iter()
        .take(5)
        .map(|(name, size)| format!("{name} {}", kib(*size)))
        .collect();
    shown.join(", ")
}
