//! Entries of an archive become files in a directory that is nobody else's.
//!
//! Everything is made by its name below that directory. That what is above it are directories and no links is known of
//! archives of ours from their order, and looked at for others.

use alloc::{string::String, vec::Vec};

use embedded_io::Read;

use crate::archive::{ArchiveFlaw, Entry, Kind, Origin, Reader, is_within, parent};
use crate::platform::{DeviceNumber, Dress, Errno, FileKind, Node, Open, Platform};
use crate::problem::Why;

/// Of everything until it is whole.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A directory being filled.
pub(super) struct Unpack<'p, P: Platform> {
    platform: &'p P,
    top: P::Fd,
    origin: Origin,
    /// Directories that are still being filled, outermost first, and what they get afterwards.
    open: Vec<(String, Dress)>,
    /// A directory that was found to be one.
    known: String,
}

impl<'p, P: Platform> Unpack<'p, P> {
    /// Into the directory `top`.
    pub(super) const fn new(platform: &'p P, top: P::Fd, origin: Origin) -> Self {
        Self {
            platform,
            top,
            origin,
            open: Vec::new(),
            known: String::new(),
        }
    }

    /// Makes all that an archive has. `name` is what was at work when it failed, empty for the archive itself.
    pub(super) fn all<R: Read<Error = Errno>>(
        &mut self,
        reader: &mut Reader<R>,
        name: &mut String,
    ) -> Result<(), Why> {
        loop {
            name.clear();
            if !reader.advance()? {
                break;
            }
            let entry = reader.entry();
            name.push_str(&entry.name);
            self.leave(Some(name))?;
            self.look(parent(&entry.name), Missing::Make)?;
            self.make(reader)?;
        }
        self.leave(None).map_err(Why::System)
    }

    /// Finishes the directories of an archive whose order says nothing: reads it once more.
    pub(super) fn directories<R: Read<Error = Errno>>(
        &self,
        reader: &mut Reader<R>,
    ) -> Result<(), Why> {
        while reader.advance()? {
            let entry = reader.entry();
            if entry.kind == Kind::Directory {
                self.finish(&entry.name, &dress(entry))?;
            }
        }
        Ok(())
    }

    fn finish(&self, directory: &str, dress: &Dress) -> Result<(), Errno> {
        let path = if directory.is_empty() { "." } else { directory };
        self.platform.dress_at(&self.top, path.as_bytes(), dress)
    }

    /// Finishes the directories that are open and not around this name.
    fn leave(&mut self, name: Option<&str>) -> Result<(), Errno> {
        while let Some((directory, dress)) = self.open.last() {
            if name.is_some_and(|name| is_within(name, directory)) {
                break;
            }
            self.finish(directory, dress)?;
            self.open.pop();
        }
        Ok(())
    }

    /// That a name and all above it are directories and no links.
    fn look(&mut self, directory: &str, missing: Missing) -> Result<(), Why> {
        if missing == Missing::Make && self.origin == Origin::Picocell || directory == self.known {
            return Ok(());
        }
        let ends = directory.bytes().enumerate();
        let slashes = ends.filter_map(|(at, byte)| (byte == b'/').then_some(at));
        for end in slashes.chain([directory.len()]).filter(|end| *end != 0) {
            let path = directory.get(..end).unwrap_or_default().as_bytes();
            match self.platform.metadata_at(&self.top, path) {
                Ok(of) if of.kind == FileKind::Directory => {}
                Err(Errno::ENOENT) if missing == Missing::Make => {
                    self.platform.make_directory_at(&self.top, path, 0o755)?;
                }
                Ok(_) | Err(Errno::ENOENT) => return Err(ArchiveFlaw::Orphan.into()),
                Err(errno) => return Err(errno.into()),
            }
        }
        self.known.clear();
        self.known.push_str(directory);
        Ok(())
    }

    /// Makes one.
    fn make<R: Read<Error = Errno>>(&mut self, reader: &mut Reader<R>) -> Result<(), Why> {
        let entry = reader.entry();
        let (top, name) = (&self.top, entry.name.as_bytes());
        let made = match entry.kind {
            Kind::File => return self.file(reader).map_err(twice),
            Kind::HardLink => {
                let to = entry.link.clone();
                self.look(parent(&to), Missing::Refuse)?;
                let entry = reader.entry();
                match self.platform.metadata_at(&self.top, to.as_bytes()) {
                    Ok(of) if of.kind == FileKind::File => {}
                    Ok(_) | Err(Errno::ENOENT) => return Err(ArchiveFlaw::Link.into()),
                    Err(errno) => return Err(errno.into()),
                }
                let name = entry.name.as_bytes();
                let linked = self.platform.link_at(&self.top, to.as_bytes(), name);
                return linked.map_err(|errno| twice(errno.into()));
            }
            Kind::SymbolicLink => self.platform.symlink_at(&entry.link, top, name),
            Kind::Directory if name.is_empty() => Ok(()),
            Kind::Directory => {
                let made = self.platform.make_directory_at(top, name, DIRECTORY_MODE);
                match (made, self.origin) {
                    // made on the way to what came before, or said twice
                    (Err(Errno::EEXIST), Origin::Foreign) => {
                        let of = self.platform.metadata_at(top, name)?;
                        if of.kind == FileKind::Directory {
                            Ok(())
                        } else {
                            Err(Errno::EEXIST)
                        }
                    }
                    (made, _) => made,
                }
            }
            Kind::Fifo => self.platform.make_node_at(top, name, Node::Fifo),
            Kind::Device(kind, major, minor) => {
                let number = DeviceNumber { kind, major, minor };
                self.platform.make_node_at(top, name, Node::Device(number))
            }
        };
        made.map_err(|errno| twice(errno.into()))?;
        let dress = dress(entry);
        match (entry.kind, self.origin) {
            (Kind::Directory, Origin::Picocell) => {
                self.open.push((entry.name.clone(), dress));
                Ok(())
            }
            // others may come back to a directory at any time
            (Kind::Directory, Origin::Foreign) => Ok(()),
            _ => Ok(self.platform.dress_at(top, name, &dress)?),
        }
    }

    fn file<R: Read<Error = Errno>>(&mut self, reader: &mut Reader<R>) -> Result<(), Why> {
        let entry = reader.entry();
        let (name, size, is_sparse) = (entry.name.clone(), entry.size, entry.extents.is_some());
        let dress = dress(entry);
        let file = self
            .platform
            .open_at(&self.top, name.as_bytes(), Open::CreateNew, FILE_MODE)?;
        loop {
            let (mut offset, mut chunk) = reader.data()?;
            if chunk.is_empty() {
                break;
            }
            while !chunk.is_empty() {
                let count = self.platform.write_at(&file, chunk, offset)?;
                offset += count as u64;
                chunk = chunk.get(count.max(1)..).unwrap_or_default();
            }
        }
        if is_sparse {
            self.platform.set_size(&file, size)?;
        }
        drop(file);
        Ok(self.platform.dress_at(&self.top, name.as_bytes(), &dress)?)
    }
}

/// What becomes of a directory that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Make,
    Refuse,
}

fn dress(entry: &Entry) -> Dress {
    Dress {
        uid: entry.uid,
        gid: entry.gid,
        mode: (entry.kind != Kind::SymbolicLink).then_some(entry.mode),
        modified: entry.modified,
    }
}

/// What is there already was in the archive before.
fn twice(why: Why) -> Why {
    match why {
        Why::System(Errno::EEXIST) => ArchiveFlaw::Twice.into(),
        why => why,
    }
}
