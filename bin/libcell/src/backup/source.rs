//! What is in a volume, as entries of an archive.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use crate::archive::{Allow, EXTENTS_MAX, Entry, Extent, Kind};
use crate::platform::{Errno, FileKind, Node, Open, Platform, Status, utf8};
use crate::problem::{Problem, Why};
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
    /// Whether what is in files is wanted.
    fn wants_data(&self) -> bool;
    /// The next bytes of the entry's file, those in holes left out.
    ///
    /// # Errors
    /// Whatever ends it.
    fn data(&mut self, bytes: &[u8]) -> Result<(), Why>;
}

/// Everything in a volume.
pub(super) struct Tree<'a, P: Platform> {
    platform: &'a P,
    path: &'a str,
    allow: Allow,
    chunk: Box<[u8]>,
    /// Numbers of files with several names, and the first of these.
    links: Vec<(u64, String)>,
}

impl<'a, P: Platform> Tree<'a, P> {
    /// In the directory at `path`.
    pub(super) fn new(platform: &'a P, path: &'a str, allow: Allow) -> Self {
        Self {
            platform,
            path,
            allow,
            chunk: vec![0; CHUNK].into_boxed_slice(),
            links: Vec::new(),
        }
    }

    /// Gives everything to `take`, each directory before what is in it. Sockets are left out: whoever listens makes them
    /// again.
    pub(super) fn give(&mut self, take: &mut dyn Take) -> Result<(), Problem> {
        let platform = self.platform;
        let here = |errno: Errno| Problem::of(&[self.path], errno);
        let mut walk = Walk::new(platform, self.path).map_err(here)?;
        let top = platform.status_at(walk.directory().map_err(here)?, b".");
        let top = top.map_err(here)?;
        let mut entry = Entry::new();
        self.links.clear();
        set(&mut entry, &top, "");
        take.entry(&entry)
            .map_err(|why| Problem::of(&[self.path], why))?;
        loop {
            let step = walk.advance();
            let result = match step {
                Ok(Step::Done) => return Ok(()),
                Ok(Step::Left) => continue,
                Ok(Step::Found(status)) => {
                    self.found(&mut walk, &status, top.file_system, &mut entry, take)
                }
                Err(errno) => Err(errno.into()),
            };
            result.map_err(|why| {
                let name = String::from_utf8_lossy(walk.path());
                Problem::of(&[self.path, "/", &name], why)
            })?;
        }
    }

    fn found(
        &mut self,
        walk: &mut Walk<'_, P>,
        status: &Status,
        file_system: u64,
        entry: &mut Entry,
        take: &mut dyn Take,
    ) -> Result<(), Why> {
        if status.metadata.kind == FileKind::Socket {
            return Ok(());
        }
        if status.file_system != file_system {
            return Err("another file system is mounted there".into());
        }
        let name = utf8(walk.path()).ok_or("its name is not UTF-8")?;
        set(entry, status, name);
        let (directory, base) = (walk.directory()?, walk.name());
        if entry.kind == Kind::SymbolicLink {
            let mut text = [0; 1024];
            let count = self.platform.read_link_at(directory, base, &mut text)?;
            let text = text.get(..count).unwrap_or_default();
            entry
                .link
                .push_str(utf8(text).ok_or("what it says is not UTF-8")?);
        }
        if !self.allow.permits(entry) {
            return Err("a device node or a set-id bit, which is not allowed".into());
        }
        if entry.kind == Kind::File && status.links > 1 {
            self.link(status.number, entry)?;
        }
        if entry.kind != Kind::File {
            take.entry(entry)?;
            if entry.kind == Kind::Directory {
                walk.enter().map_err(|errno| match errno {
                    Errno::ELOOP => "too deep".into(),
                    errno => Why::from(errno),
                })?;
            }
            return Ok(());
        }
        let file = self.platform.open_at(directory, base, Open::Read, 0)?;
        if self.platform.metadata_of(&file)? != status.metadata {
            return Err(CHANGED.into());
        }
        if status.blocks.saturating_mul(512) < entry.size {
            entry.extents = self.extents(&file, entry.size)?;
        }
        take.entry(entry)?;
        if !take.wants_data() {
            return Ok(());
        }
        let whole = [Extent {
            offset: 0,
            size: entry.size,
        }];
        for extent in entry.extents.as_deref().unwrap_or(&whole) {
            let (mut offset, end) = (extent.offset, extent.offset + extent.size);
            while offset < end {
                let bytes = read(self.platform, &file, &mut self.chunk, offset, end)?;
                take.data(bytes)?;
                offset += bytes.len() as u64;
            }
        }
        Ok(())
    }

