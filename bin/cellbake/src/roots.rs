//! The read-only roots of cells: what is in them, and laying them out.

mod lay;
mod source;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

pub(crate) use lay::MTIME;
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

/// What a root comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// SHA-256 over paths, kinds, modes and contents.
    pub digest: [u8; 32],
    /// Its files, by path.
    pub files: Vec<MeasuredFile>,
}

/// A file of a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredFile {
    /// Its path in the root.
    pub path: String,
    /// What tells it from another file: SHA-256 of its content, and its mode.
    pub same: ([u8; 32], u32),
    /// Bytes.
    pub bytes: u64,
}

impl Measure {
    /// What it takes, rounded up.
    #[must_use]
    pub fn kib(&self) -> u32 {
        kib(self.files.iter().map(|file| file.bytes).sum())
    }

    /// What several roots take when a file that more than one of them has is there once, rounded up.
    #[must_use]
    pub fn together_kib<'m>(all: impl Iterator<Item = &'m Self>) -> u32 {
        let files = all.flat_map(|one| &one.files);
        let once: BTreeMap<_, _> = files.map(|file| (file.same, file.bytes)).collect();
        kib(once.values().sum())
    }
}

fn kib(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}

impl Root {
    /// Its digest and the sizes of its files.
    ///
    /// # Errors
    /// A file of the build host that cannot be read.
    pub fn measure(&self) -> Result<Measure, RootError> {
        let mut hash = Sha256::new();
        let mut files = Vec::new();
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
                            files.push(MeasuredFile {
                                path: path.clone(),
                                same: (Sha256::digest(&bytes).into(), entry.mode),
                                bytes: bytes.len() as u64,
                            });
                        }
                        None => hash.update(b"unseen"),
                    }
                }
            }
        }
        Ok(Measure {
            digest: hash.finalize().into(),
            files,
        })
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
