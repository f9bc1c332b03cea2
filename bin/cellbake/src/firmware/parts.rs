//! What takes how much of a flash, and whether it fits.

use std::collections::BTreeMap;
use std::path::Path;

use super::layout::{Layout, What};
use super::stage::Staged;
use super::{BOX, Whole, etc};
use crate::device::{Device, KernelPlace};
use crate::disk;
use crate::failure::Failure;
use crate::page::Area;
use crate::size;

/// A kernel that is not in the root file system.
const APART: &str = "kernel, apart";

/// A part of a root file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// `kernel`, `system`, `toolkit`, `cell NAME`, `images`, `file system`.
    pub name: String,
    /// Bytes; a file that several have is the first one's.
    pub bytes: u64,
    /// Its five largest files.
    pub largest: String,
}

/// The toolkit's own files.
fn is_toolkit(path: &str) -> bool {
    path.strip_prefix("/sbin/")
        .is_some_and(|name| name == BOX || super::PROGRAMS.contains(&name))
        || path == etc::MODULE
}

fn part_of(path: &str) -> String {
    if is_toolkit(path) {
        return "toolkit".to_owned();
    }
    if let Some(rest) = path.strip_prefix("/cells/") {
        return format!("cell {}", rest.split('/').next().unwrap_or_default());
    }
    match path {
        "/netbsd" => "kernel".to_owned(),
        "/etc/cells.bin" | "/etc/rescue.bin" | "/etc/cells.pub" => "images".to_owned(),
        _ => "system".to_owned(),
    }
}

/// The parts of a root file system, the largest first.
pub(super) fn parts(
    whole: &Whole<'_>,
    kernel: &Path,
    staged: &Staged,
    root_bytes: u64,
) -> Result<Vec<Part>, Failure> {
    let mut files: BTreeMap<String, Vec<(&str, u64)>> = BTreeMap::new();
    for (path, bytes) in &staged.sizes {
        files.entry(part_of(path)).or_default().push((path, *bytes));
    }
    let mut parts: Vec<Part> = files
        .into_iter()
        .map(|(name, files)| Part {
            name,
            bytes: files.iter().map(|(_, bytes)| bytes).sum(),
            largest: largest(&files),
        })
        .collect();
    let data: u64 = parts.iter().map(|part| part.bytes).sum();
    parts.push(Part {
        name: "file system".to_owned(),
        bytes: root_bytes.saturating_sub(data),
        largest: "inodes, directories, ends of blocks".to_owned(),
    });
    if whole.kernel.place == KernelPlace::Apart {
        parts.push(Part {
            name: APART.to_owned(),
            bytes: super::size_of(kernel)?,
            largest: String::new(),
        });
    }
    parts.sort_by(|a, b| b.bytes.cmp(&a.bytes).then(a.name.cmp(&b.name)));
    Ok(parts)
}

/// The flash as a report shows it: the whole, what is in a slot, and what has a budget of its own.
pub(super) fn areas(whole: &Whole<'_>, parts: &[Part], root_bytes: u64) -> Vec<Area> {
    let (device, storage) = (whole.device, whole.storage);
    let in_root: Vec<(String, u64)> = parts
        .iter()
        .filter(|part| part.name != APART)
        .map(|part| (part.name.clone(), part.bytes.div_ceil(1024)))
        .collect();
    let toolkit = parts.iter().find(|part| part.name == "toolkit");
    let toolkit = toolkit.map_or(0, |part| part.bytes.div_ceil(1024));
    let area = |name: &str, used, bound, contributors| Area {
        name: name.to_owned(),
        used,
        bound,
        contributors,
        unbounded: Vec::new(),
    };
    let root_kib = root_bytes.div_ceil(1024);
    let partitions = disk::places(storage);
    let partitions = partitions
        .iter()
        .map(|place| (place.name.to_owned(), place.kib));
    vec![
        area(
            "Flash",
            disk::least_kib(storage),
            Some(device.flash_kib),
            partitions.collect(),
        ),
        area(
            "Root slot",
            root_kib,
            Some(storage.slot_kib.into()),
            in_root.clone(),
        ),
        area(
            "Root file system, budget",
            root_kib,
            device.system_kib,
            in_root,
        ),
        area("Toolkit", toolkit, device.toolkit_kib, Vec::new()),
    ]
}

/// Whether programs and module are within the board's budget.
pub(super) fn check_toolkit(device: &Device, layout: &Layout) -> Result<(), Failure> {
    let mut seen = Vec::new();
    let mut files = Vec::new();
    for (path, item) in &layout.items {
        if let What::Copy(from) = &item.what
            && is_toolkit(path)
            && !seen.contains(from)
        {
            files.push((path.as_str(), super::size_of(from)?));
            seen.push(from.clone());
        }
    }
    let bytes = files.iter().map(|(_, bytes)| bytes).sum();
    within(
        "flash of the toolkit",
        bytes,
        device.toolkit_kib,
        device,
        &files,
    )
}

/// Whether the root file system is within the board's budget and its slot.
pub(super) fn check(whole: &Whole<'_>, parts: &[Part], root_bytes: u64) -> Result<(), Failure> {
    let named: Vec<_> = parts
        .iter()
        .filter(|part| part.name != APART)
        .map(|part| (part.name.as_str(), part.bytes))
        .collect();
    let device = whole.device;
    within(
        "flash of the root file system",
        root_bytes,
        device.system_kib,
        device,
        &named,
    )?;
    let slot = u64::from(whole.storage.slot_kib);
    within("root slot", root_bytes, Some(slot), device, &named)
}

fn within(
    what: &str,
    bytes: u64,
    bound_kib: Option<u64>,
    device: &Device,
    parts: &[(&str, u64)],
) -> Result<(), Failure> {
    match bound_kib {
        Some(bound) if bytes.div_ceil(1024) > bound => Err(Failure::Other(format!(
            "{}: {what}: {} of {}: the largest: {}",
            device.name,
            size::kib(bytes.div_ceil(1024)),
            size::kib(bound),
            largest(parts)
        ))),
        Some(_) | None => Ok(()),
    }
}

/// The five largest of parts in bytes.
fn largest(parts: &[(&str, u64)]) -> String {
    let kib: Vec<_> = parts
        .iter()
        .map(|(name, bytes)| (*name, bytes.div_ceil(1024)))
        .collect();
    size::largest(&kib)
}
