//! The tar in a gzip stream: its bytes one after the other, and their digest.

use embedded_io::Read;
use sha2::{Digest, Sha256};

use super::error::{ArchiveError, ArchiveFlaw};
use super::gzip::Gunzip;
use super::header::{BLOCK, Block};

pub(super) struct Stream<R: Read> {
    gunzip: Gunzip<R>,
    /// How much of the piece that is at hand was taken.
    taken: usize,
    hash: Sha256,
}

impl<R: Read> Stream<R> {
    pub(super) fn new(source: R) -> Result<Self, ArchiveError<R::Error>> {
        Ok(Self {
            gunzip: Gunzip::new(source)?,
            taken: 0,
            hash: Sha256::new(),
        })
    }

    pub(super) fn source(&mut self) -> &mut R {
        self.gunzip.source()
    }

    /// The next bytes, at most `most`, added to the digest; empty only at the end.
    pub(super) fn chunk(&mut self, most: u64) -> Result<&[u8], ArchiveError<R::Error>> {
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

    /// Fills `to`; fewer bytes only at the end.
    pub(super) fn fill(&mut self, to: &mut [u8]) -> Result<usize, ArchiveError<R::Error>> {
        let mut filled = 0;
        while let Some(rest) = to.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let chunk = self.chunk(rest.len() as u64)?;
            if chunk.is_empty() {
                break;
            }
            rest.split_at_mut(chunk.len()).0.copy_from_slice(chunk);
            filled += chunk.len();
        }
        Ok(filled)
    }

    /// The next block, and the digest of all before it.
    pub(super) fn block(&mut self) -> Result<(Block, Sha256), ArchiveError<R::Error>> {
        let before = self.hash.clone();
        let mut block = [0; BLOCK];
        if self.fill(&mut block)? < BLOCK {
            return Err(ArchiveFlaw::Short.into());
        }
        Ok((block, before))
    }

    /// Passes over bytes.
    pub(super) fn skip(&mut self, count: u64) -> Result<(), ArchiveError<R::Error>> {
        let mut left = count;
        while left != 0 {
            let chunk = self.chunk(left)?;
            if chunk.is_empty() {
                return Err(ArchiveFlaw::Short.into());
            }
            left -= chunk.len() as u64;
        }
        Ok(())
    }

    /// The digest of all that was read.
    pub(super) fn digest(&self) -> super::Digest {
        self.hash.clone().finalize().into()
    }
}
