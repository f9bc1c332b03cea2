//! An archive, read once from beginning to end.

use alloc::vec;

use embedded_io::Read;
use sha2::{Digest as _, Sha256};

use super::entry::{Allow, Entry, Kind, Sums};
use super::error::{ArchiveError, ArchiveFlaw};
use super::header::{self, BLOCK, Block};
use super::manifest::{self, Manifest};
use super::stream::Stream;
use super::{DATA, DIGEST, Digest, MANIFEST, hex, name};
use crate::platform::Clock;

mod extended;

use extended::Said;

/// Most that follows the end of a tar: tapes had records of up to so many blocks.
const PADDING_MAX: u64 = 256 * BLOCK as u64;

/// Who made an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// These programs: with a manifest, a digest, and directories before what is in them.
    Picocell,
    /// Any tar: none of that, names relative to the volume.
    Foreign,
}

/// What an archive turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How much there is.
    pub sums: Sums,
    /// SHA-256 of the tar up to its digest, or all of it if it is foreign.
    pub digest: Digest,
}

/// An archive being read.
pub struct Reader<R: Read> {
    stream: Stream<R>,
    origin: Origin,
    allow: Allow,
    manifest: Option<Manifest>,
    entry: Entry,
    /// What an extended header said of the next member; sizes and times override.
    said: Said,
    /// Bytes of the member that were not read, and the padding after them.
    left: u64,
    padding: u64,
    /// Where the next byte is in the file, and which piece of it that is in.
    offset: u64,
    extent: usize,
    /// The directory that entries are in, empty at first.
    directory: alloc::string::String,
    sums: Sums,
    summary: Option<Summary>,
}

