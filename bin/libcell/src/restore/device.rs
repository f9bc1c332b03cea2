//! What this device is to its volumes: the board it is, the image that defines them, the key it trusts.

use alloc::{string::String, vec::Vec};

use crate::archive::{Allow, hex};
use crate::desired::IMAGE;
use crate::file::read;
use crate::image;
use crate::job::joined;
use crate::platform::{Errno, Platform, utf8};
use crate::problem::{Rule, Why};
use crate::table::Line;
use crate::trust::{self, PublicKey};

/// Longest image in bytes.
const IMAGE_MAX: usize = image::BODY_MAX + image::HEADER + image::SIGNATURE_MAX + 6;

/// What is known.
#[derive(Debug)]
pub struct Device<'p> {
    /// Prefix of its own paths.
    pub prefix: &'p str,
    /// The name of its board, `-` if unknown.
    pub board: String,
    /// SHA-256 of its image in hexadecimal, `-` if it has none.
    image: Line,
    /// Volumes whose archives may have what others may not.
    allowed: Vec<(String, Allow)>,
    /// The key that signatures are by.
    pub key: Option<PublicKey>,
}

impl<'p> Device<'p> {
    /// Looks. What is damaged is said, and as good as not there: a volume can be saved all the same.
    pub fn new<P: Platform>(platform: &P, prefix: &'p str, say: &mut dyn FnMut(&str, Why)) -> Self {
        let mut device = Self {
            prefix,
            board: "-".into(),
            image: Line::from(*b"-"),
            allowed: Vec::new(),
            key: None,
        };
        let mut file = |path: &str, most| {
            read(platform, &joined(&[prefix, path]), most).unwrap_or_else(|errno| {
                if errno != Errno::ENOENT {
                    say(path, errno);
                }
                Vec::new()
            })
        };
        let (image, key) = (file(IMAGE, IMAGE_MAX), file(trust::PATH, trust::FILE_MAX));
        match image::open(&image) {
            Ok(opened) => {
                device.image.clear();
                hex(&opened.digest, &mut device.image);
                device.board = opened.image.board.name.into();
                for volume in &opened.image.volumes {
                    if volume.allow != Allow::default() {
                        let name = volume.name.as_str().into();
                        device.allowed.push((name, volume.allow));
                    }
                }
            }
            Err(_) if image.is_empty() => {}
            Err(_) => say(IMAGE, Rule::NotAnImage.into()),
        }
        if !key.is_empty() {
            match PublicKey::parse(&key) {
                Ok(key) => device.key = Some(key),
                Err(error) => say(trust::PATH, error.into()),
            }
        }
        device
    }

    /// SHA-256 of its image in hexadecimal, `-` if it has none.
    #[must_use]
    pub fn image(&self) -> &str {
        utf8(&self.image).unwrap_or_default()
    }

    /// What archives of a volume may have by its definition.
    #[must_use]
    pub fn defined(&self, volume: &str) -> Allow {
        let defined = self.allowed.iter().find(|(name, _)| name == volume);
        defined.map_or(Allow::default(), |(_, allow)| *allow)
    }
}
