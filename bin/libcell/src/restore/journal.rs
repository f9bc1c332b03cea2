//! What a restore has come to, kept so that a cut of power loses none of it.
//!
//! Two files, written by turns, each a record:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `PCRJ` |
//! | 1 | [`FORMAT`] |
//! | 1 | phase: 0 idle, 1 giving up, 2 given up, 3 switching, 4 cleaning |
//! | 1 | 0: a volume |
//! | 1 | length of the name |
//! | 4 | generation, little endian; the record of the higher one holds |
//! | 4 | when the archive was made, seconds since 1970 |
//! | 32 | its digest |
//! | n | name |
//! | 4 | CRC-32 of all that |
//!
//! The older file is written, never the one that holds: a torn write leaves what was. They are two files, because the two
//! halves of one can lie in one block of a file system or of flash, which is written as a whole.

use alloc::{string::String, vec::Vec};

use crate::archive::{Digest, gzip::Crc32};
use crate::platform::{Errno, Open, Platform, utf8};
use crate::tree;

/// Version of the record.
const FORMAT: u8 = 1;

const MAGIC: [u8; 4] = *b"PCRJ";

/// Bytes before the name.
const HEADER: usize = 48;

/// Longest record.
const RECORD_MAX: usize = HEADER + 255 + 4;

/// The two files, in the directory of the state.
const FILES: [&str; 2] = ["/restore.0", "/restore.1"];

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is to be done.
    Idle,
    /// The old one is being given up, and was not touched yet but for its place.
    GivingUp,
    /// The old one was given up before the new one is there, because there is no room for both.
    GivenUp,
    /// The new one is whole and on the medium.
    Switching,
    /// The new one is in its place; the old one can go.
    Cleaning,
}

impl Phase {
    const ALL: [Self; 5] = [
        Self::Idle,
        Self::GivingUp,
        Self::GivenUp,
        Self::Switching,
        Self::Cleaning,
    ];
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// How far it is.
    pub phase: Phase,
    /// The volume that is restored; empty when there is nothing.
    pub name: String,
    /// When its archive was made, seconds since 1970.
    pub created: u32,
    /// The digest of its archive.
    pub digest: Digest,
}

impl Record {
    /// Nothing is to be done.
    pub(super) const IDLE: Self = Self {
        phase: Phase::Idle,
        name: String::new(),
        created: 0,
        digest: [0; 32],
    };

