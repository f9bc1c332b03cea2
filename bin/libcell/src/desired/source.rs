//! What is to run: the image's bytes and the changes', which the model borrows from.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::choice::{Paths, Say, choose};
use super::store::{StoreError, Stored};
use super::{Conflict, Overrides, merge};
use crate::control::Changes;
use crate::image::{self, Image, ImageError};
use crate::platform::Platform;
use crate::state;

/// Both, read.
#[derive(Debug)]
pub struct Source {
    image: Vec<u8>,
    stored: Result<Stored, StoreError>,
}

/// The bytes read, understood.
#[derive(Debug)]
pub struct Desired<'s> {
    /// What is to run.
    pub image: Image<'s>,
    /// The beginning of the image's digest.
    pub digest: [u8; 8],
    /// What became of the changes.
    pub changes: Changes,
}

/// Why there is nothing to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable<'s> {
    /// It is none.
    Image(ImageError),
    /// The changes cannot be read.
    Store(StoreError),
    /// They do not go with the image.
    Conflict(Conflict<'s>),
}

impl Source {
    /// Reads both, the image being one that may be run; what is refused of images is said, and `None` is that there is no
    /// other. Changes that cannot be read are told by [`Self::desired`].
    pub fn load<P: Platform>(
        platform: &P,
        paths: &Paths<'_>,
        prefix: &str,
        say: Say<'_>,
    ) -> Option<Self> {
        Some(Self {
            image: choose(platform, paths, say)?,
            stored: Stored::load(platform, prefix),
        })
    }

    /// The changes as they are on flash.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub fn stored(&self) -> Result<&Stored, StoreError> {
        self.stored.as_ref().map_err(|why| *why)
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        self.image.capacity() + self.stored.as_ref().map_or(0, Stored::size)
    }

    /// The image with the changes made; one for rescue without.
    ///
    /// # Errors
    /// Why not.
    pub fn desired(&self) -> Result<Desired<'_>, Unusable<'_>> {
        let stored = self.stored.as_ref().map_err(|why| Unusable::Store(*why))?;
        self.with(stored.overrides(), Changes::Made(stored.generation))
    }

    /// The image as it was built.
    ///
    /// # Errors
    /// It is none.
    pub fn baked(&self) -> Result<Desired<'_>, Unusable<'_>> {
        self.with(Overrides::default(), Changes::Refused)
    }

    fn with<'s>(
        &'s self,
        overrides: Overrides<'s>,
        changes: Changes,
    ) -> Result<Desired<'s>, Unusable<'s>> {
        let opened = image::open(&self.image).map_err(Unusable::Image)?;
        let [a, b, c, d, e, f, g, h, ..] = opened.digest;
        let image = if overrides.is_empty() || opened.image.board.rescue {
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
    /// As a line about the file it is about.
    #[must_use]
    pub fn told(&self) -> String {
        let mut text = String::new();
        let file = match self {
            Self::Image(_) => "image",
            Self::Store(_) | Self::Conflict(_) => state::DIRECTORY,
        };
        let _ = write!(text, "{file}: {self}");
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
