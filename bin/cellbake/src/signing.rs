//! Signatures in the format of minisign(1), made.
//!
//! The key file is read by the `minisign` library. It signs with noise, so that no two signatures of the same data are the
//! same; minisign(1) itself does not, and two builds of one image must not differ. So the signature is Ed25519's own (RFC
//! 8032), and its text is put together here.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use blake2::{Blake2b512, Digest};
use data_encoding::BASE64;
use libcell::trust::KeyId;
use minisign::SecretKeyBox;

/// A secret key.
pub struct Signer {
    id: [u8; 8],
    secret: [u8; 64],
}

/// Why a key cannot be used.
#[derive(Debug)]
pub enum SigningError {
    /// The file cannot be read.
    Read(io::Error),
    /// It is no secret key file, or the password is wrong.
    Key(String),
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(why) => write!(f, "cannot be read: {why}"),
            Self::Key(why) => write!(f, "not a secret key: {why}"),
        }
    }
}

impl std::error::Error for SigningError {}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads a secret key file. One that is encrypted is opened by the first line of `password`, or by what is typed at the
    /// terminal when there is none.
    ///
    /// # Errors
    /// As [`SigningError`] tells.
    pub fn read(key: &Path, password: Option<&Path>) -> Result<Self, SigningError> {
        let text = fs::read_to_string(key).map_err(SigningError::Read)?;
        let password = match password {
            Some(file) => {
                let text = fs::read_to_string(file).map_err(SigningError::Read)?;
                Some(text.lines().next().unwrap_or_default().to_owned())
            }
            None => None,
        };
        Self::of(&text, password)
    }

    fn of(text: &str, password: Option<String>) -> Result<Self, SigningError> {
        let line = text.lines().nth(1).unwrap_or_default();
        let bytes = BASE64
            .decode(line.trim_end().as_bytes())
            .unwrap_or_default();
        // "Ed", the algorithm it is encrypted with, that of its checksum
        let bytes = match bytes.get(..6) {
            Some([b'E', b'd', 0, 0, b'B', b'2']) => bytes,
            // the library would verify the checksum of one that is not, which minisign(1) leaves out there
            Some([b'E', b'd', _, _, b'B', b'2']) => {
                let opened = SecretKeyBox::from_string(text)
                    .and_then(|file| file.into_secret_key(password))
                    .map_err(|why| SigningError::Key(why.to_string()))?;
                opened.to_bytes()
            }
            Some(_) | None => return Err(SigningError::Key("not one of minisign(1)".to_owned())),
        };
        // behind salt and limits: key id, secret and public key, checksum
        let short = || SigningError::Key("cut short".to_owned());
        let part = bytes.get(54..).ok_or_else(short)?;
        let (id, rest) = part.split_first_chunk().ok_or_else(short)?;
        let secret = rest.first_chunk().ok_or_else(short)?;
        Ok(Self {
            id: *id,
            secret: *secret,
        })
    }

    /// The key's id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        KeyId::new(self.id)
    }

    /// Its public key file.
    #[must_use]
    pub fn public_file(&self) -> String {
        let (_, public) = self.secret.split_at(32);
        let line = BASE64.encode(&[b"Ed".as_slice(), &self.id, public].concat());
        format!(
            "untrusted comment: minisign public key {}\n{line}\n",
            self.id()
        )
    }

    /// The signature file of `data`, with a trusted comment: one line of text.
    #[must_use]
    pub fn sign(&self, data: &[u8], comment: &str) -> String {
        let signature = self.raw(&Blake2b512::digest(data));
        let global = self.raw(&[&signature, comment.as_bytes()].concat());
        let line = BASE64.encode(&[b"ED".as_slice(), &self.id, &signature].concat());
        format!(
            "untrusted comment: signature by key {}\n{line}\ntrusted comment: {comment}\n{}\n",
            self.id(),
            BASE64.encode(&global)
        )
    }

    /// Ed25519.
    fn raw(&self, message: &[u8]) -> Vec<u8> {
        let mut signed = vec![0; 64 + message.len()];
        sodalite::sign_attached(&mut signed, message, &self.secret);
        signed.truncate(64);
        signed
    }
}

#[cfg(test)]
mod tests;
