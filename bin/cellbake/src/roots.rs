//! The read-only roots of cells: what is in them, and laying them out.

mod lay;
mod source;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

pub use lay::lay_out;
pub(crate) use source::matches;
pub use source::{Glimpse, Tree};

/// A cell's root. Everything in it belongs to root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// Its cell.
    pub cell: String,
    /// By path in the cell; parents come before what is in them. `/` itself is not listed.
    pub entries: BTreeMap<String, Entry>,
}

/// Something in a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Permission bits; ignored for links.
    pub mode: u32,
    /// What it is.
    pub kind: Kind,
}

/// What something in a root is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A symbolic link that says this.
    Link(String),
    /// A file.
    File(Content),
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// This.
    Bytes(Vec<u8>),
    /// What that file of the build host has in it.
    Copy(PathBuf),
    /// The source root was not looked at: it is only known to be copied.
    Unseen,
}

/// A root that could not be read or laid out.
#[derive(Debug)]
pub struct RootError {
    /// What was worked on.
    pub path: PathBuf,
    /// Why it failed.
    pub why: io::Error,
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for RootError {}

impl Root {
    /// SHA-256 over paths, kinds, modes and contents, and the bytes of its files.
    ///
    /// # Errors
    /// A file of the build host that cannot be read.
    pub fn measure(&self) -> Result<([u8; 32], u64), RootError> {
        let mut hash = Sha256::new();
        let mut size = 0u64;
        for (path, entry) in &self.entries {
            field(&mut hash, path.as_bytes());
            match &entry.kind {
                Kind::Directory => {
                    hash.update(b"d");
                    hash.update(entry.mode.to_le_bytes());
                }
                Kind::Link(target) => {
                    hash.update(b"l");
                    field(&mut hash, target.as_bytes());
                }
                Kind::File(content) => {
                    hash.update(b"f");
                    hash.update(entry.mode.to_le_bytes());
                    match content.read()? {
                        Some(bytes) => {
                            field(&mut hash, &bytes);
                            size += bytes.len() as u64;
                        }
                        None => hash.update(b"unseen"),
                    }
                }
            }
        }
        Ok((hash.finalize().into(), size))
    }

    /// Whether some file's content is not known.
    #[must_use]
    pub fn has_unseen(&self) -> bool {
        self.entries
            .values()
            .any(|entry| entry.kind == Kind::File(Content::Unseen))
    }
}

impl Content {
    /// The bytes; `None` when they are not known.
    ///
    /// # Errors
    /// A file of the build host that cannot be read.
    pub fn read(&self) -> Result<Option<Vec<u8>>, RootError> {
        match self {
            Self::Bytes(bytes) => Ok(Some(bytes.clone())),
            Self::Copy(path) => fs::read(path).map(Some).map_err(|why| RootError {
                path: path.clone(),
                why,
            }),
            Self::Unseen => Ok(None),
        }
    }
}

/// Length first, so that no two lists of fields hash alike.
fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests;
