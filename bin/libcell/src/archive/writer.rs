//! An archive, written once from beginning to end.

use alloc::vec::Vec;

use cell_abi::DeviceKind;
use embedded_io::Write;
use sha2::{Digest as _, Sha256};

use super::entry::{Entry, Kind};
use super::gzip::Gzip;
use super::header::{self, BLOCK, Block};
use super::manifest::Manifest;
use super::reader::digest_text;
use super::{DATA, DIGEST, Digest, MANIFEST, pax};
use crate::platform::Errno;
use crate::table::{Line, digits};

/// An archive being written. [`Self::finish`] it.
///
/// What is written after the stream beneath has failed goes nowhere; each call says whether it has.
pub struct Writer<W> {
    gzip: Gzip<W>,
    hash: Sha256,
    /// Bytes of data since the last header.
    data: u64,
}

/// The largest name of a header.
const SHORT: usize = 100;

impl<W: Write<Error = Errno>> Writer<W> {
    /// Begins with the manifest.
    ///
    /// # Errors
    /// Of the stream beneath.
    pub fn new(sink: W, manifest: &Manifest) -> Result<Self, Errno> {
        let mut writer = Self {
            gzip: Gzip::new(sink)?,
            hash: Sha256::new(),
            data: 0,
        };
        writer.own(MANIFEST, manifest.text(), manifest.created);
        Ok(writer)
    }

    /// Writes the header of an entry. Of a file its data follows, of a sparse one only its pieces.
    #[must_use]
    pub fn entry(&mut self, entry: &Entry) -> bool {
        self.pad();
        let mut name = Vec::with_capacity(DATA.len() + entry.name.len() + 2);
        for part in [DATA, "/", &entry.name] {
            name.extend_from_slice(part.as_bytes());
        }
        if entry.kind == Kind::Directory && !entry.name.is_empty() {
            name.push(b'/');
        }
        let mut link = Vec::new();
        if entry.kind == Kind::HardLink {
            link.extend_from_slice(DATA.as_bytes());
            link.push(b'/');
        }
        link.extend_from_slice(entry.link.as_bytes());
        let map = if entry.extents.is_some() {
            map(entry)
        } else {
            Vec::new()
        };
        let size = map.len() as u64 + entry.stored();
        let (mut records, mut block) = (Vec::new(), [0; BLOCK]);
        if !map.is_empty() {
            pax::push(&mut records, "GNU.sparse.major", b"1");
            pax::push(&mut records, "GNU.sparse.minor", b"0");
            pax::push(&mut records, "GNU.sparse.name", &name);
            pax::push_number(&mut records, "GNU.sparse.realsize", entry.size);
            header::put(&mut block, header::NAME, b"GNUSparseFile.0");
        } else {
            name_field(&mut records, &mut block, (header::NAME, "path"), &name);
        }
        name_field(&mut records, &mut block, (header::LINK, "linkpath"), &link);
        header::put_number(&mut block, header::MODE, entry.mode.into());
        for (key, at, number) in [
            ("uid", header::UID, entry.uid.into()),
            ("gid", header::GID, entry.gid.into()),
            ("size", header::SIZE, size),
        ] {
            if header::fits(number, at) {
                header::put_number(&mut block, at, number);
            } else {
                header::put_number(&mut block, at, 0);
                pax::push_number(&mut records, key, number);
            }
        }
        time(&mut records, &mut block, entry);
        let (kind, major, minor) = match entry.kind {
            Kind::File => (b'0', 0, 0),
            Kind::HardLink => (b'1', 0, 0),
            Kind::SymbolicLink => (b'2', 0, 0),
            Kind::Device(DeviceKind::Char, major, minor) => (b'3', major, minor),
            Kind::Device(DeviceKind::Block, major, minor) => (b'4', major, minor),
            Kind::Directory => (b'5', 0, 0),
            Kind::Fifo => (b'6', 0, 0),
        };
        header::put_number(&mut block, header::MAJOR, major.into());
        header::put_number(&mut block, header::MINOR, minor.into());
        if !records.is_empty() {
            self.header([0; BLOCK], b'x', ("PaxHeaders/entry", records.len() as u64));
            self.data(&records);
            self.pad();
        }
        self.seal(block, kind);
        self.data(&map)
    }

