//! How much memory cellinit holds, by its own count. All of it is taken at start.

use libcell::image::{Cell, Image, Volume};

/// Bytes as they are told.
pub(crate) fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// An image: its bytes, which the model borrows from, and the model's lists.
pub(crate) fn of_image(image: &Image<'_>, bytes: usize) -> u32 {
    let cells: usize = image.cells.iter().map(of_cell).sum();
    let lists = image.cells.capacity() * size_of::<Cell<'_>>()
        + image.volumes.capacity() * size_of::<Volume<'_>>();
    count(bytes + lists + cells)
}

fn of_cell(cell: &Cell<'_>) -> usize {
    let health = cell.health.as_ref();
    list(&cell.devices)
        + list(&cell.caps)
        + list(&cell.command)
        + list(&cell.environment)
        + list(&cell.groups)
        + list(&cell.depends)
        + list(&cell.mounts)
        + list(&cell.plan)
        + health.map_or(0, |health| list(&health.command))
}

fn list<T>(list: &alloc::vec::Vec<T>) -> usize {
    list.capacity() * size_of::<T>()
}
