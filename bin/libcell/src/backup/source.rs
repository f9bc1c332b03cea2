//! What is in a volume, as entries of an archive.

use alloc::{string::String, vec, vec::Vec};

use crate::archive::{Allow, EXTENTS_MAX, Entry, Extent, Kind};
use crate::platform::{Errno, FileKind, Node, Open, Platform, Status, utf8};
use crate::problem::{Rule, Why};
use crate::tree::{Step, Walk};

/// Bytes read at a time.
const CHUNK: usize = 16 * 1024;

/// What a hole is made of, and what a file has in whole pieces.
const BLOCK: usize = 4096;

/// Files with several names whose first one is remembered. Of more than these it is looked for again.
const LINKS_MAX: usize = 128;

/// Takes the entries and what is in their files.
pub(super) trait Take {
    /// The next entry.
    ///
    /// # Errors
    /// Whatever ends it.
    fn entry(&mut self, entry: &Entry) -> Result<(), Why>;
    /// The next bytes of the entry's file, those in holes left out. False if no more are wanted.
    ///
    /// # Errors
    /// Whatever ends it.
    fn data(&mut self, bytes: &[u8]) -> Result<bool, Why>;
}

/// Everything in a volume.
pub(super) struct Tree<'a, P: Platform> {
    platform: &'a P,
    path: &'a str,
    allow: Allow,
    chunk: Vec<u8>,
    /// Numbers of files with several names, and the first of these.
    links: Vec<(u64, String)>,
    entry: Entry,
    file_system: u64,
}

impl<'a, P: Platform> Tree<'a, P> {
    /// In the directory at `path`.
    pub(super) fn new(platform: &'a P, path: &'a str, allow: Allow) -> Self {
        Self {
            platform,
            path,
            allow,
            chunk: vec![0; CHUNK],
            links: Vec::new(),
            entry: Entry::new(),
            file_system: 0,
        }
    }

    /// Gives everything to `take`, each directory before what is in it. Sockets are left out: whoever listens makes them
    /// again. `object` is what it was at.
    pub(super) fn give(&mut self, object: &mut String, take: &mut dyn Take) -> Result<(), Why> {
        object.clear();
        object.push_str(self.path);
        let mut walk = Walk::new(self.platform, self.path)?;
        let top = self.platform.status_at(walk.directory()?, b".")?;
        self.file_system = top.file_system;
        self.links.clear();
        self.set(&top, "");
        take.entry(&self.entry)?;
        loop {
            let result = match walk.advance() {
                Ok(Step::Done) => return Ok(()),
                Ok(Step::Left) => Ok(()),
                Ok(Step::Found(status)) => self.found(&mut walk, &status, take),
                Err(errno) => Err(errno),
            };
            if result.is_err() {
                object.push('/');
                for byte in walk.path() {
                    // of what is no text some of it
                    object.push(if byte.is_ascii() {
                        char::from(*byte)
                    } else {
                        '?'
                    });
                }
                return result;
            }
        }
    }

    fn found(
        &mut self,
        walk: &mut Walk<'_, P>,
        status: &Status,
        take: &mut dyn Take,
    ) -> Result<(), Why> {
        if status.metadata.kind == FileKind::Socket {
            return Ok(());
        }
        if status.file_system != self.file_system {
            return Err(Rule::Mounted.into());
        }
        self.set(status, utf8(walk.path()).ok_or(Rule::NotUtf8)?);
        let (directory, base) = (walk.directory()?, walk.name());
        if self.entry.kind == Kind::SymbolicLink {
            let mut text = [0; 1024];
            let count = self.platform.read_link_at(directory, base, &mut text)?;
            let text = utf8(text.get(..count).unwrap_or_default());
            self.entry.link.push_str(text.ok_or(Rule::NotUtf8)?);
        }
        if !self.allow.permits(&self.entry) {
            let is_device = matches!(self.entry.kind, Kind::Device(..));
            return Err(if is_device { Rule::Device } else { Rule::SetId }.into());
        }
        if self.entry.kind == Kind::File && status.links > 1 {
            self.link(status.number)?;
        }
        if self.entry.kind == Kind::File {
            let file = self.platform.open_at(directory, base, Open::Read, 0)?;
            return self.file(&file, status, take);
        }
        take.entry(&self.entry)?;
        if self.entry.kind == Kind::Directory {
            match walk.enter() {
                Err(Errno::ELOOP) => return Err(Rule::TooDeep.into()),
                entered => entered?,
            }
        }
        Ok(())
    }