    /// Writes data.
    pub fn data(&mut self, bytes: &[u8]) -> bool {
        self.data = self.data.wrapping_add(bytes.len() as u64);
        self.hash.update(bytes);
        self.gzip.update(bytes)
    }

    /// Whether the stream beneath has failed; [`Self::finish`] tells how.
    pub fn has_failed(&self) -> bool {
        self.gzip.has_failed()
    }

    /// Ends the archive with its digest, and gives back the stream beneath.
    ///
    /// # Errors
    /// The first of the stream beneath.
    pub fn finish(mut self, manifest: &Manifest) -> Result<(W, Digest), Errno> {
        self.pad();
        let digest: Digest = self.hash.clone().finalize().into();
        self.own(DIGEST, &digest_text(&digest), manifest.created);
        self.pad();
        self.data(&[0; BLOCK]);
        self.data(&[0; BLOCK]);
        Ok((self.gzip.finish()?, digest))
    }

    /// A member of ours.
    fn own(&mut self, name: &str, content: &[u8], time: u32) {
        let mut block = [0; BLOCK];
        header::put_number(&mut block, header::MODE, 0o644);
        header::put_number(&mut block, header::MODIFIED, time.into());
        self.header(block, b'0', (name, content.len() as u64));
        self.data(content);
    }

    fn header(&mut self, mut block: Block, kind: u8, (name, size): (&str, u64)) {
        header::put(&mut block, header::NAME, name.as_bytes());
        header::put_number(&mut block, header::SIZE, size);
        self.seal(block, kind);
    }

    fn seal(&mut self, mut block: Block, kind: u8) {
        block[header::TYPE] = kind;
        header::seal(&mut block);
        self.data(&block);
        self.data = 0;
    }

    /// Zeros to the end of a block.
    fn pad(&mut self) {
        let count = self.data.wrapping_neg() as usize % BLOCK;
        let zeros = [0; BLOCK];
        self.data(zeros.get(..count).unwrap_or_default());
        self.data = 0;
    }
}

/// A name in its field, or in a record where it is too long.
fn name_field(
    records: &mut Vec<u8>,
    block: &mut Block,
    (at, key): (header::Field, &str),
    name: &[u8],
) {
    header::put(block, at, name);
    if name.len() > SHORT || !name.is_ascii() {
        pax::push(records, key, name);
    }
}

/// When it was modified: a record as well where there is more to say than whole seconds since 1970.
fn time(records: &mut Vec<u8>, block: &mut Block, entry: &Entry) {
    let time = entry.modified;
    let whole = u64::try_from(time.seconds).unwrap_or(0);
    let fits = header::fits(whole, header::MODIFIED);
    header::put_number(block, header::MODIFIED, if fits { whole } else { 0 });
    if fits && time.seconds >= 0 && time.nanoseconds == 0 {
        return;
    }
    let mut value = Line::new();
    let (mut seconds, mut nanoseconds) = (time.seconds, time.nanoseconds);
    if seconds < 0 {
        value.push(b'-');
        if nanoseconds != 0 {
            seconds += 1;
            nanoseconds = 1_000_000_000 - nanoseconds;
        }
    }
    digits(&mut value, seconds.unsigned_abs());
    value.push(b'.');
    let mut divisor = 100_000_000;
    while divisor != 0 {
        value.push(b'0' + (nanoseconds / divisor % 10) as u8);
        divisor /= 10;
    }
    pax::push(records, "mtime", &value);
}

/// Where the pieces of a sparse file are, as the reader takes it. An empty piece at the end says how long the file is.
fn map(entry: &Entry) -> Vec<u8> {
    let extents = entry.extents.as_deref().unwrap_or_default();
    let end = extents.last().map_or(0, |last| last.offset + last.size);
    let is_longer = end < entry.size;
    let mut text = Line::new();
    let mut number = |number| {
        digits(&mut text, number);
        text.push(b'\n');
    };
    number(extents.len() as u64 + u64::from(is_longer));
    for extent in extents {
        number(extent.offset);
        number(extent.size);
    }
    if is_longer {
        number(entry.size);
        number(0);
    }
    text.resize(text.len().next_multiple_of(BLOCK), 0);
    text
}
