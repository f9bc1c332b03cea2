use std::prelude::rust_2024::*;

use super::*;
use crate::platform::{Clock, Errno};
use crate::problem::{Rule, Why};

mod damage;
mod golden;
mod roundtrip;

/// Bytes in memory as a stream.
#[derive(Default)]
pub(super) struct Sink(pub Vec<u8>);

impl embedded_io::ErrorType for Sink {
    type Error = Errno;
}

impl embedded_io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Errno> {
        Ok(())
    }
}

/// Bytes in memory to read.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl embedded_io::ErrorType for Bytes<'_> {
    type Error = Errno;
}

impl embedded_io::Read for Bytes<'_> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize, Errno> {
        let (now, later) = self.0.split_at(to.len().min(self.0.len()));
        to[..now.len()].copy_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

/// An entry and the bytes of its file, holes as zeros.
pub(super) type Member = (Entry, Vec<u8>);

pub(super) fn entry(name: &str, kind: Kind) -> Entry {
    Entry {
        name: name.into(),
        kind,
        mode: if kind == Kind::Directory {
            0o755
        } else {
            0o644
        },
        uid: 5001,
        gid: 5002,
        modified: Clock {
            seconds: 1_790_000_000,
            nanoseconds: 0,
        },
        ..Entry::new()
    }
}

pub(super) fn file(name: &str, bytes: &[u8]) -> Member {
    let mut entry = entry(name, Kind::File);
    entry.size = bytes.len() as u64;
    (entry, bytes.into())
}

pub(super) fn directory(name: &str) -> Member {
    (entry(name, Kind::Directory), Vec::new())
}

pub(super) fn link(name: &str, kind: Kind, to: &str) -> Member {
    let mut entry = entry(name, kind);
    entry.link = to.into();
    (entry, Vec::new())
}

pub(super) fn manifest(members: &[Member]) -> Manifest {
    let mut sums = Sums::default();
    for (entry, _) in members {
        sums.add(entry);
    }
    Manifest::new("samples", "gateway", "-", 1_795_000_000, sums)
}

pub(super) fn written(manifest: &Manifest, members: &[Member]) -> (Vec<u8>, Digest) {
    let mut writer = Writer::new(Sink::default(), manifest).unwrap();
    for (entry, bytes) in members {
        assert!(writer.entry(entry));
        match &entry.extents {
            None => {
                writer.data(bytes);
            }
            Some(extents) => {
                for extent in extents {
                    let (from, size) = (extent.offset as usize, extent.size as usize);
                    writer.data(&bytes[from..from + size]);
                }
            }
        }
    }
    let (sink, digest) = writer.finish(manifest).unwrap();
    (sink.0, digest)
}

/// What an archive turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub sums: Sums,
    pub digest: Digest,
}

/// All of an archive.
pub(super) fn read(
    bytes: &[u8],
    origin: Origin,
    allow: Allow,
) -> Result<(Vec<Member>, Summary), Why> {
    let mut reader = Reader::new(Bytes(bytes), origin, allow)?;
    let mut members = Vec::new();
    while reader.advance()? {
        let entry = reader.entry().clone();
        // what lies about its size must not make anybody take so much memory
        let mut content = vec![0; entry.size.min(1 << 24) as usize];
        loop {
            let (offset, chunk) = reader.data()?;
            if chunk.is_empty() {
                break;
            }
            let from = offset as usize;
            if let Some(to) = content.get_mut(from..from + chunk.len()) {
                to.copy_from_slice(chunk);
            }
        }
        members.push((entry, content));
    }
    let (sums, digest) = (reader.sums(), reader.digest());
    Ok((members, Summary { sums, digest }))
}

/// The tar of an archive.
pub(super) fn tar_of(archive: &[u8]) -> Vec<u8> {
    let mut gunzip = gzip::Gunzip::new(Bytes(archive)).unwrap();
    let mut tar = Vec::new();
    loop {
        let piece = gunzip.piece().unwrap();
        if piece.is_empty() {
            return tar;
        }
        tar.extend_from_slice(piece);
    }
}