    /// Makes the entry another name of one that came before, if it is.
    fn link(&mut self, number: u64, entry: &mut Entry) -> Result<(), Errno> {
        let known = self.links.iter().find(|(known, _)| *known == number);
        let first = match known {
            Some((_, first)) => first.clone(),
            None if self.links.len() < LINKS_MAX => {
                self.links.push((number, entry.name.clone()));
                return Ok(());
            }
            None => self.first_name(number)?,
        };
        if first != entry.name {
            entry.kind = Kind::HardLink;
            entry.size = 0;
            entry.link = first;
        }
        Ok(())
    }

    /// The first name of a file, by walking again.
    fn first_name(&self, number: u64) -> Result<String, Errno> {
        let mut walk = Walk::new(self.platform, self.path)?;
        loop {
            match walk.advance()? {
                Step::Found(status) if status.metadata.kind == FileKind::Directory => {
                    walk.enter()?
                }
                Step::Found(status) if status.number == number => {
                    return Ok(utf8(walk.path()).ok_or(Errno::EINVAL)?.into());
                }
                Step::Found(_) | Step::Left => {}
                Step::Done => return Err(Errno::ENOENT),
            }
        }
    }

    /// The pieces of a file between blocks of zeros; the last is longer if there are too many. `None` if it is all one.
    fn extents(&mut self, file: &P::Fd, size: u64) -> Result<Option<Vec<Extent>>, Why> {
        let mut extents: Vec<Extent> = Vec::new();
        let mut offset = 0;
        while offset < size {
            let bytes = read(self.platform, file, &mut self.chunk, offset, size)?;
            for block in bytes.chunks(BLOCK) {
                let length = block.len() as u64;
                let is_full = extents.len() == EXTENTS_MAX;
                let is_hole = block.iter().all(|byte| *byte == 0);
                match extents.last_mut() {
                    Some(last) if last.offset + last.size == offset && (!is_hole || is_full) => {
                        last.size += length;
                    }
                    // there is no room for another: what is between belongs to the last
                    Some(last) if is_full => last.size = offset + length - last.offset,
                    _ if is_hole => {}
                    _ => extents.push(Extent {
                        offset,
                        size: length,
                    }),
                }
                offset += length;
            }
        }
        let is_whole = matches!(extents.as_slice(), [one] if one.size == size);
        Ok((!is_whole).then_some(extents))
    }
}

pub(super) const CHANGED: &str = "changed while it was read: stop what writes to it";

/// Reads from a place, as much as there is room for and not beyond `end`.
fn read<'c, P: Platform>(
    platform: &P,
    file: &P::Fd,
    chunk: &'c mut [u8],
    offset: u64,
    end: u64,
) -> Result<&'c [u8], Why> {
    // whole blocks, whatever a read gives
    let most = usize::try_from(end - offset).unwrap_or(usize::MAX);
    let most = most.min(chunk.len());
    let mut count = 0;
    while count < most {
        let to = chunk.get_mut(count..most).unwrap_or_default();
        match platform.read_at(file, to, offset + count as u64)? {
            0 => return Err(CHANGED.into()),
            more => count += more,
        }
    }
    Ok(chunk.get(..count).unwrap_or_default())
}

/// Makes the entry of a file; what a link says is still missing.
fn set(entry: &mut Entry, status: &Status, name: &str) {
    let of = &status.metadata;
    entry.name.clear();
    entry.name.push_str(name);
    entry.link.clear();
    entry.extents = None;
    entry.kind = match (of.kind, status.node) {
        (_, Some(Node::Fifo)) => Kind::Fifo,
        (_, Some(Node::Device(number))) => Kind::Device(number.kind, number.major, number.minor),
        (FileKind::Directory, None) => Kind::Directory,
        (FileKind::Link, None) => Kind::SymbolicLink,
        (FileKind::File | FileKind::Device | FileKind::Socket | FileKind::Other, None) => {
            Kind::File
        }
    };
    entry.size = if entry.kind == Kind::File { of.size } else { 0 };
    (entry.mode, entry.uid, entry.gid) = (of.mode, of.uid, of.gid);
    if entry.kind == Kind::SymbolicLink {
        entry.mode = 0o777;
    }
    entry.modified = status.modified;
}
