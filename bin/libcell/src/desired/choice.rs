//! Which image to run: the board's, or the one for rescue.
//!
//! A device that has a key runs only what was signed by it. An image that is refused is not run in part: the device comes
//! up with its rescue image, if it has a good one, or not at all.

use alloc::vec::Vec;
use core::fmt;

use crate::file::read;
use crate::image::{self, BODY_MAX, HEADER, ImageError, Opened, SIGNATURE_MAX};
use crate::platform::{Errno, Platform};
use crate::trust::{self, PublicKey, TrustError};

/// Longest image file in bytes.
const IMAGE_MAX: usize = HEADER + BODY_MAX + SIGNATURE_MAX + 6;

/// Why an image is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    System(Errno),
    Image(ImageError),
    Trust(TrustError),
}

/// Where everything is that decides.
#[derive(Clone, Copy, Debug)]
pub struct Paths<'p> {
    /// The image.
    pub image: &'p str,
    /// What runs when that one is refused.
    pub rescue: &'p str,
    /// The public key that both must be signed by, if there is one.
    pub key: &'p str,
}

/// Where the image is on the device.
pub const IMAGE: &str = "/etc/cells.bin";

/// And the image that runs when that one is refused.
pub const RESCUE: &str = "/etc/rescue.bin";

/// Whom to tell what was refused.
pub type Say<'s> = &'s mut dyn FnMut(fmt::Arguments<'_>);

/// The bytes of the image to run, which is well formed and signed as it must be. What was refused is said.
pub fn choose<P: Platform>(platform: &P, paths: &Paths<'_>, say: Say<'_>) -> Option<Vec<u8>> {
    let key = match key(platform, paths.key) {
        Ok(key) => key,
        Err(why) => {
            say(format_args!("{}: {why}", paths.key));
            return None;
        }
    };
    let refusal = match good(platform, paths.image, key.as_ref()) {
        Ok(bytes) => return Some(bytes),
        Err(why) => why,
    };
    say(format_args!("{}: refused: {refusal}", paths.image));
    match good(platform, paths.rescue, key.as_ref()) {
        Ok(bytes) => {
            say(format_args!(
                "{}: rescue: running this instead",
                paths.rescue
            ));
            Some(bytes)
        }
        Err(Refused::System(Errno::ENOENT)) => None,
        Err(why) => {
            say(format_args!("{}: refused: {why}", paths.rescue));
            None
        }
    }
}

/// The device's key; `None` if it has none.
fn key<P: Platform>(platform: &P, path: &str) -> Result<Option<PublicKey>, Refused> {
    let file = match read(platform, path, trust::FILE_MAX) {
        Err(Errno::ENOENT) => return Ok(None),
        file => file.map_err(Refused::System)?,
    };
    PublicKey::parse(&file).map(Some).map_err(Refused::Trust)
}

/// The bytes of an image that may be run.
fn good<P: Platform>(
    platform: &P,
    path: &str,
    key: Option<&PublicKey>,
) -> Result<Vec<u8>, Refused> {
    let bytes = read(platform, path, IMAGE_MAX).map_err(Refused::System)?;
    image::open(&bytes)
        .map_err(Refused::Image)
        .and_then(|opened| trusted(&opened, key).map_err(Refused::Trust))?;
    Ok(bytes)
}

/// That an image is signed by the key, if there is one, and that there is one if the image must be signed.
fn trusted(opened: &Opened<'_>, key: Option<&PublicKey>) -> Result<(), TrustError> {
    match (key, opened.signature) {
        (Some(key), Some(signature)) => key.verify(opened.signed, signature).map(drop),
        (Some(_), None) => Err(TrustError::Unsigned),
        (None, _) if opened.image.board.signed => Err(TrustError::NoKey),
        (None, _) => Ok(()),
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(errno) => errno.fmt(f),
            Self::Image(error) => error.fmt(f),
            Self::Trust(error) => error.fmt(f),
        }
    }
}
