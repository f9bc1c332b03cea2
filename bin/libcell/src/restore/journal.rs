//! What a restore has come to, kept so that a cut of power loses none of it: [`Slots`] with a record of
//!
//! | bytes | what |
//! |---|---|
//! | 1 | phase: 0 idle, 1 giving up, 2 given up, 3 switching, 4 cleaning |
//! | 1 | 0: a volume |
//! | 4 | when the archive was made, seconds since 1970, little endian |
//! | 32 | its digest |
//! | n | the volume |

use alloc::{string::String, vec::Vec};

use crate::archive::Digest;
use crate::platform::{Errno, Platform, utf8};
use crate::problem::{Rule, Why};
use crate::slots::Slots;

const MAGIC: [u8; 4] = *b"PCR1";

/// Bytes before the name.
const HEADER: usize = 38;

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

/// The journal, read.
#[derive(Debug)]
pub(super) struct Journal {
    slots: Slots,
    /// How far it is.
    pub(super) phase: Phase,
    /// The volume that is restored; nothing when idle.
    pub(super) name: String,
    /// When its archive was made, seconds since 1970.
    pub(super) created: u32,
    /// The digest of its archive.
    pub(super) digest: Digest,
}

impl Journal {
    /// Reads the journal in a directory. One that was never written is idle.
    ///
    /// # Errors
    /// Both records are damaged, which no cut of power does; and those of reading.
    pub(super) fn read<P: Platform>(platform: &P, directory: &str) -> Result<Self, Why> {
        let (slots, bytes) = Slots::read(platform, directory, "restore", MAGIC)?;
        let mut journal = Self {
            slots,
            phase: Phase::Idle,
            name: String::new(),
            created: 0,
            digest: [0; 32],
        };
        if !bytes.is_empty() {
            journal.decode(&bytes).ok_or(Rule::SlotsDamaged)?;
        }
        Ok(journal)
    }

    /// Writes the phase that holds from now on, with all else. It is on the medium when this returns.
    pub(super) fn write<P: Platform>(&mut self, platform: &P, phase: Phase) -> Result<(), Errno> {
        self.slots.write(platform, &self.encode(phase))?;
        self.phase = phase;
        Ok(())
    }

    fn encode(&self, phase: Phase) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.name.len());
        bytes.extend_from_slice(&[phase as u8, 0]);
        bytes.extend_from_slice(&self.created.to_le_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(self.name.as_bytes());
        bytes
    }

    fn decode(&mut self, bytes: &[u8]) -> Option<()> {
        let (header, name) = bytes.split_first_chunk::<HEADER>()?;
        let [phase, 0, c0, c1, c2, c3, digest @ ..] = *header else {
            return None;
        };
        self.phase = *Phase::ALL.get(usize::from(phase))?;
        self.name.push_str(utf8(name)?);
        self.created = u32::from_le_bytes([c0, c1, c2, c3]);
        self.digest = digest;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::prelude::rust_2024::*;

    use super::*;
    use crate::platform::System;

    #[test]
    fn the_bytes_of_a_record_are_the_golden_ones() {
        let mut golden = Vec::from(*b"\x03\x00\x04\x03\x02\x01");
        golden.extend([7; 32]);
        golden.extend(b"web");
        let mut journal = Journal::read(&System::default(), "/nowhere").unwrap();
        assert_eq!(journal.phase, Phase::Idle);
        journal.decode(&golden).unwrap();
        assert_eq!(
            (journal.phase, journal.name.as_str()),
            (Phase::Switching, "web")
        );
        assert_eq!((journal.created, journal.digest), (0x0102_0304, [7; 32]));
        assert_eq!(journal.encode(Phase::Switching), golden);
        golden[0] = 5;
        assert_eq!(journal.decode(&golden), None);
        assert_eq!(journal.decode(&golden[..37]), None);
    }
}
