//! Removing what is in a directory.

use alloc::vec::Vec;

use super::enter;
use crate::platform::{Errno, FileKind, Platform, Removal};

/// So many directories may lie in one another; each takes a descriptor while it is emptied.
const DEPTH: usize = 128;

/// Removes everything in an open directory, and no more: links are removed, not followed, and what is on another file
/// system is EBUSY or EXDEV of the call that finds it.
///
/// # Errors
/// The first that happened; what could be removed is gone.
pub fn empty<P: Platform>(platform: &P, directory: &P::Fd) -> Result<(), Errno> {
    below(platform, directory, DEPTH)
}

fn below<P: Platform>(platform: &P, directory: &P::Fd, depth: usize) -> Result<(), Errno> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    platform.names(directory, &mut |name| names.push(name.into()))?;
    let mut result = Ok(());
    for name in &names {
        let removed = match platform.metadata_at(directory, name) {
            Ok(of) if of.kind == FileKind::Directory => {
                let depth = depth.checked_sub(1).ok_or(Errno::ENAMETOOLONG)?;
                enter(platform, directory, name)
                    .and_then(|inner| below(platform, &inner, depth))
                    .and_then(|()| platform.remove_at(directory, name, Removal::Directory))
            }
            Ok(_) => platform.remove_at(directory, name, Removal::File),
            Err(Errno::ENOENT) => Ok(()),
            Err(errno) => Err(errno),
        };
        result = result.and(removed);
    }
    result
}
