//! What a supervisor runs after a change: the new definitions, but the old ones of cells that are not at rest.

use alloc::vec::Vec;

use cell_abi::CellName;

use super::{Conflict, Draft, assemble, digest};
use crate::image::{Cell, Image};

/// Whether a cell that runs as `working` has it is as `desired` has it, as far as it is told of changes while it runs.
#[must_use]
pub fn adopts(working: &Image<'_>, desired: &Image<'_>, cell: &Cell<'_>) -> bool {
    let found = desired.cells.iter().find(|other| other.name == cell.name);
    found.is_some_and(|other| digest(working, cell) == digest(desired, other))
}

/// The image to run: that of `desired`, with the cells that `is_held` as `working` has them. One that is held and not
/// desired any more stays and is not started at boot.
///
/// # Errors
/// A definition that is held does not go with the new ones, for instance over a port.
pub fn adopt<'a>(
    desired: &Image<'a>,
    working: &Image<'a>,
    is_held: &dyn Fn(CellName<'_>) -> bool,
) -> Result<Image<'a>, Conflict<'a>> {
    let mut volumes = desired.volumes.clone();
    for volume in &working.volumes {
        if !volumes.iter().any(|other| other.name == volume.name) {
            volumes.push(volume.clone());
        }
    }
    let mut drafts: Vec<Draft<'a>> = Vec::with_capacity(desired.cells.len());
    for cell in &desired.cells {
        let held = working.cells.iter().find(|other| other.name == cell.name);
        drafts.push(match held.filter(|held| is_held(held.name)) {
            None => Draft::of(desired, cell),
            Some(held) => {
                let mut draft = Draft::of(working, held);
                draft.cell.description = cell.description;
                draft.cell.autostart = cell.autostart;
                draft.cell.critical = cell.critical;
                draft
            }
        });
    }
    for cell in &working.cells {
        let desired = drafts.iter().any(|draft| draft.cell.name == cell.name);
        if !desired && is_held(cell.name) {
            let mut draft = Draft::of(working, cell);
            draft.cell.autostart = false;
            drafts.push(draft);
        }
    }
    // what is not there any more is not waited for
    let names: Vec<_> = drafts.iter().map(|draft| draft.cell.name).collect();
    for draft in &mut drafts {
        draft.depends.retain(|name| names.contains(name));
    }
    let image = assemble(desired.board.clone(), volumes, drafts)?;
    Ok(only_used(image, desired))
}

/// Without the volumes that are neither desired nor mounted. They are at the end.
fn only_used<'a>(mut image: Image<'a>, desired: &Image<'a>) -> Image<'a> {
    let is_used = |image: &Image<'_>, index: usize| {
        let mounts = image.cells.iter().flat_map(|cell| &cell.mounts);
        let mut sources = mounts.map(|mount| &mount.source);
        sources.any(|source| match source {
            crate::image::MountSource::Volume(at) => usize::from(*at) == index,
            crate::image::MountSource::Tmpfs { .. } => false,
        })
    };
    while image.volumes.len() > desired.volumes.len() && !is_used(&image, image.volumes.len() - 1) {
        image.volumes.pop();
    }
    image
}
