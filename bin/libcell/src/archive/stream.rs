//! The tar in a gzip stream: its bytes one after the other, and their digest.

use embedded_io::Read;
use sha2::{Digest as _, Sha256};

use super::Digest;
use super::gzip::Gunzip;
use super::header::{BLOCK, Block};
use crate::platform::Errno;
use crate::problem::{Rule, Why};

pub(super) struct Stream<R> {
    gunzip: Gunzip<R>,
    /// How much of the piece that is at hand was taken.
    taken: usize,
    hash: Sha256,
    /// The block that was read last, and the digest of all before it.
    pub(super) block: Block,
    before: Sha256,
}

impl<R: Read<Error = Errno>> Stream<R> {
    pub(super) fn new(source: R) -> Result<Self, Why> {
        Ok(Self {
            gunzip: Gunzip::new(source)?,
            taken: 0,
            hash: Sha256::new(),
            block: [0; BLOCK],
            before: Sha256::new(),
        })
    }

    pub(super) fn source(&mut self) -> &mut R {
        self.gunzip.source()
    }

    /// The next bytes, at most `most`, added to the digest; empty only at the end.
    #[inline(never)]
    pub(super) fn chunk(&mut self, most: u64) -> Result<&[u8], Why> {
        if self.taken == self.gunzip.at_hand().len() {
            self.gunzip.piece()?;
            self.taken = 0;
        }
        let rest = self.gunzip.at_hand().get(self.taken..).unwrap_or_default();
        let count = usize::try_from(most).unwrap_or(usize::MAX).min(rest.len());
        let chunk = rest.get(..count).unwrap_or_default();
        self.taken += count;
        self.hash.update(chunk);
        Ok(chunk)
    }

    /// Fills `to`.
    #[inline(never)]
    pub(super) fn fill(&mut self, to: &mut [u8]) -> Result<(), Why> {
        let mut rest = to;
        while !rest.is_empty() {
            let chunk = self.chunk(rest.len() as u64)?;
            if chunk.is_empty() {
                return Err(Rule::Short.into());
            }
            let (now, later) = rest.split_at_mut(chunk.len());
            now.copy_from_slice(chunk);
            rest = later;
        }
        Ok(())
    }

    /// Reads the next block.
    pub(super) fn next_block(&mut self) -> Result<(), Why> {
        self.before = self.hash.clone();
        let mut block = [0; BLOCK];
        self.fill(&mut block)?;
        self.block = block;
        Ok(())
    }

    /// Passes over bytes.
    #[inline(never)]
    pub(super) fn skip(&mut self, count: u64) -> Result<(), Why> {
        let mut left = count;
        while left != 0 {
            let chunk = self.chunk(left)?;
            if chunk.is_empty() {
                return Err(Rule::Short.into());
            }
            left -= chunk.len() as u64;
        }
        Ok(())
    }

    /// The digest of all before the last block.
    pub(super) fn digest_before(&self) -> Digest {
        self.before.clone().finalize().into()
    }

    /// The digest of all that was read.
    pub(super) fn digest(&self) -> Digest {
        self.hash.clone().finalize().into()
    }
}
