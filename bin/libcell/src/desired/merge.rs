//! An image and what was changed of it, as an image.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use cell_abi::{CellName, Limits, Profile, Reservations};

use super::tighten::{self, Loosening};
use super::{Base, CellEntry, Draft, Overrides, VolumeChange, VolumeEntry, assemble};
use crate::device::STANDARD_DEVICES;
use crate::image::{
    Allow, Cell, DeviceNode, Image, MountSource, Readiness, Restart, RestartPolicy, Rule, Volume,
};
use crate::state;

/// What is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged<'a> {
    /// As an image.
    pub image: Image<'a>,
    /// Changes that have nothing to change any more: the image that came later has no such cell or volume.
    pub idle: Vec<CellName<'a>>,
}

/// Why the two do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict<'a> {
    /// Which cell or volume, if it is about one.
    pub object: Option<&'a str>,
    /// Why.
    pub why: Why<'a>,
}

/// Why a change does not go with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why<'a> {
    /// It depends on a cell that there is not.
    NoCell(CellName<'a>),
    /// It mounts a volume that there is not.
    NoVolume(CellName<'a>),
    /// Dependencies in a circle.
    Circle,
    /// It breaks a rule.
    Rule(Rule),
    /// The board is sealed, and this is more than the image permits.
    Loose(Loosening),
    /// A volume of a name that is not for volumes.
    Reserved,
}

impl<'a> Conflict<'a> {
    pub(super) const fn of(name: CellName<'a>, why: Why<'a>) -> Self {
        Self {
            object: Some(name.as_str()),
            why,
        }
    }
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCell(name) => {
                f.write_str("depends on a cell that there is not: ")?;
                f.write_str(name.as_str())
            }
            Self::NoVolume(name) => {
                f.write_str("mounts a volume that there is not: ")?;
                f.write_str(name.as_str())
            }
            Self::Circle => f.write_str("dependencies go in a circle"),
            Self::Rule(rule) => f.write_str(rule.text()),
            Self::Loose(loosening) => {
                f.write_str("the board is sealed: ")?;
                f.write_str(loosening.text())
            }
            Self::Reserved => f.write_str("not a volume's name or place"),
        }
    }
}

/// The image with the changes made. On a sealed board they only take away.
///
/// # Errors
/// The first change that cannot be made.
pub fn merge<'a>(image: &Image<'a>, overrides: Overrides<'a>) -> Result<Merged<'a>, Conflict<'a>> {
    let mut idle = Vec::new();
    let mut volumes = image.volumes.clone();
    for entry in overrides.volumes {
        change_volume(&mut volumes, &entry, &mut idle)?;
    }
    let mut drafts: Vec<_> = image
        .cells
        .iter()
        .map(|cell| Draft::of(image, cell))
        .collect();
    for entry in overrides.cells {
        let name = entry.name;
        match change_cell(image, entry) {
            None => idle.push(name),
            Some(changed) => {
                let at = drafts.iter().position(|draft| draft.cell.name == name);
                match (at, changed) {
                    (Some(at), Changed::Gone) => drop(drafts.remove(at)),
                    (Some(at), Changed::To(draft)) => {
                        if let Some(place) = drafts.get_mut(at) {
                            *place = *draft;
                        }
                    }
                    (None, Changed::To(draft)) => drafts.push(*draft),
                    (None, Changed::Gone) => {}
                }
            }
        }
    }
    let merged = assemble(image.board.clone(), volumes, drafts)?;
    if image.board.sealed
        && let Some((name, loosening)) = tighten::loosens(image, &merged)
    {
        return Err(Conflict::of(name, Why::Loose(loosening)));
    }
    Ok(Merged {
        image: merged,
        idle,
    })
}

/// What becomes of a cell.
enum Changed<'a> {
    Gone,
    To(Box<Draft<'a>>),
}

/// `None` if what it is a change to is not there.
fn change_cell<'a>(image: &Image<'a>, entry: CellEntry<'a>) -> Option<Changed<'a>> {
    let find = |name| image.cells.iter().find(|cell| cell.name == name);
    let mut draft = match entry.base {
        Base::Removed => return find(entry.name).map(|_| Changed::Gone),
        Base::Image => Draft::of(image, find(entry.name)?),
        Base::Like(like) => {
            let mut draft = Draft::of(image, find(like)?);
            draft.cell.reservations = Reservations::new();
            draft.cell.name = entry.name;
            draft.cell.log.tag = entry.name.as_str();
            draft
        }
        Base::Root(of) => Draft {
            cell: bare(entry.name, find(of)?),
            depends: Vec::new(),
            volumes: Vec::new(),
        },
    };
    for setting in entry.settings {
        setting.apply(&mut draft);
    }
    Some(Changed::To(Box::new(draft)))
}

/// A cell of its own in the root of another.
fn bare<'a>(name: CellName<'a>, of: &Cell<'a>) -> Cell<'a> {
    let is_standard = |device: &&DeviceNode<'_>| {
        let mut standard = STANDARD_DEVICES.iter();
        standard.any(|standard| standard.path == device.path)
    };
    let mut cell = of.clone();
    cell.name = name;
    cell.description = "";
    cell.critical = false;
    cell.profile = Profile::High;
    cell.may = Profile::High.policy();
    cell.reservations = Reservations::new();
    cell.devices = of.devices.iter().filter(is_standard).cloned().collect();
    cell.limits = Limits::default();
    cell.caps.clear();
    cell.command.clear();
    cell.directory = "/";
    cell.groups.clear();
    cell.restart = Restart {
        policy: RestartPolicy::Always,
        max_failures: 0,
        stable_ms: 30_000,
    };
    cell.readiness = Readiness::Started;
    cell.health = None;
    cell.log.tag = name.as_str();
    cell.mounts
        .retain(|mount| matches!(mount.source, MountSource::Tmpfs { .. }));
    cell.plan.clear();
    cell
}

fn change_volume<'a>(
    volumes: &mut Vec<Volume<'a>>,
    entry: &VolumeEntry<'a>,
    idle: &mut Vec<CellName<'a>>,
) -> Result<(), Conflict<'a>> {
    let at = volumes.iter().position(|volume| volume.name == entry.name);
    match (entry.change, at) {
        (VolumeChange::Mode(mode), Some(at)) => {
            if let Some(volume) = volumes.get_mut(at) {
                volume.mode = mode;
            }
        }
        (VolumeChange::Removed, Some(at)) => drop(volumes.remove(at)),
        (
            VolumeChange::Made {
                path,
                mode,
                uid,
                gid,
            },
            None,
        ) => {
            let name = path
                .strip_prefix(state::VOLUMES)
                .and_then(|rest| rest.strip_prefix('/'));
            if name != Some(entry.name.as_str()) || state::is_reserved(entry.name.as_str()) {
                return Err(Conflict::of(entry.name, Why::Reserved));
            }
            volumes.push(Volume {
                name: entry.name,
                path,
                mode,
                uid,
                gid,
                budget_kib: 0,
                allow: Allow::default(),
            });
        }
        // a later image has it
        (VolumeChange::Made { .. }, Some(_)) => idle.push(entry.name),
        (VolumeChange::Mode(_) | VolumeChange::Removed, None) => idle.push(entry.name),
    }
    Ok(())
}
