//! Whether what is to run permits at most what the image does.

use cell_abi::{CellName, Limits, OpSet, Profile, Reservation};

use super::Draft;
use super::draft::digest_of;

use crate::image::{Cell, DeviceNode, Image, MountEntry, MountSource};

/// In what something is more than the image permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loosening {
    /// A cell that the image does not have.
    NewCell,
    /// A volume that the image does not have.
    NewVolume,
    /// Started at boot, and not so in the image.
    Autostart,
    /// An operation.
    Operations,
    /// A port.
    Ports,
    /// A device.
    Devices,
    /// A limit that is larger or gone.
    Limits,
    /// A mount, or one that can be written or executed from.
    Mounts,
    /// Something else is not as in the image, and not less of it either.
    Other,
}

impl Loosening {
    /// In words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NewCell => "no cell can be added",
            Self::NewVolume => "no volume can be added or changed",
            Self::Autostart => "it can be kept from starting, not made to",
            Self::Operations => "operations can only be taken away",
            Self::Ports => "ports can only be taken away",
            Self::Devices => "devices can only be taken away",
            Self::Limits => "limits can only be lowered",
            Self::Mounts => "mounts can only be taken away or made read-only",
            Self::Other => "only limits, operations, ports, devices and mounts can be reduced",
        }
    }
}

/// The first thing in which `merged` is more than `image`.
#[must_use]
pub fn loosens<'a>(image: &Image<'a>, merged: &Image<'a>) -> Option<(CellName<'a>, Loosening)> {
    for volume in &merged.volumes {
        if !image.volumes.contains(volume) {
            return Some((volume.name, Loosening::NewVolume));
        }
    }
    merged.cells.iter().find_map(|cell| {
        let found = image.cells.iter().find(|other| other.name == cell.name);
        let loosening = match found {
            None => Some(Loosening::NewCell),
            Some(before) => of_cell((image, before), (merged, cell)),
        };
        loosening.map(|loosening| (cell.name, loosening))
    })
}

/// A cell and the image that it is in.
type In<'i, 'a> = (&'i Image<'a>, &'i Cell<'a>);

fn of_cell(before: In<'_, '_>, after: In<'_, '_>) -> Option<Loosening> {
    let ((image, was), (merged, is)) = (before, after);
    let all = [
        (!is.autostart || was.autostart, Loosening::Autostart),
        (is.may.is_subset(was.may), Loosening::Operations),
        (
            is.reservations
                .iter()
                .all(|port| covered(port, &was.reservations)),
            Loosening::Ports,
        ),
        (
            is.devices.iter().all(|one| permitted(one, &was.devices)),
            Loosening::Devices,
        ),
        (within(&is.limits, &was.limits), Loosening::Limits),
        (
            is.mounts
                .iter()
                .all(|mount| mounted((merged, mount), (image, &was.mounts))),
            Loosening::Mounts,
        ),
        (same_otherwise(before, after), Loosening::Other),
    ];
    all.into_iter()
        .find(|(holds, _)| !holds)
        .map(|(_, loosening)| loosening)
}

/// Whether one reservation of the image has all of it.
fn covered(port: &Reservation, by: &[Reservation]) -> bool {
    by.iter().any(|other| {
        let protocols =
            other.protocols() == port.protocols() || other.protocols() == cell_abi::Protocols::Both;
        protocols && other.first() <= port.first() && port.last() <= other.last()
    })
}

fn permitted(device: &DeviceNode<'_>, by: &[DeviceNode<'_>]) -> bool {
    by.iter().any(|other| {
        other.path == device.path
            && other.any_minor == device.any_minor
            && other.access.permits(device.access)
    })
}

fn within(is: &Limits, was: &Limits) -> bool {
    at_most(is.processes, was.processes)
        && at_most(is.nofile, was.nofile)
        && at_most(is.address_space_kib, was.address_space_kib)
        && at_most(is.core_kib, was.core_kib)
}

/// Nothing is unlimited.
fn at_most<T: PartialOrd>(is: Option<T>, was: Option<T>) -> bool {
    match (is, was) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(is), Some(was)) => is <= was,
    }
}

fn mounted(mount: (&Image<'_>, &MountEntry<'_>), by: (&Image<'_>, &[MountEntry<'_>])) -> bool {
    let ((merged, mount), (image, others)) = (mount, by);
    others.iter().any(|other| {
        let source = match (&mount.source, &other.source) {
            (MountSource::Volume(is), MountSource::Volume(was)) => {
                let is = merged.volumes.get(usize::from(*is));
                let was = image.volumes.get(usize::from(*was));
                is.map(|volume| volume.name) == was.map(|volume| volume.name)
            }
            (tmpfs @ MountSource::Tmpfs { .. }, other) => tmpfs == other,
            (MountSource::Volume(_), MountSource::Tmpfs { .. }) => false,
        };
        source
            && other.target == mount.target
            && (mount.read_only || !other.read_only)
            && (mount.no_exec || !other.no_exec)
    })
}

/// Whether all is the same that has no less and more.
fn same_otherwise(before: In<'_, '_>, after: In<'_, '_>) -> bool {
    let ((_, was), (_, is)) = (before, after);
    was.description == is.description && was.critical == is.critical && rest(before) == rest(after)
}

/// What tells apart what has no less and more.
fn rest((image, cell): In<'_, '_>) -> [u8; 8] {
    let mut draft = Draft::of(image, cell);
    let cell = &mut draft.cell;
    cell.profile = Profile::Custom;
    cell.may = OpSet::EMPTY;
    cell.reservations.clear();
    cell.devices.clear();
    cell.limits = Limits::default();
    cell.mounts.clear();
    draft.volumes.clear();
    digest_of(draft)
}
