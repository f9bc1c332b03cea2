//! A small record that a cut of power leaves as it was or as it is to be.
//!
//! Two files, written by turns:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | what kind of record it is |
//! | 4 | generation, little endian; the record of the higher one holds |
//! | n | the record |
//! | 4 | CRC-32 of all that |
//!
//! The older file is written, never the one that holds: a torn write leaves what was. They are two files, because the two
//! halves of one can lie in one block of a file system or of flash, which is written as a whole.

use alloc::{string::String, vec, vec::Vec};

use crate::archive::gzip::Crc32;
use crate::options::push;
use crate::platform::{Errno, Open, Platform};
use crate::problem::{Rule, Why};
use crate::tree;

/// Longest file in bytes.
const FILE_MAX: usize = 512;

/// Longest record in bytes.
pub const RECORD_MAX: usize = FILE_MAX - 12;

/// The two files of a record, read.
#[derive(Debug)]
pub struct Slots {
    directory: String,
    name: &'static str,
    magic: [u8; 4],
    /// Which file holds, and its generation.
    holds: usize,
    generation: u32,
}

impl Slots {
    /// Reads the files `name.0` and `name.1` in a directory: the record that holds, empty if there never was one.
    ///
    /// # Errors
    /// [`Rule::SlotsDamaged`] when there are two files and neither is a record, which no cut of power makes; and those of
    /// reading.
    pub fn read<P: Platform>(
        platform: &P,
        directory: &str,
        name: &'static str,
        magic: [u8; 4],
    ) -> Result<(Self, Vec<u8>), Why> {
        let mut slots = Self {
            directory: directory.into(),
            name,
            magic,
            holds: 1,
            generation: 0,
        };
        let (mut damaged, mut record) = (0, Vec::new());
        for index in 0..2 {
            let bytes = match read(platform, &slots.path(index)) {
                Ok(bytes) => bytes,
                Err(Errno::ENOENT) => continue,
                Err(errno) => return Err(errno),
            };
            match decode(magic, &bytes) {
                Some((generation, found)) if generation > slots.generation => {
                    (slots.holds, slots.generation) = (index, generation);
                    record = found.into();
                }
                Some(_) => {}
                None => damaged += 1,
            }
        }
        if damaged == 2 {
            return Err(Rule::SlotsDamaged.into());
        }
        Ok((slots, record))
    }

    fn path(&self, index: usize) -> String {
        let mut path = String::new();
        let number = if index == 0 { ".0" } else { ".1" };
        push(&mut path, &[&self.directory, "/", self.name, number]);
        path
    }

    /// Writes the record that holds from now on, at most [`RECORD_MAX`] bytes. It is on the medium when this returns.
    ///
    /// # Errors
    /// What failed. The record before it holds.
    pub fn write<P: Platform>(&mut self, platform: &P, record: &[u8]) -> Result<(), Errno> {
        let index = 1 - self.holds.min(1);
        let path = self.path(index);
        let bytes = encode(self.magic, self.generation + 1, record);
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
        Ok(())
    }
}

fn encode(magic: [u8; 4], generation: u32, record: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FILE_MAX);
    bytes.extend_from_slice(&magic);
    bytes.extend_from_slice(&generation.to_le_bytes());
    bytes.extend_from_slice(record);
    bytes.extend_from_slice(&sum(&bytes));
    bytes
}

fn decode(magic: [u8; 4], bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (record, found) = bytes.split_last_chunk::<4>()?;
    if sum(record) != *found {
        return None;
    }
    let record = record.strip_prefix(&magic)?;
    let (generation, record) = record.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*generation), record))
}

fn sum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc32::default();
    crc.update(bytes);
    crc.value().to_le_bytes()
}

fn read<P: Platform>(platform: &P, path: &str) -> Result<Vec<u8>, Errno> {
    let file = platform.open(path, Open::Read, 0)?;
    let mut bytes = vec![0; FILE_MAX];
    let count = platform.read(&file, &mut bytes)?;
    bytes.truncate(count);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::prelude::rust_2024::*;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bytes_of_a_record_are_the_golden_ones() {
        let bytes = encode(*b"TEST", 0x0a0b_0c0d, b"record");
        assert_eq!(bytes, b"TEST\x0d\x0c\x0b\x0arecord\x2d\x3c\x1a\x0c");
        assert_eq!(
            decode(*b"TEST", &bytes),
            Some((0x0a0b_0c0d, &b"record"[..]))
        );
        assert_eq!(decode(*b"REST", &bytes), None);
    }

    proptest! {
        #[test]
        fn no_damaged_record_is_taken(record: Vec<u8>, at: prop::sample::Index, bit in 0..8) {
            let bytes = encode(*b"TEST", 3, &record);
            let mut damaged = bytes.clone();
            damaged[at.index(bytes.len())] ^= 1_u8 << bit;
            prop_assert_eq!(decode(*b"TEST", &damaged), None);
            prop_assert_eq!(decode(*b"TEST", &bytes[..at.index(bytes.len())]), None);
        }
    }
}
