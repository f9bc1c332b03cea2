//! What was changed on the device.

use alloc::vec::Vec;

use cell_abi::CellName;
use serde::{Deserialize, Serialize};

use super::Setting;

/// Changes to an image. Everything is by name: another image may come under it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides<'a> {
    /// Cells, each name once.
    #[serde(borrow)]
    pub cells: Vec<CellEntry<'a>>,
    /// Volumes, each name once.
    #[serde(borrow)]
    pub volumes: Vec<VolumeEntry<'a>>,
}

/// What was changed of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellEntry<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: CellName<'a>,
    /// What the settings are changes to.
    #[serde(borrow)]
    pub base: Base<'a>,
    /// Each kind once, in the order they are applied.
    #[serde(borrow)]
    pub settings: Vec<Setting<'a>>,
}

/// What a changed cell began as. New ones are appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Base<'a> {
    /// The image's cell of that name.
    Image,
    /// It was removed.
    Removed,
    /// Made on the device: a copy of that cell of the image, without its ports.
    #[serde(borrow)]
    Like(CellName<'a>),
    /// Made on the device: nothing but the root of that cell of the image.
    Root(CellName<'a>),
}

/// What was changed of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeEntry<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: CellName<'a>,
    /// What.
    #[serde(borrow)]
    pub change: VolumeChange<'a>,
}

/// What was changed of a volume. New ones are appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VolumeChange<'a> {
    /// The mode of a volume of the image.
    Mode(u32),
    /// Made on the device, with this mode and owner.
    Made {
        /// Its directory: its name below [`VOLUMES`](crate::state::VOLUMES).
        path: &'a str,
        /// Mode of its directory.
        mode: u32,
        /// Its owner.
        uid: u32,
        /// Its group.
        gid: u32,
    },
    /// It was removed.
    Removed,
}

impl<'a> Overrides<'a> {
    /// Whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty() && self.volumes.is_empty()
    }

    /// The change of a cell.
    #[must_use]
    pub fn cell(&self, name: CellName<'_>) -> Option<&CellEntry<'a>> {
        self.cells.iter().find(|entry| entry.name == name)
    }

    /// Puts the change of a cell in the place of one that there is.
    pub fn put_cell(&mut self, entry: CellEntry<'a>) {
        self.cells.retain(|other| other.name != entry.name);
        // nothing is left of it
        if entry.base != Base::Image || !entry.settings.is_empty() {
            self.cells.push(entry);
        }
    }

    /// Puts the change of a volume in the place of one that there is.
    pub fn put_volume(&mut self, entry: VolumeEntry<'a>) {
        self.volumes.retain(|other| other.name != entry.name);
        self.volumes.push(entry);
    }
}

impl<'a> CellEntry<'a> {
    /// Puts a setting in the place of one of its kind. Later kinds are applied after earlier ones.
    pub fn set(&mut self, setting: Setting<'a>) {
        self.settings
            .retain(|other| other.order() != setting.order());
        let after = |other: &Setting<'_>| other.order() > setting.order();
        let at = self.settings.iter().position(after);
        self.settings
            .insert(at.unwrap_or(self.settings.len()), setting);
    }
}
