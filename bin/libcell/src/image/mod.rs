//! `cells.bin`: what a device runs, as cellbake decided it.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | [`MAGIC`]: `89 43 45 4c 4c 0d 0a 1a`; a transfer that changes line ends or bit 7 shows |
//! | 8 | 2 | [`FORMAT`], little endian: 2 |
//! | 10 | 2 | zero |
//! | 12 | 4 | length of the body in bytes, little endian |
//! | 16 | 32 | SHA-256 over bytes 0 to 15 and the body |
//! | 48 | length | body: an [`Image`] in postcard, without anything left over |
//! | 48 + length | 0, or 6 + n | nothing, or a signature: [`SIGNATURE_MAGIC`] (`53 49 47 31`), n as a little-endian `u16`, n bytes of what minisign(1) writes beside a file when given all before the trailer |
//!
//! [`open`] also checks every rule that a supervisor would otherwise have to doubt ([`Rule`]): indices point at something,
//! dependencies come first, no two cells reserve one port, paths are absolute, strings have no NUL, counts are bounded.
//! Whoever holds an opened image can index by it.

mod check;
mod error;
mod model;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::wire::Reader;

pub use check::{
    ARGUMENTS_MAX, DESCRIPTION_MAX, ENVIRONMENT_MAX, GRACE_MAX_MS, GROUPS_MAX, HUNKS_MAX,
    MOUNTS_MAX, PATCHED_MAX, PATH_MAX, PLAN_MAX, RING_MAX, RING_MIN, TAG_MAX, TEXT_MAX,
    VOLUMES_MAX,
};
pub use error::{Flaw, ImageError, Place, Rule};
pub use model::{
    Allow, Board, Budget, Cell, DeviceNode, Facility, Health, Hunk, Image, Level, Log, MountEntry,
    MountSource, Ownership, PlanStep, Readiness, ResourceCap, Restart, RestartPolicy, Volume,
    Watchdog,
};

/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"\x89CELL\r\n\x1a";

/// Version of the format. Another one is refused.
pub const FORMAT: u16 = 2;

/// Bytes before the body.
pub const HEADER: usize = 48;

/// Longest body in bytes.
pub const BODY_MAX: usize = 1 << 20;

/// How a signature begins.
pub const SIGNATURE_MAGIC: [u8; 4] = *b"SIG1";

/// Longest signature in bytes, its magic and length excluded.
pub const SIGNATURE_MAX: usize = 1024;

/// An image that was read and found well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened<'a> {
    /// What it says.
    pub image: Image<'a>,
    /// Its SHA-256, the name of this very image.
    pub digest: [u8; 32],
    /// The bytes a signature is over.
    pub signed: &'a [u8],
    /// minisign's signature, not verified here: see [`trust`](crate::trust).
    pub signature: Option<&'a [u8]>,
}

/// Reads an image. Allocates the lists of the model, never more than a small multiple of `bytes`.
///
/// # Errors
/// What is wrong with it. Nothing of a damaged image is used.
pub fn open(bytes: &[u8]) -> Result<Opened<'_>, ImageError> {
    let (header, rest) = bytes
        .split_first_chunk::<HEADER>()
        .ok_or(ImageError::Short)?;
    let (described, digest) = header.split_first_chunk::<16>().ok_or(ImageError::Short)?;
    let [magic @ .., f0, f1, z0, z1, l0, l1, l2, l3] = *described;
    if magic != MAGIC {
        return Err(ImageError::NotAnImage);
    }
    let format = u16::from_le_bytes([f0, f1]);
    if format != FORMAT {
        return Err(ImageError::Format(format));
    }
    if [z0, z1] != [0, 0] {
        return Err(ImageError::Reserved);
    }
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if length > BODY_MAX {
        return Err(ImageError::TooLong);
    }
    let (body, trailer) = rest.split_at_checked(length).ok_or(ImageError::Short)?;
    let signature = read_trailer(trailer)?;
    let computed = hash(described, body);
    if digest != computed {
        return Err(ImageError::Digest);
    }
    let mut reader = Reader::new(body);
    let image = reader.image();
    let image = reader.end(image).ok_or(ImageError::Body)?;
    check(&image)?;
    Ok(Opened {
        image,
        digest: computed,
        signed: bytes.get(..HEADER + length).unwrap_or_default(),
        signature,
    })
}

/// Whether a model keeps to every [`Rule`].
///
/// # Errors
/// The first that it breaks.
pub fn check(image: &Image<'_>) -> Result<(), Flaw> {
    check::check(image)
}

/// Writes an image, unsigned. The same image gives the same bytes.
///
/// # Errors
/// What [`open`] would refuse.
pub fn write(image: &Image<'_>) -> Result<Vec<u8>, ImageError> {
    check(image)?;
    let body = postcard::to_allocvec(image).map_err(|_| ImageError::Body)?;
    if body.len() > BODY_MAX {
        return Err(ImageError::TooLong);
    }
    let length = u32::try_from(body.len()).map_err(|_| ImageError::TooLong)?;
    let mut described = [0; 16];
    let fields = MAGIC
        .into_iter()
        .chain(FORMAT.to_le_bytes())
        .chain([0, 0])
        .chain(length.to_le_bytes());
    for (to, from) in described.iter_mut().zip(fields) {
        *to = from;
    }
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(&described);
    bytes.extend_from_slice(&hash(&described, &body));
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// Appends what minisign(1) wrote for an unsigned image.
///
/// # Errors
/// `unsigned` is not an image or has a signature, or `signature` is empty or too long.
pub fn sign(unsigned: &[u8], signature: &[u8]) -> Result<Vec<u8>, ImageError> {
    if open(unsigned)?.signature.is_some() || signature.is_empty() {
        return Err(ImageError::Trailer);
    }
    if signature.len() > SIGNATURE_MAX {
        return Err(ImageError::Trailer);
    }
    let length = u16::try_from(signature.len()).map_err(|_| ImageError::Trailer)?;
    let mut bytes = Vec::from(unsigned);
    bytes.extend_from_slice(&SIGNATURE_MAGIC);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(signature);
    Ok(bytes)
}

/// The signature in what follows the body.
fn read_trailer(trailer: &[u8]) -> Result<Option<&[u8]>, ImageError> {
    if trailer.is_empty() {
        return Ok(None);
    }
    let signature = trailer
        .strip_prefix(&SIGNATURE_MAGIC)
        .ok_or(ImageError::Trailer)?;
    let (length, signature) = signature
        .split_first_chunk::<2>()
        .ok_or(ImageError::Trailer)?;
    let length = usize::from(u16::from_le_bytes(*length));
    if length == 0 || length > SIGNATURE_MAX || length != signature.len() {
        return Err(ImageError::Trailer);
    }
    Ok(Some(signature))
}

fn hash(described: &[u8; 16], body: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(described)
        .chain_update(body)
        .finalize()
        .into()
}