impl<R: Read> Reader<R> {
    /// Begins to read an archive; of one of ours the manifest is known then.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(source: R, origin: Origin, allow: Allow) -> Result<Self, ArchiveError<R::Error>> {
        let mut reader = Self {
            stream: Stream::new(source)?,
            origin,
            allow,
            manifest: None,
            entry: Entry::new(),
            said: Said::default(),
            left: 0,
            padding: 0,
            offset: 0,
            extent: 0,
            directory: alloc::string::String::new(),
            sums: Sums::default(),
            summary: None,
        };
        if origin == Origin::Picocell {
            reader.read_manifest()?;
        }
        Ok(reader)
    }

    /// What it says of itself.
    #[must_use]
    pub const fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// Of what it turned out to be, once all of it was read.
    #[must_use]
    pub const fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// The stream beneath.
    pub fn source(&mut self) -> &mut R {
        self.stream.source()
    }

    /// The entry that [`Self::advance`] found last.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    fn read_manifest(&mut self) -> Result<(), ArchiveError<R::Error>> {
        let none = ArchiveFlaw::NoManifest;
        let (block, _) = self.stream.block()?;
        if !header::is_sound(&block) {
            return Err(ArchiveFlaw::Header.into());
        }
        let size = header::number(&block, header::SIZE).ok_or(none)?;
        if header::text(&block, header::NAME) != MANIFEST.as_bytes() || size > manifest::MAX as u64
        {
            return Err(none.into());
        }
        let mut text = vec![0; size as usize];
        if self.stream.fill(&mut text)? < text.len() {
            return Err(ArchiveFlaw::Short.into());
        }
        self.stream.skip(padding(size))?;
        self.manifest = Some(Manifest::read(&text)?);
        Ok(())
    }

    /// Goes to the next entry, past what was not read of the one before. False at the end: then all of the archive was
    /// found to be as it says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn advance(&mut self) -> Result<bool, ArchiveError<R::Error>> {
        self.stream.skip(self.left)?;
        self.stream.skip(self.padding)?;
        (self.left, self.padding) = (0, 0);
        self.said = Said::default();
        while self.summary.is_none() {
            let (block, before) = self.stream.block()?;
            if block == [0; BLOCK] {
                self.end(None)?;
                continue;
            }
            if !header::is_sound(&block) {
                return Err(ArchiveFlaw::Header.into());
            }
            let size = header::number(&block, header::SIZE).ok_or(ArchiveFlaw::Size)?;
            match block[header::TYPE] {
                b'x' => self.extended(size)?,
                // what holds for all that follow: names of a character set, a comment
                b'g' => self.stream.skip(size.saturating_add(padding(size)))?,
                b'L' => self.said.name = Some(self.long(size)?),
                b'K' => self.said.link = Some(self.long(size)?),
                _ if self.is_digest(&block) => self.end(Some((before, size)))?,
                _ => {
                    self.member(&block, size)?;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The next bytes of the entry's file and where they are in it; empty at its end.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn data(&mut self) -> Result<(u64, &[u8]), ArchiveError<R::Error>> {
        if self.left == 0 {
            return Ok((self.offset, &[]));
        }
        let mut most = self.left;
        if let Some(extents) = &self.entry.extents {
            // the piece that is not at its end
            while let Some(extent) = extents.get(self.extent) {
                let end = extent.offset + extent.size;
                self.offset = self.offset.max(extent.offset);
                if self.offset < end {
                    most = end - self.offset;
                    break;
                }
                self.extent += 1;
            }
        }
        let at = self.offset;
        let chunk = self.stream.chunk(most)?;
        if chunk.is_empty() {
            return Err(ArchiveFlaw::Short.into());
        }
        self.left -= chunk.len() as u64;
        self.offset += chunk.len() as u64;
        Ok((at, chunk))
    }

    fn is_digest(&self, block: &Block) -> bool {
        self.origin == Origin::Picocell
            && self.said.name.is_none()
            && header::text(block, header::NAME) == DIGEST.as_bytes()
    }

    /// The end: the digest of all before it, unless it is foreign, then two blocks of zeros.
    fn end(&mut self, member: Option<(Sha256, u64)>) -> Result<(), ArchiveError<R::Error>> {
        let mut zeros = 1;
        let digest = match (member, self.origin) {
            (Some((before, size)), _) => {
                let wanted: Digest = before.finalize().into();
                let mut block = [0; BLOCK];
                if size > BLOCK as u64 || self.stream.fill(&mut block)? < BLOCK {
                    return Err(ArchiveFlaw::Short.into());
                }
                let (text, _) = block.split_at(size as usize % (BLOCK + 1));
                if text != digest_text(&wanted) {
                    return Err(ArchiveFlaw::Digest.into());
                }
                zeros = 2;
                Some(wanted)
            }
            (None, Origin::Foreign) => None,
            (None, Origin::Picocell) => return Err(ArchiveFlaw::NoDigest.into()),
        };
        if let Some(manifest) = &self.manifest
            && manifest.sums != self.sums
        {
            return Err(ArchiveFlaw::Less.into());
        }
        let mut after = 0_u64;
        loop {
            let chunk = self.stream.chunk(PADDING_MAX)?;
            if chunk.is_empty() {
                break;
            }
            after += chunk.len() as u64;
            if chunk.iter().any(|byte| *byte != 0) || after > PADDING_MAX {
                return Err(ArchiveFlaw::Trailing.into());
            }
        }
        if after < zeros * BLOCK as u64 {
            return Err(ArchiveFlaw::Short.into());
        }
        let digest = digest.unwrap_or_else(|| self.stream.digest());
        self.summary = Some(Summary {
            sums: self.sums,
            digest,
        });
        Ok(())
    }

    /// Makes the entry of a header.
    fn member(&mut self, block: &Block, size: u64) -> Result<(), ArchiveError<R::Error>> {
        let said = core::mem::take(&mut self.said);
        let number = |field, said: Option<u64>| {
            let number = said.or_else(|| header::number(block, field));
            number.ok_or(ArchiveFlaw::Header)
        };
        let small =
            |field, said| u32::try_from(number(field, said)?).map_err(|_| ArchiveFlaw::Header);
        let size = said.size.unwrap_or(size);
        let entry = &mut self.entry;
        entry.extents = None;
        entry.mode = small(header::MODE, None)? & 0o7777;
        entry.uid = small(header::UID, said.uid)?;
        entry.gid = small(header::GID, said.gid)?;
        let (seconds, nanoseconds) = match said.modified {
            Some(time) => time,
            // before 1970, in GNU's own format
            None => {
                let seconds = header::number(block, header::MODIFIED).unwrap_or(0);
                (seconds.min(i64::MAX as u64) as i64, 0)
            }
        };
        entry.modified = Clock {
            seconds,
            nanoseconds,
        };
        let device = |kind| {
            Ok::<_, ArchiveFlaw>(Kind::Device(
                kind,
                small(header::MAJOR, None)?,
                small(header::MINOR, None)?,
            ))
        };
        entry.kind = match block[header::TYPE] {
            b'0' | 0 | b'7' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::SymbolicLink,
            b'3' => device(cell_abi::DeviceKind::Char)?,
            b'4' => device(cell_abi::DeviceKind::Block)?,
            b'5' => Kind::Directory,
            b'6' => Kind::Fifo,
            _ => return Err(ArchiveFlaw::Kind.into()),
        };
        let mut long = [0; 256];
        let name = match said.sparse_name.as_ref().or(said.name.as_ref()) {
            Some(name) => name.as_slice(),
            None => joined(block, &mut long),
        };
        let top = self.origin.top();
        if !name::set(&mut entry.name, name, top) {
            let is_ours = self.origin == Origin::Foreign || name.starts_with(DATA.as_bytes());
            return Err(if is_ours {
                ArchiveFlaw::Name
            } else {
                ArchiveFlaw::Stranger
            }
            .into());
        }
        // some old programs mark a directory by the slash alone
        if entry.kind == Kind::File && name.ends_with(b"/") {
            entry.kind = Kind::Directory;
        }
        let link = said.link.as_deref();
        self.left = size;
        self.padding = padding(size);
        self.set_link(link.unwrap_or_else(|| header::text(block, header::LINK)))?;
        (self.offset, self.extent) = (0, 0);
        self.entry.size = self.left;
        if self.entry.kind != Kind::File && self.left != 0 {
            return Err(ArchiveFlaw::Size.into());
        }
        if said.sparse {
            self.map(said.real_size.ok_or(ArchiveFlaw::Extended)?)?;
        }
        self.check()
    }

    fn set_link(&mut self, link: &[u8]) -> Result<(), ArchiveFlaw> {
        let entry = &mut self.entry;
        entry.link.clear();
        match entry.kind {
            Kind::HardLink if self.origin == Origin::Picocell && self.left != 0 => {
                return Err(ArchiveFlaw::Size);
            }
            // old tars say the size of the file, whose data does not follow
            Kind::HardLink => {
                self.left = 0;
                self.padding = 0;
                if !name::set(&mut entry.link, link, self.origin.top()) || entry.link.is_empty() {
                    return Err(ArchiveFlaw::Link);
                }
            }
            Kind::SymbolicLink => {
                let text = crate::platform::utf8(link).ok_or(ArchiveFlaw::Link)?;
                let is_text = !text.is_empty()
                    && text.len() <= super::entry::NAME_MAX
                    && !text.bytes().any(|byte| byte == 0);
                if !is_text {
                    return Err(ArchiveFlaw::Link);
                }
                entry.link.push_str(text);
            }
            Kind::File | Kind::Directory | Kind::Fifo | Kind::Device(..) => {}
        }
        Ok(())
    }

    /// What an archive may not have, and what ours always keep to.
    fn check(&mut self) -> Result<(), ArchiveError<R::Error>> {
        let entry = &self.entry;
        if !self.allow.permits(entry) {
            let is_device = matches!(entry.kind, Kind::Device(..)) && !self.allow.devices;
            return Err(if is_device {
                ArchiveFlaw::Device
            } else {
                ArchiveFlaw::SetId
            }
            .into());
        }
        if entry.name.is_empty() && entry.kind != Kind::Directory {
            return Err(ArchiveFlaw::Name.into());
        }
        self.sums.add(entry);
        let Some(manifest) = &self.manifest else {
            return Ok(());
        };
        if self.sums.exceed(&manifest.sums) {
            return Err(ArchiveFlaw::More.into());
        }
        // the volume's own directory is first, and every other entry is in a directory that is still being filled
        let above = name::parent(&entry.name);
        let is_first = self.sums.entries == 1;
        if is_first != entry.name.is_empty() || !name::is_within(&self.directory, above) {
            return Err(ArchiveFlaw::Orphan.into());
        }
        self.directory.truncate(above.len());
        if entry.kind == Kind::Directory {
            self.directory.clear();
            self.directory.push_str(&entry.name);
        }
        Ok(())
    }
}

impl Origin {
    /// What names of entries begin with.
    const fn top(self) -> &'static str {
        match self {
            Self::Picocell => DATA,
            Self::Foreign => ".",
        }
    }
}

/// The name in a header, with its prefix.
fn joined<'n>(block: &'n Block, long: &'n mut [u8; 256]) -> &'n [u8] {
    let (prefix, name) = (
        header::text(block, header::PREFIX),
        header::text(block, header::NAME),
    );
    // GNU's own format has times where others have the prefix
    if prefix.is_empty() || block.get(257..263) != Some(b"ustar\0") {
        return name;
    }
    let mut length = 0;
    for byte in prefix.iter().chain(b"/").chain(name) {
        long[length & 255] = *byte;
        length += 1;
    }
    long.get(..length).unwrap_or_default()
}

/// What follows data so that it ends with a block.
const fn padding(size: u64) -> u64 {
    size.wrapping_neg() & (BLOCK as u64 - 1)
}

/// The content of the last member: what sha256sum(1) prints of what is before it.
pub(super) fn digest_text(digest: &Digest) -> [u8; 68] {
    let mut text = [0; 68];
    let (digits, end) = text.split_at_mut(64);
    hex(digest, digits);
    end.copy_from_slice(b"  -\n");
    text
}
