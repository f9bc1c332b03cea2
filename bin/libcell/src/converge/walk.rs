//! From the prefix to a file, one component at a time.

use alloc::vec::Vec;

use super::enter;
use crate::platform::{Errno, FileKind, Open, Platform, Removal};

/// A name in an open directory.
#[derive(Debug)]
pub(super) struct Place<'p, P: Platform> {
    pub platform: &'p P,
    /// The directory it is in.
    pub parent: P::Fd,
    name: Vec<u8>,
}

/// Ends the name of a file that is to get another's name.
const BESIDE: &[u8] = b".new";

impl<'p, P: Platform> Place<'p, P> {
    /// The last component of these parts of a path one after the other, in the directory before it.
    pub fn walk(platform: &'p P, prefix: &str, parts: &[&str]) -> Result<Self, Errno> {
        let start = if prefix.is_empty() { "/" } else { prefix };
        let mut parent = platform.open(start, Open::Directory, 0)?;
        let mut components = parts
            .iter()
            .flat_map(|part| part.as_bytes().split(|byte| *byte == b'/'))
            .filter(|name| !name.is_empty());
        let mut name = components.next().ok_or(Errno::EINVAL)?;
        for next in components {
            parent = enter(platform, &parent, name)?;
            name = next;
        }
        Ok(Self {
            platform,
            parent,
            name: name.into(),
        })
    }

    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The name of what is made before it takes the place of this.
    pub fn beside(&self) -> Vec<u8> {
        [b".", self.name.as_slice(), BESIDE].concat()
    }

    /// Removes what an earlier try left.
    pub fn remove_beside(&self, name: &[u8]) -> Result<(), Errno> {
        match self.platform.remove_at(&self.parent, name, Removal::File) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    pub fn open_directory(&self) -> Result<P::Fd, Errno> {
        enter(self.platform, &self.parent, &self.name)
    }

    /// Opens it if it is a file.
    pub fn open(&self, how: Open) -> Result<P::Fd, Errno> {
        let file = child(self.platform, &self.parent, &self.name, how)?;
        match self.platform.metadata_of(&file)?.kind {
            FileKind::File => Ok(file),
            FileKind::Directory => Err(Errno::EISDIR),
            FileKind::Link | FileKind::Device | FileKind::Socket | FileKind::Other => {
                Err(Errno::EEXIST)
            }
        }
    }
}

/// Opens a name in a directory. A link is ELOOP, whatever the system says of one.
pub(super) fn child<P: Platform>(
    platform: &P,
    parent: &P::Fd,
    name: &[u8],
    how: Open,
) -> Result<P::Fd, Errno> {
    platform.open_at(parent, name, how, 0).map_err(|errno| {
        match platform.metadata_at(parent, name) {
            Ok(of) if of.kind == FileKind::Link => Errno::ELOOP,
            Ok(_) | Err(_) => errno,
        }
    })
}