    fn encode(&self, generation: u32) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(RECORD_MAX);
        bytes.extend_from_slice(&MAGIC);
        bytes.push(FORMAT);
        bytes.push(self.phase as u8);
        bytes.push(0);
        bytes.push(self.name.len() as u8);
        bytes.extend_from_slice(&generation.to_le_bytes());
        bytes.extend_from_slice(&self.created.to_le_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(self.name.as_bytes());
        let mut crc = Crc32::default();
        crc.update(&bytes);
        bytes.extend_from_slice(&crc.value().to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<(u32, Self)> {
        let (record, sum) = bytes.split_last_chunk::<4>()?;
        let mut crc = Crc32::default();
        crc.update(record);
        if crc.value().to_le_bytes() != *sum {
            return None;
        }
        let (header, name) = record.split_first_chunk::<HEADER>()?;
        let [
            m0,
            m1,
            m2,
            m3,
            FORMAT,
            phase,
            0,
            length,
            g0,
            g1,
            g2,
            g3,
            c0,
            c1,
            c2,
            c3,
            digest @ ..,
        ] = *header
        else {
            return None;
        };
        if [m0, m1, m2, m3] != MAGIC || usize::from(length) != name.len() {
            return None;
        }
        let record = Self {
            phase: *Phase::ALL.get(usize::from(phase))?,
            name: utf8(name)?.into(),
            created: u32::from_le_bytes([c0, c1, c2, c3]),
            digest,
        };
        Some((u32::from_le_bytes([g0, g1, g2, g3]), record))
    }
}

/// The journal, read.
#[derive(Debug)]
pub(super) struct Journal {
    directory: String,
    /// Which file holds, and its generation.
    holds: usize,
    generation: u32,
    /// What holds.
    pub(super) record: Record,
}

impl Journal {
    /// Reads the journal in a directory. One that was never written is idle.
    ///
    /// # Errors
    /// EIO when there are two files and neither is a record, which no cut of power makes; and those of reading.
    pub(super) fn read<P: Platform>(platform: &P, directory: &str) -> Result<Self, Errno> {
        let mut journal = Self {
            directory: directory.into(),
            holds: 1,
            generation: 0,
            record: Record::IDLE,
        };
        let mut damaged = 0;
        for (index, file) in FILES.into_iter().enumerate() {
            let bytes = match read(platform, &journal.path(file)) {
                Ok(bytes) => bytes,
                Err(Errno::ENOENT) => continue,
                Err(errno) => return Err(errno),
            };
            match Record::decode(&bytes) {
                Some((generation, record)) if generation > journal.generation => {
                    (journal.holds, journal.generation) = (index, generation);
                    journal.record = record;
                }
                Some(_) => {}
                None => damaged += 1,
            }
        }
        if damaged == FILES.len() {
            return Err(Errno::EIO);
        }
        Ok(journal)
    }

    fn path(&self, file: &str) -> String {
        let mut path = self.directory.clone();
        path.push_str(file);
        path
    }

    /// Writes what holds from now on. It is on the medium when this returns.
    pub(super) fn write<P: Platform>(&mut self, platform: &P, record: Record) -> Result<(), Errno> {
        let index = 1 - self.holds.min(1);
        let path = self.path(FILES.get(index).copied().unwrap_or_default());
        let bytes = record.encode(self.generation + 1);
        let is_new = platform.metadata(&path) == Err(Errno::ENOENT);
        let file = platform.open(&path, Open::Truncate, 0o600)?;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let count = platform.write(&file, rest)?;
            rest = rest.get(count.max(1)..).unwrap_or_default();
        }
        platform.sync(&file)?;
        if is_new {
            tree::sync_directory(platform, &self.directory)?;
        }
        self.holds = index;
        self.generation += 1;
        self.record = record;
        Ok(())
    }
}

fn read<P: Platform>(platform: &P, path: &str) -> Result<Vec<u8>, Errno> {
    let file = platform.open(path, Open::Read, 0)?;
    let mut bytes = alloc::vec![0; RECORD_MAX];
    let count = platform.read(&file, &mut bytes)?;
    bytes.truncate(count);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::prelude::rust_2024::*;

    use proptest::prelude::*;

    use super::*;

    fn record(name: &str) -> Record {
        Record {
            phase: Phase::Switching,
            name: name.into(),
            created: 0x0102_0304,
            digest: [7; 32],
        }
    }

    #[test]
    fn the_bytes_of_a_record_are_the_golden_ones() {
        let bytes = record("web").encode(0x0a0b_0c0d);
        let mut golden = Vec::from(*b"PCRJ\x01\x03\x00\x03\x0d\x0c\x0b\x0a\x04\x03\x02\x01");
        golden.extend([7; 32]);
        golden.extend(b"web");
        golden.extend([0xfb, 0x56, 0xf2, 0x7e]);
        assert_eq!(format!("{bytes:x?}"), format!("{golden:x?}"));
        assert_eq!(Record::decode(&golden), Some((0x0a0b_0c0d, record("web"))));
    }

    proptest! {
        #[test]
        fn no_damaged_record_is_taken(name in "[a-z]{0,31}", at: prop::sample::Index, bit in 0..8) {
            let bytes = record(&name).encode(3);
            prop_assert_eq!(Record::decode(&bytes), Some((3, record(&name))));
            let mut damaged = bytes.clone();
            damaged[at.index(bytes.len())] ^= 1_u8 << bit;
            prop_assert_eq!(Record::decode(&damaged), None);
            prop_assert_eq!(Record::decode(&bytes[..at.index(bytes.len())]), None);
        }
    }
}
