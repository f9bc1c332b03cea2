//! Signatures in the format of minisign(1), verified.
//!
//! A public key file and a signature file are text, as <https://jedisct1.github.io/minisign/> specifies them:
//!
//! | line | public key | signature |
//! |---|---|---|
//! | 1 | `untrusted comment: ` and anything | the same |
//! | 2 | base64 of `Ed`, 8 bytes key id, 32 bytes Ed25519 key | base64 of `ED`, 8 bytes key id, 64 bytes signature over the BLAKE2b-512 of the data |
//! | 3 | | `trusted comment: ` and anything |
//! | 4 | | base64 of 64 bytes signature over the first one and the trusted comment |
//!
//! Only this prehashed kind is taken, which minisign makes since 0.10: the other one (`Ed`) would need all of the data in memory.

mod error;
mod text;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::fmt;

use blake2::{Blake2b512, Digest};

pub use error::TrustError;
use text::{Lines, decode};

/// Where a device has the key that its images must be signed with; a device that has none takes unsigned ones.
pub const PATH: &str = "/etc/cells.pub";

/// Longest public key or signature file in bytes.
pub const FILE_MAX: usize = 1024;

/// Bytes of an Ed25519 signature.
const SIGNATURE: usize = 64;

/// Which key: shown as minisign(1) shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId([u8; 8]);

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    key: [u8; 32],
}

/// Data being verified, piece by piece.
#[derive(Clone, Debug)]
pub struct Verifier<'s> {
    key: PublicKey,
    hash: Blake2b512,
    signature: [u8; SIGNATURE],
    comment: &'s str,
    global: [u8; SIGNATURE],
}

/// Data that is what was signed.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'s> {
    key: PublicKey,
    signature: [u8; SIGNATURE],
    comment: &'s str,
    global: [u8; SIGNATURE],
}

impl KeyId {
    /// Of these bytes, in the order in which files have them.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The id that is shown so: 16 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = digits.then(|| u64::from_str_radix(text, 16).ok())??;
        Some(Self(number.to_le_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .rev()
            .try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl PublicKey {
    /// Reads a public key file.
    ///
    /// # Errors
    /// [`TrustError::NotAKey`].
    pub fn parse(file: &[u8]) -> Result<Self, TrustError> {
        let mut lines = Lines::new(file).ok_or(TrustError::NotAKey)?;
        lines.comment("untrusted comment: ");
        let bytes: [u8; 42] = decode(lines.next()).ok_or(TrustError::NotAKey)?;
        let [b'E', b'd', rest @ ..] = bytes else {
            return Err(TrustError::NotAKey);
        };
        let (id, key) = split(rest);
        Ok(Self { id: KeyId(id), key })
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Begins to verify data against a signature file.
    ///
    /// # Errors
    /// It is no signature file, of another kind, or by another key.
    pub fn verifier<'s>(&self, signature: &'s [u8]) -> Result<Verifier<'s>, TrustError> {
        let not = TrustError::NotASignature;
        let mut lines = Lines::new(signature).ok_or(not)?;
        lines.comment("untrusted comment: ").ok_or(not)?;
        let bytes: [u8; 74] = decode(lines.next()).ok_or(not)?;
        let comment = lines.comment("trusted comment: ").ok_or(not)?;
        let global = decode(lines.next()).ok_or(not)?;
        let rest = match bytes {
            [b'E', b'D', rest @ ..] => rest,
            [b'E', b'd', ..] => return Err(TrustError::NotPrehashed),
            _ => return Err(not),
        };
        let (id, signature) = split(rest);
        if KeyId(id) != self.id {
            return Err(TrustError::OtherKey {
                signed: KeyId(id),
                wanted: self.id,
            });
        }
        Ok(Verifier {
            key: *self,
            hash: Blake2b512::new(),
            signature,
            comment,
            global,
        })
    }

    /// Verifies data that is in memory.
    ///
    /// # Errors
    /// As [`Self::verifier`] and [`Verifier::finish`].
    pub fn verify<'s>(&self, data: &[u8], signature: &'s [u8]) -> Result<Verified<'s>, TrustError> {
        let mut verifier = self.verifier(signature)?;
        verifier.update(data);
        verifier.finish()
    }

    /// Whether this key made a signature over a message.
    fn made(&self, signature: &[u8; SIGNATURE], message: &[u8]) -> bool {
        let mut signed = Vec::with_capacity(SIGNATURE + message.len());
        signed.extend_from_slice(signature);
        signed.extend_from_slice(message);
        // what it unpacks the message to
        let mut unpacked = alloc::vec![0; signed.len()];
        sodalite::sign_attached_open(&mut unpacked, &signed, &self.key).is_ok()
    }
}

impl<'s> Verifier<'s> {
    /// Takes the next piece of the data.
    pub fn update(&mut self, piece: &[u8]) {
        self.hash.update(piece);
    }

    /// Says whether what was taken is what was signed.
    ///
    /// # Errors
    /// [`TrustError::Altered`].
    pub fn finish(self) -> Result<Verified<'s>, TrustError> {
        if self.key.made(&self.signature, &self.hash.finalize()) {
            Ok(Verified {
                key: self.key,
                signature: self.signature,
                comment: self.comment,
                global: self.global,
            })
        } else {
            Err(TrustError::Altered)
        }
    }
}

impl<'s> Verified<'s> {
    /// The trusted comment. Verifying it takes as long again as the data's signature did, so it is done on demand.
    ///
    /// # Errors
    /// [`TrustError::AlteredComment`].
    pub fn comment(&self) -> Result<&'s str, TrustError> {
        let mut message = Vec::with_capacity(SIGNATURE + self.comment.len());
        message.extend_from_slice(&self.signature);
        message.extend_from_slice(self.comment.as_bytes());
        if self.key.made(&self.global, &message) {
            Ok(self.comment)
        } else {
            Err(TrustError::AlteredComment)
        }
    }
}

/// A key id and what follows it.
fn split<const N: usize, const R: usize>(bytes: [u8; N]) -> ([u8; 8], [u8; R]) {
    const { assert!(N == 8 + R) };
    let mut id = [0; 8];
    let mut rest = [0; R];
    for (to, from) in id.iter_mut().chain(&mut rest).zip(bytes) {
        *to = from;
    }
    (id, rest)
}
