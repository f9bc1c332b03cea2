//! Entries of an archive become files in a directory that is nobody else's.
//!
//! Everything is made by its name below that directory. That what is above it are directories and no links is known of
//! archives of ours from their order, and looked at for others.

use alloc::{string::String, vec::Vec};

use embedded_io::Read;

use crate::archive::{Entry, Kind, Origin, Reader, is_within, parent};
use crate::platform::{DeviceNumber, Dress, Errno, FileKind, Node, Open, Platform};
use crate::problem::{Rule, Why};

/// Of everything until it is whole.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A directory being filled.
pub(super) struct Unpack<'p, P: Platform> {
    platform: &'p P,
    top: P::Fd,
    pub(super) origin: Origin,
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

    /// Makes the entry that a reader is at.
    pub(super) fn make<R: Read<Error = Errno>>(
        &mut self,
        reader: &mut Reader<R>,
    ) -> Result<(), Why> {
        let entry = reader.entry();
        self.leave(&entry.name)?;
        if self.origin == Origin::Foreign {
            self.look(parent(&entry.name), Missing::Make)?;
        }
        if entry.kind == Kind::HardLink {
            self.look(parent(&entry.link), Missing::Refuse)?;
            let of = self.platform.metadata_at(&self.top, entry.link.as_bytes());
            if of.map(|of| of.kind) != Ok(FileKind::File) {
                return Err(Rule::Link.into());
            }
        }
        let made = match entry.kind {
            Kind::File => self.file(reader),
            _ => self.other(entry),
        };
        match made {
            // what is there already was in the archive before
            Err(Errno::EEXIST) => Err(Rule::Twice.into()),
            made => made,
        }
    }

    /// Finishes the directories that are open and not around this name; all of them before a name that is in none.
    pub(super) fn leave(&mut self, name: &str) -> Result<(), Errno> {
        while let Some((directory, dress)) = self
            .open
            .pop_if(|(directory, _)| !is_within(name, directory))
        {
            self.dress(&directory, &dress)?;
        }
        Ok(())
    }

    /// Finishes what is still open.
    pub(super) fn end(&mut self) -> Result<(), Errno> {
        // above all that an archive can have
        self.leave("/")?;
        match self.open.pop() {
            Some((top, dress)) => self.dress(&top, &dress),
            None => Ok(()),
        }
    }

    /// Gives a directory what it is to have.
    pub(super) fn finish(&self, entry: &Entry) -> Result<(), Errno> {
        self.dress(&entry.name, &dress(entry))
    }

    #[inline(never)]
    fn dress(&self, name: &str, dress: &Dress) -> Result<(), Errno> {
        let path = if name.is_empty() { "." } else { name };
        self.platform.dress_at(&self.top, path.as_bytes(), dress)
    }

    /// That a directory and all above it are no links.
    #[inline(never)]
    fn look(&mut self, directory: &str, missing: Missing) -> Result<(), Why> {
        if directory == self.known {
            return Ok(());
        }
        let bytes = directory.as_bytes();
        for end in 1..=bytes.len() {
            if bytes.get(end).is_some_and(|byte| *byte != b'/') {
                continue;
            }
            let path = bytes.get(..end).unwrap_or_default();
            match self.platform.metadata_at(&self.top, path).map(|of| of.kind) {
                Ok(FileKind::Directory) => {}
                Err(Errno::ENOENT) if missing == Missing::Make => {
                    self.platform.make_directory_at(&self.top, path, 0o755)?;
                }
                Ok(_) | Err(_) => return Err(Rule::Orphan.into()),
            }
        }
        self.known.clear();
        self.known.push_str(directory);
        Ok(())
    }

    /// Makes what is not a file.
    fn other(&mut self, entry: &Entry) -> Result<(), Errno> {
        let (top, name) = (&self.top, entry.name.as_bytes());
        match entry.kind {
            Kind::File => {}
            Kind::HardLink => return self.platform.link_at(top, entry.link.as_bytes(), name),
            Kind::SymbolicLink => self.platform.symlink_at(&entry.link, top, name)?,
            Kind::Directory => {
                let made = match name {
                    [] => Ok(()),
                    name => self.platform.make_directory_at(top, name, DIRECTORY_MODE),
                };
                // of a foreign one made on the way to what came before, or said twice
                if self.origin == Origin::Foreign {
                    let is_there = made == Err(Errno::EEXIST);
                    let of = self.platform.metadata_at(top, name).map(|of| of.kind);
                    return if is_there && of == Ok(FileKind::Directory) {
                        Ok(())
                    } else {
                        made
                    };
                }
                made?;
                self.open.push((entry.name.clone(), dress(entry)));
                return Ok(());
            }
            Kind::Fifo => self.platform.make_node_at(top, name, Node::Fifo)?,
            Kind::Device(kind, major, minor) => {
                let node = Node::Device(DeviceNumber { kind, major, minor });
                self.platform.make_node_at(top, name, node)?;
            }
        }
        self.finish(entry)
    }

    fn file<R: Read<Error = Errno>>(&mut self, reader: &mut Reader<R>) -> Result<(), Why> {
        let name = reader.entry().name.as_bytes();
        let file = self
            .platform
            .open_at(&self.top, name, Open::CreateNew, FILE_MODE)?;
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
        let entry = reader.entry();
        if entry.extents.is_some() {
            self.platform.set_size(&file, entry.size)?;
        }
        self.finish(entry)
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
