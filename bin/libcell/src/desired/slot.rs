//! The changes as bytes: one of the two files of the store.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | [`MAGIC`]: `89 4f 56 45 52 0d 0a 1a` |
//! | 8 | 2 | [`FORMAT`], little endian: 1 |
//! | 10 | 2 | zero |
//! | 12 | 4 | generation, little endian, from 1: of two whole files the one with the larger holds |
//! | 16 | 4 | length of the body in bytes, little endian |
//! | 20 | 32 | SHA-256 over bytes 0 to 19 and the body |
//! | 52 | length | body: [`Overrides`] in postcard, without anything left over |

use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest, Sha256};

use super::Overrides;
use crate::wire::{Pour, Reader};

/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"\x89OVER\r\n\x1a";

/// Version of the format. Another one is refused.
pub const FORMAT: u16 = 1;

/// Bytes before the body.
pub const HEADER: usize = 52;

/// Longest body in bytes.
pub const BODY_MAX: usize = 1 << 16;

/// Why bytes are not a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Not as long as it says, or not what it says: torn or damaged.
    Torn,
    /// Whole, but of a format that this program does not read.
    Format(u16),
    /// Whole, but not decodable.
    Body,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Torn => "damaged",
            Self::Format(_) => "of a format that this program does not read",
            Self::Body => "cannot be decoded",
        })
    }
}

/// A slot's generation and body, if it is whole.
///
/// # Errors
/// What is wrong with it.
pub fn open(bytes: &[u8]) -> Result<(u32, &[u8]), Damage> {
    let (described, rest) = bytes.split_first_chunk::<20>().ok_or(Damage::Torn)?;
    let (digest, body) = rest.split_first_chunk::<32>().ok_or(Damage::Torn)?;
    let [magic @ .., f0, f1, _, _, g0, g1, g2, g3, l0, l1, l2, l3] = *described;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    if magic != MAGIC || length as usize != body.len() || hash(described, body) != *digest {
        return Err(Damage::Torn);
    }
    let format = u16::from_le_bytes([f0, f1]);
    if format != FORMAT {
        return Err(Damage::Format(format));
    }
    Ok((u32::from_le_bytes([g0, g1, g2, g3]), body))
}

/// What a body says.
///
/// # Errors
/// `Body`.
pub fn decode(body: &[u8]) -> Result<Overrides<'_>, Damage> {
    let mut reader = Reader::new(body);
    let overrides = reader.overrides();
    reader.end(overrides).ok_or(Damage::Body)
}

/// A slot; `None` if the changes are too many.
#[must_use]
pub fn write(generation: u32, overrides: &Overrides<'_>) -> Option<Vec<u8>> {
    let mut bytes = Vec::from([0; HEADER]);
    Pour(&mut |more| bytes.extend_from_slice(more)).overrides(overrides);
    let (header, body) = bytes.split_first_chunk_mut::<HEADER>()?;
    if body.len() > BODY_MAX {
        return None;
    }
    let length = u32::try_from(body.len()).ok()?;
    let mut described = [0; 20];
    let fields = MAGIC
        .into_iter()
        .chain(FORMAT.to_le_bytes())
        .chain([0, 0])
        .chain(generation.to_le_bytes())
        .chain(length.to_le_bytes());
    for (to, from) in described.iter_mut().zip(fields) {
        *to = from;
    }
    let fields = described.into_iter().chain(hash(&described, body));
    for (to, from) in header.iter_mut().zip(fields) {
        *to = from;
    }
    Some(bytes)
}

fn hash(described: &[u8; 20], body: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(described)
        .chain_update(body)
        .finalize()
        .into()
}