    fn file(&mut self, file: &P::Fd, status: &Status, take: &mut dyn Take) -> Result<(), Why> {
        if self.platform.metadata_of(file)? != status.metadata {
            return Err(Rule::Changed.into());
        }
        let size = self.entry.size;
        if status.blocks.saturating_mul(512) < size {
            self.extents(file)?;
        }
        take.entry(&self.entry)?;
        let whole = [Extent { offset: 0, size }];
        for extent in self.entry.extents.as_deref().unwrap_or(&whole) {
            let (mut offset, end) = (extent.offset, extent.offset + extent.size);
            while offset < end {
                let bytes = read(self.platform, file, &mut self.chunk, (offset, end))?;
                if !take.data(bytes)? {
                    return Ok(());
                }
                offset += bytes.len() as u64;
            }
        }
        Ok(())
    }

    /// Makes the entry another name of one that came before, if it is.
    fn link(&mut self, number: u64) -> Result<(), Errno> {
        let known = self.links.iter().find(|(known, _)| *known == number);
        let first = match known {
            Some((_, first)) => first.clone(),
            None if self.links.len() < LINKS_MAX => {
                self.links.push((number, self.entry.name.clone()));
                return Ok(());
            }
            None => self.first_name(number)?,
        };
        if first != self.entry.name {
            self.entry.kind = Kind::HardLink;
            self.entry.size = 0;
            self.entry.link = first;
        }
        Ok(())
    }

    /// The first name of a file, by walking again.
    fn first_name(&self, number: u64) -> Result<String, Errno> {
        let mut walk = Walk::new(self.platform, self.path)?;
        loop {
            match walk.advance()? {
                Step::Found(status) if status.number == number => {
                    return Ok(utf8(walk.path()).unwrap_or_default().into());
                }
                Step::Found(status) if status.metadata.kind == FileKind::Directory => {
                    walk.enter()?
                }
                Step::Found(_) | Step::Left => {}
                Step::Done => return Err(Errno::ENOENT),
            }
        }
    }

    /// Finds the pieces of a file between blocks of zeros; the last is longer if there are too many. None if it is all one.
    fn extents(&mut self, file: &P::Fd) -> Result<(), Why> {
        let mut extents: Vec<Extent> = Vec::new();
        let (mut offset, size) = (0, self.entry.size);
        while offset < size {
            for block in read(self.platform, file, &mut self.chunk, (offset, size))?.chunks(BLOCK) {
                let length = block.len() as u64;
                let is_full = extents.len() == EXTENTS_MAX;
                let is_hole = block.iter().all(|byte| *byte == 0);
                match extents.last_mut() {
                    // there is no room for another: what is between belongs to the last
                    Some(last) if !is_hole && (is_full || last.offset + last.size == offset) => {
                        last.size = offset + length - last.offset;
                    }
                    _ if is_hole => {}
                    _ => extents.push(Extent {
                        offset,
                        size: length,
                    }),
                }
                offset += length;
            }
        }
        if !matches!(extents.as_slice(), [one] if one.size == size) {
            self.entry.extents = Some(extents);
        }
        Ok(())
    }

    /// Makes the entry of a file; what a link says is still missing.
    fn set(&mut self, status: &Status, name: &str) {
        let (entry, of) = (&mut self.entry, &status.metadata);
        entry.name.clear();
        entry.name.push_str(name);
        entry.link.clear();
        entry.extents = None;
        entry.kind = match (of.kind, status.node) {
            (_, Some(Node::Fifo)) => Kind::Fifo,
            (_, Some(Node::Device(number))) => {
                Kind::Device(number.kind, number.major, number.minor)
            }
            (FileKind::Directory, None) => Kind::Directory,
            (FileKind::Link, None) => Kind::SymbolicLink,
            (FileKind::File | FileKind::Device | FileKind::Socket | FileKind::Other, None) => {
                Kind::File
            }
        };
        entry.size = if entry.kind == Kind::File { of.size } else { 0 };
        (entry.mode, entry.uid, entry.gid) = (of.mode, of.uid, of.gid);
        entry.modified = status.modified;
    }
}

/// Reads from a place to another, as much as there is room for: whole blocks, whatever a read gives.
fn read<'c, P: Platform>(
    platform: &P,
    file: &P::Fd,
    chunk: &'c mut [u8],
    (offset, end): (u64, u64),
) -> Result<&'c [u8], Why> {
    let most = usize::try_from(end - offset).unwrap_or(usize::MAX);
    let most = most.min(chunk.len());
    let mut count = 0;
    while count < most {
        let to = chunk.get_mut(count..most).unwrap_or_default();
        match platform.read_at(file, to, offset + count as u64)? {
            0 => return Err(Rule::Changed.into()),
            more => count += more,
        }
    }
    Ok(chunk.get(..count).unwrap_or_default())
}
