//! A cell by names: what it depends on and mounts can move under it.

use alloc::vec::Vec;

use cell_abi::CellName;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Conflict, Overrides, Why};
use crate::image::{self, Allow, Board, Cell, Image, MountEntry, MountSource, Place, Volume};
use crate::wire::{Pour, Reader};

/// A cell whose references are names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft<'a> {
    /// The cell, depending on nothing, its volumes all 0.
    #[serde(borrow)]
    pub cell: Cell<'a>,
    /// What must be ready before it, sorted by name.
    #[serde(borrow)]
    pub depends: Vec<CellName<'a>>,
    /// The volume of each mount that is one, in their order.
    #[serde(borrow)]
    pub volumes: Vec<CellName<'a>>,
}

impl<'a> Draft<'a> {
    /// A cell of an image.
    #[inline(never)]
    #[must_use]
    pub fn of(image: &Image<'a>, cell: &Cell<'a>) -> Self {
        let name_of = |index: &u8| Some(image.cells.get(usize::from(*index))?.name);
        let mut depends: Vec<_> = cell.depends.iter().filter_map(name_of).collect();
        sort(&mut depends);
        let volume = |mount: &MountEntry<'a>| match mount.source {
            MountSource::Volume(index) => Some(image.volumes.get(usize::from(index))?.name),
            MountSource::Tmpfs { .. } => None,
        };
        let volumes = cell.mounts.iter().filter_map(volume).collect();
        let mut cell = cell.clone();
        cell.depends.clear();
        for mount in &mut cell.mounts {
            if let MountSource::Volume(index) = &mut mount.source {
                *index = 0;
            }
        }
        Self {
            cell,
            depends,
            volumes,
        }
    }
}

impl<'a> Draft<'a> {
    /// An image of this cell alone, what it depends on before it and its volumes having nothing but their names: to look at,
    /// not to run.
    #[must_use]
    pub fn alone(self, board: Board<'a>) -> Image<'a> {
        let volumes = self.volumes.iter().map(|name| Volume {
            name: *name,
            path: "",
            mode: 0,
            uid: 0,
            gid: 0,
            budget_kib: 0,
            allow: Allow::default(),
        });
        let mut image = Image {
            board,
            volumes: volumes.collect(),
            cells: Vec::new(),
        };
        for name in &self.depends {
            let mut cell = self.cell.clone();
            cell.name = *name;
            image.cells.push(cell);
        }
        if let Ok(cell) = resolve(&image, self) {
            image.cells.push(cell);
        }
        image
    }
}

/// Sorts a few names. The library's sorts are kilobytes.
fn sort(names: &mut [CellName<'_>]) {
    for end in 1..names.len() {
        for at in (1..=end).rev() {
            let ordered = match (names.get(at - 1), names.get(at)) {
                (Some(before), Some(after)) => before.as_str() <= after.as_str(),
                (None, _) | (_, None) => true,
            };
            if !ordered {
                names.swap(at - 1, at);
            }
        }
    }
}

/// An image of these volumes and cells, dependencies before dependents and otherwise in the order given.
///
/// # Errors
/// Something is missing, goes in a circle or breaks a rule.
pub fn assemble<'a>(
    board: Board<'a>,
    volumes: Vec<Volume<'a>>,
    drafts: Vec<Draft<'a>>,
) -> Result<Image<'a>, Conflict<'a>> {
    let mut image = Image {
        board,
        volumes,
        cells: Vec::with_capacity(drafts.len()),
    };
    for draft in &drafts {
        for depends in &draft.depends {
            if !drafts.iter().any(|other| other.cell.name == *depends) {
                return Err(Conflict::of(draft.cell.name, Why::NoCell(*depends)));
            }
        }
    }
    let mut waiting = drafts;
    while !waiting.is_empty() {
        let is_placed = |name: &CellName<'_>| place(&image, *name).is_some();
        let ready = |draft: &Draft<'_>| draft.depends.iter().all(is_placed);
        let Some(at) = waiting.iter().position(ready) else {
            let name = waiting.first().map(|draft| draft.cell.name);
            return Err(Conflict {
                object: name.map(|name| name.as_str()),
                why: Why::Circle,
            });
        };
        let draft = waiting.remove(at);
        let cell = resolve(&image, draft)?;
        image.cells.push(cell);
    }
    image::check(&image).map_err(|flaw| Conflict {
        object: match flaw.place {
            Place::Board => None,
            Place::Cell(index) => named(&image.cells, index, |cell| cell.name),
            Place::Volume(index) => named(&image.volumes, index, |volume| volume.name),
        },
        why: Why::Rule(flaw.rule),
    })?;
    Ok(image)
}

fn named<'a, T>(list: &[T], index: u8, name: fn(&T) -> CellName<'a>) -> Option<&'a str> {
    let found = list.get(usize::from(index))?;
    Some(name(found).as_str())
}

