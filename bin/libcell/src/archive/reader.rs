//! An archive, read once from beginning to end.

use cell_abi::DeviceKind;
use embedded_io::Read;

use super::entry::{Allow, Entry, Kind, Sums};
use super::header::{self, BLOCK, Block};
use super::manifest::{self, Manifest};
use super::stream::Stream;
use super::{DATA, DIGEST, Digest, MANIFEST, hex, name};
use crate::platform::{Clock, Errno};
use crate::problem::{Rule, Why};
use crate::table::Line;

mod extended;

use extended::{NOT_SAID, Said};

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

/// An archive being read.
pub struct Reader<R> {
    stream: Stream<R>,
    origin: Origin,
    allow: Allow,
    manifest: Manifest,
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
    digest: Digest,
    ended: bool,
}

impl<R: Read<Error = Errno>> Reader<R> {
    /// Begins to read an archive; of one of ours the manifest is known then.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(source: R, origin: Origin, allow: Allow) -> Result<Self, Why> {
        let mut reader = Self {
            stream: Stream::new(source)?,
            origin,
            allow,
            manifest: Manifest::default(),
            entry: Entry::new(),
            said: Said::nothing(),
            left: 0,
            padding: 0,
            offset: 0,
            extent: 0,
            directory: alloc::string::String::new(),
            sums: Sums::default(),
            digest: [0; 32],
            ended: false,
        };
        if origin == Origin::Picocell {
            reader.read_manifest()?;
        }
        Ok(reader)
    }

    /// What it says of itself; nothing if it is foreign.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// How much there is, up to the entry that was found last.
    #[must_use]
    pub const fn sums(&self) -> Sums {
        self.sums
    }

    /// SHA-256 of the tar up to its digest, or all of it if it is foreign; once all of it was read.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
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

    fn read_manifest(&mut self) -> Result<(), Why> {
        self.stream.next_block()?;
        let block = &self.stream.block;
        if !header::is_sound(block) {
            return Err(Rule::Header.into());
        }
        let is_manifest = header::text(block, header::NAME) == MANIFEST.as_bytes();
        match header::number(block, header::SIZE) {
            Some(size) if is_manifest && size <= manifest::MAX as u64 => {
                let text = self.long(size)?;
                self.manifest = Manifest::read(text)?;
                Ok(())
            }
            Some(_) | None => Err(Rule::NoManifest.into()),
        }
    }

    /// Goes to the next entry, past what was not read of the one before. False at the end: then all of the archive was
    /// found to be as it says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn advance(&mut self) -> Result<bool, Why> {
        self.stream.skip(self.left)?;
        self.stream.skip(self.padding)?;
        (self.left, self.padding) = (0, 0);
        self.said.clear();
        while !self.ended {
            self.stream.next_block()?;
            let block = &self.stream.block;
            if block.iter().all(|byte| *byte == 0) {
                if self.origin == Origin::Picocell {
                    return Err(Rule::NoDigest.into());
                }
                self.end(1)?;
                continue;
            }
            if !header::is_sound(block) {
                return Err(Rule::Header.into());
            }
            let size = header::number(block, header::SIZE).ok_or(Rule::Size)?;
            match block[header::TYPE] {
                b'x' => self.extended(size)?,
                // what holds for all that follow: names of a character set, a comment
                b'g' => self.stream.skip(size.saturating_add(padding(size)))?,
                b'L' => self.said.name = self.long(size)?,
                b'K' => self.said.link = self.long(size)?,
                _ if self.is_digest() => self.read_digest(size)?,
                _ => {
                    self.member(size)?;
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
    pub fn data(&mut self) -> Result<(u64, &[u8]), Why> {
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
            return Err(Rule::Short.into());
        }
        self.left -= chunk.len() as u64;
        self.offset += chunk.len() as u64;
        Ok((at, chunk))
    }

    fn is_digest(&self) -> bool {
        self.origin == Origin::Picocell
            && self.said.name.is_empty()
            && header::text(&self.stream.block, header::NAME) == DIGEST.as_bytes()
    }

    /// The digest of all before it.
    fn read_digest(&mut self, size: u64) -> Result<(), Why> {
        self.digest = self.stream.digest_before();
        if self.long(size)? != digest_text(&self.digest) {
            return Err(Rule::Digest.into());
        }
        if self.manifest.sums != self.sums {
            return Err(Rule::Less.into());
        }
        self.end(2)
    }

    /// Blocks of zeros, so many at least, and nothing else.
    fn end(&mut self, blocks: u64) -> Result<(), Why> {
        let mut after = 0_u64;
        loop {
            let chunk = self.stream.chunk(PADDING_MAX)?;
            if chunk.is_empty() {
                break;
            }
            after += chunk.len() as u64;
            if chunk.iter().any(|byte| *byte != 0) || after > PADDING_MAX {
                return Err(Rule::Trailing.into());
            }
        }
        if after < blocks * BLOCK as u64 {
            return Err(Rule::Short.into());
        }
        if self.origin == Origin::Foreign {
            self.digest = self.stream.digest();
        }
        self.ended = true;
        Ok(())
    }

    /// Makes the entry of a header.
    fn member(&mut self, size: u64) -> Result<(), Why> {
        let Self {
            stream,
            said,
            entry,
            ..
        } = self;
        let block = &stream.block;
        let number = |field, said: u64| match said {
            NOT_SAID => header::number(block, field).unwrap_or(NOT_SAID),
            said => said,
        };
        let [mode, uid, gid, major, minor] = [
            (header::MODE, NOT_SAID),
            (header::UID, said.uid),
            (header::GID, said.gid),
            (header::MAJOR, NOT_SAID),
            (header::MINOR, NOT_SAID),
        ]
        .map(|(field, said)| u32::try_from(number(field, said)).ok());
        let (Some(mode), Some(uid), Some(gid)) = (mode, uid, gid) else {
            return Err(Rule::Header.into());
        };
        (entry.mode, entry.uid, entry.gid) = (mode & 0o7777, uid, gid);
        entry.extents = None;
        entry.modified = said.modified.unwrap_or_else(|| Clock {
            // before 1970 in GNU's own format is none
            seconds: header::number(block, header::MODIFIED).map_or(0, |seconds| seconds as i64),
            nanoseconds: 0,
        });
        entry.kind = match (block[header::TYPE], major.zip(minor)) {
            (b'0' | 0 | b'7', _) => Kind::File,
            (b'1', _) => Kind::HardLink,
            (b'2', _) => Kind::SymbolicLink,
            (b'3', Some((major, minor))) => Kind::Device(DeviceKind::Char, major, minor),
            (b'4', Some((major, minor))) => Kind::Device(DeviceKind::Block, major, minor),
            (b'5', _) => Kind::Directory,
            (b'6', _) => Kind::Fifo,
            _ => return Err(Rule::Kind.into()),
        };
        let mut long = [0; 256];
        let name = [&said.sparse_name, &said.name];
        let name = match name.into_iter().find(|name| !name.is_empty()) {
            Some(name) => name,
            None => joined(block, &mut long),
        };
        if !name::set(&mut entry.name, name, self.origin.top()) {
            let is_stranger = self.origin == Origin::Picocell && !name.starts_with(DATA.as_bytes());
            let rule = if is_stranger {
                Rule::Stranger
            } else {
                Rule::Name
            };
            return Err(rule.into());
        }
        // some old programs mark a directory by the slash alone
        if entry.kind == Kind::File && name.ends_with(b"/") {
            entry.kind = Kind::Directory;
        }
        self.left = match said.size {
            NOT_SAID => size,
            said => said,
        };
        self.padding = padding(self.left);
        self.set_link()?;
        (self.offset, self.extent) = (0, 0);
        self.entry.size = self.left;
        if self.entry.kind != Kind::File && self.left != 0 {
            return Err(Rule::Size.into());
        }
        if self.said.sparse {
            self.map()?;
        }
        self.check()
    }

    fn set_link(&mut self) -> Result<(), Rule> {
        let entry = &mut self.entry;
        entry.link.clear();
        let link = match self.said.link.as_slice() {
            [] => header::text(&self.stream.block, header::LINK),
            link => link,
        };
        match entry.kind {
            Kind::HardLink if self.origin == Origin::Picocell && self.left != 0 => {
                return Err(Rule::Size);
            }
            // old tars say the size of the file, whose data does not follow
            Kind::HardLink => {
                self.left = 0;
                self.padding = 0;
                if !name::set(&mut entry.link, link, self.origin.top()) || entry.link.is_empty() {
                    return Err(Rule::Link);
                }
            }
            Kind::SymbolicLink => {
                let text = crate::platform::utf8(link).ok_or(Rule::Link)?;
                let is_text = !text.is_empty()
                    && text.len() <= super::entry::NAME_MAX
                    && !text.bytes().any(|byte| byte == 0);
                if !is_text {
                    return Err(Rule::Link);
                }
                entry.link.push_str(text);
            }
            Kind::File | Kind::Directory | Kind::Fifo | Kind::Device(..) => {}
        }
        Ok(())
    }

    /// What an archive may not have, and what ours always keep to.
    fn check(&mut self) -> Result<(), Why> {
        let entry = &self.entry;
        if !self.allow.permits(entry) {
            let is_device = matches!(entry.kind, Kind::Device(..)) && !self.allow.devices;
            return Err(if is_device { Rule::Device } else { Rule::SetId }.into());
        }
        if entry.name.is_empty() && entry.kind != Kind::Directory {
            return Err(Rule::Name.into());
        }
        self.sums.add(entry);
        if self.origin == Origin::Foreign {
            return Ok(());
        }
        if self.sums.exceed(&self.manifest.sums) {
            return Err(Rule::More.into());
        }
        // the volume's own directory is first, and every other entry is in a directory that is still being filled
        let above = name::parent(&entry.name);
        let is_first = self.sums.entries == 1;
        if is_first != entry.name.is_empty() || !name::is_within(&self.directory, above) {
            return Err(Rule::Orphan.into());
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
pub(super) fn digest_text(digest: &Digest) -> Line {
    let mut text = Line::new();
    hex(digest, &mut text);
    text.extend_from_slice(b"  -\n");
    text
}
