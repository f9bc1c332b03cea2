//! What is to run: the image's bytes and the changes', which the model borrows from.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use libcell::control::Changes;
use libcell::desired::store::{StoreError, Stored};
use libcell::desired::{Conflict, Overrides, merge};
use libcell::image::{self, Image, ImageError};
use libcell::platform::{Errno, Open, Platform};
use libcell::state;

/// Both, read.
#[derive(Debug)]
pub(crate) struct Source {
    image: Vec<u8>,
    stored: Result<Stored, StoreError>,
}

/// The bytes read, understood.
pub(crate) struct Desired<'s> {
    /// What is to run.
    pub image: Image<'s>,
    /// The beginning of the image's digest.
    pub digest: [u8; 8],
    /// What became of the changes.
    pub changes: Changes,
}

/// Why there is nothing to run.
pub(crate) enum Unusable<'s> {
    /// It is none.
    Image(ImageError),
    /// The changes cannot be read.
    Store(StoreError),
    /// They do not go with the image.
    Conflict(Conflict<'s>),
}

impl Source {
    /// Reads both. Changes that cannot be read are told by [`Self::desired`].
    pub fn load<P: Platform>(platform: &P, path: &str, prefix: &str) -> Result<Self, Errno> {
        Ok(Self {
            image: read(platform, path)?,
            stored: Stored::load(platform, prefix),
        })
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        self.image.capacity() + self.stored.as_ref().map_or(0, Stored::size)
    }

    /// The image with the changes made.
    pub fn desired(&self) -> Result<Desired<'_>, Unusable<'_>> {
        let stored = self.stored.as_ref().map_err(|why| Unusable::Store(*why))?;
        self.with(&stored.overrides(), Changes::Made(stored.generation))
    }

    /// The image as it was built.
    pub fn baked(&self) -> Result<Desired<'_>, Unusable<'_>> {
        self.with(&Overrides::default(), Changes::Refused)
    }

    fn with<'s>(
        &'s self,
        overrides: &Overrides<'s>,
        changes: Changes,
    ) -> Result<Desired<'s>, Unusable<'s>> {
        let opened = image::open(&self.image).map_err(Unusable::Image)?;
        let [a, b, c, d, e, f, g, h, ..] = opened.digest;
        let image = if overrides.is_empty() {
            opened.image
        } else {
            let merged = merge(&opened.image, overrides).map_err(Unusable::Conflict)?;
            merged.image
        };
        Ok(Desired {
            image,
            digest: [a, b, c, d, e, f, g, h],
            changes,
        })
    }
}

impl Unusable<'_> {
    /// As a line about the file it is about, the image being at `path`.
    pub fn told(&self, path: &str) -> String {
        let mut text = String::new();
        let _ = match self {
            Self::Image(_) => write!(text, "{path}: {self}"),
            Self::Store(_) | Self::Conflict(_) => {
                write!(text, "{}: {self}", state::DIRECTORY)
            }
        };
        text
    }
}

impl fmt::Display for Unusable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Conflict(conflict) => {
                if let Some(object) = conflict.object {
                    f.write_str(object)?;
                    f.write_str(": ")?;
                }
                conflict.why.fmt(f)
            }
        }
    }
}

/// The whole of a file.
fn read<P: Platform>(platform: &P, path: &str) -> Result<Vec<u8>, Errno> {
    let size = platform.metadata(path)?.size;
    let most = image::BODY_MAX + image::HEADER + image::SIGNATURE_MAX + 6;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size <= most)
        .ok_or(Errno::EFBIG)?;
    let file = platform.open(path, Open::Read, 0)?;
    let mut bytes = alloc::vec![0; size];
    let mut used = 0;
    while let Some(rest) = bytes.get_mut(used..).filter(|rest| !rest.is_empty()) {
        match platform.read(&file, rest)? {
            0 => break,
            count => used += count,
        }
    }
    bytes.truncate(used);
    Ok(bytes)
}