/// The index of a cell.
fn place(image: &Image<'_>, name: CellName<'_>) -> Option<u8> {
    let found = image.cells.iter().position(|cell| cell.name == name)?;
    u8::try_from(found).ok()
}

fn resolve<'a>(image: &Image<'a>, draft: Draft<'a>) -> Result<Cell<'a>, Conflict<'a>> {
    let Draft {
        mut cell,
        depends,
        volumes,
    } = draft;
    cell.depends = depends
        .iter()
        .filter_map(|name| place(image, *name))
        .collect();
    let mut names = volumes.into_iter();
    for mount in &mut cell.mounts {
        if let MountSource::Volume(index) = &mut mount.source {
            let name = names
                .next()
                .ok_or(Conflict::of(cell.name, Why::NoVolume(cell.name)))?;
            let at = image.volumes.iter().position(|volume| volume.name == name);
            *index = at
                .and_then(|at| u8::try_from(at).ok())
                .ok_or(Conflict::of(cell.name, Why::NoVolume(name)))?;
        }
    }
    Ok(cell)
}

/// Writes an image, without what is around it in a file, bit by bit.
pub fn pour(image: &Image<'_>, each: &mut dyn FnMut(&[u8])) {
    Pour(each).image(image);
}

/// Writes changes, as the body of a slot has them, bit by bit.
pub fn pour_changes(changes: &Overrides<'_>, each: &mut dyn FnMut(&[u8])) {
    Pour(each).overrides(changes);
}

/// Reads what [`pour`] wrote; nothing if it is not that.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Image<'_>> {
    let mut reader = Reader::new(bytes);
    let image = reader.image();
    reader.end(image)
}

/// Reads a definition; nothing if it is not one.
#[must_use]
pub fn read_definition(bytes: &[u8]) -> Option<Draft<'_>> {
    let mut reader = Reader::new(bytes);
    let draft = reader.draft();
    reader.end(draft)
}

/// A cell's definition as bytes: its [`Draft`] in postcard, bit by bit.
pub fn definition(image: &Image<'_>, cell: &Cell<'_>, each: &mut dyn FnMut(&[u8])) {
    Pour(each).draft(&Draft::of(image, cell));
}

/// What tells two definitions apart: the first bytes of the SHA-256 of the definition. What a cell that runs is told of
/// at once has no part in it: its description, whether it starts at boot, whether it is critical.
#[must_use]
pub fn digest(image: &Image<'_>, cell: &Cell<'_>) -> [u8; 8] {
    digest_of(Draft::of(image, cell))
}

#[inline(never)]
pub(super) fn digest_of(mut draft: Draft<'_>) -> [u8; 8] {
    draft.cell.description = "";
    draft.cell.autostart = false;
    draft.cell.critical = false;
    let mut hash = Sha256::new();
    Pour(&mut |bytes| hash.update(bytes)).draft(&draft);
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(hash.finalize());
    [a, b, c, d, e, f, g, h]
}
