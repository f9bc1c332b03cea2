//! What this device is: its board and its key, as far as it knows.

use alloc::{string::String, vec, vec::Vec};

use libcell::archive::{Allow, hex};
use libcell::image;
use libcell::job::joined;
use libcell::options::Parsed;
use libcell::platform::{Errno, Open, Platform, utf8};
use libcell::problem::Rule;
use libcell::table::Line;
use libcell::trust::{self, PublicKey};

use crate::voice::{Failure, fail, misused};

/// Longest image in bytes.
const IMAGE_MAX: usize = image::BODY_MAX + image::HEADER + image::SIGNATURE_MAX + 6;

/// Where the image is on the device.
const IMAGE: &str = "/etc/cells.bin";

/// What is known.
pub(crate) struct Device<'p> {
    /// Prefix of its own paths.
    pub prefix: &'p str,
    /// The name of its board, `-` if unknown.
    pub board: String,
    /// SHA-256 of its image in hexadecimal, `-` if it has none.
    pub image: Line,
    /// Volumes whose archives may have what others may not.
    allowed: Vec<(String, Allow)>,
    /// The key that signatures are by.
    pub key: Option<PublicKey>,
}

impl<'p> Device<'p> {
    /// Looks. What is damaged is said, and as good as not there.
    pub(crate) fn new<P: Platform>(platform: &P, prefix: &'p str) -> Self {
        let mut device = Self {
            prefix,
            board: "-".into(),
            image: Line::from(*b"-"),
            allowed: Vec::new(),
            key: None,
        };
        let file = |path: &str, most| {
            read(platform, &joined(&[prefix, path]), most).unwrap_or_else(|errno| {
                if errno != Errno::ENOENT {
                    fail(platform, path, errno);
                }
                Vec::new()
            })
        };
        let bytes = file(IMAGE, IMAGE_MAX);
        match image::open(&bytes) {
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
            Err(_) if bytes.is_empty() => {}
            Err(_) => drop(fail(platform, IMAGE, Rule::NotAnImage.why())),
        }
        let bytes = file(trust::PATH, trust::FILE_MAX);
        if !bytes.is_empty() {
            match PublicKey::parse(&bytes) {
                Ok(key) => device.key = Some(key),
                Err(error) => drop(fail(platform, trust::PATH, error.into())),
            }
        }
        device
    }

    /// SHA-256 of its image in hexadecimal, `-` if it has none.
    pub(crate) fn image(&self) -> &str {
        utf8(&self.image).unwrap_or_default()
    }

    /// What the definition of a volume allows.
    pub(crate) fn defined(&self, volume: &str) -> Allow {
        let defined = self.allowed.iter().find(|(name, _)| name == volume);
        defined.map_or(Allow::default(), |(_, allow)| *allow)
    }

    /// What archives of a volume may have: what its definition allows, and what these words of `--allow` do.
    pub(crate) fn allow<P: Platform>(
        &self,
        platform: &P,
        volume: &str,
        parsed: &Parsed<'_>,
    ) -> Result<Allow, Failure> {
        let mut allow = self.defined(volume);
        for word in parsed.values(b'A') {
            match word {
                "devices" => allow.devices = true,
                "set-id" => allow.set_id = true,
                other => return Err(misused(platform, other, Rule::NotAllowed)),
            }
        }
        Ok(allow)
    }
}

/// The whole of a file that is not longer than `most`.
#[inline(never)]
pub(crate) fn read<P: Platform>(platform: &P, path: &str, most: usize) -> Result<Vec<u8>, Errno> {
    let file = platform.open(path, Open::Read, 0)?;
    let size = platform.metadata_of(&file)?.size;
    if size > most as u64 {
        return Err(Errno::EFBIG);
    }
    let mut bytes = vec![0; size as usize];
    let mut used = 0;
    while let Some(rest) = bytes.get_mut(used..).filter(|rest| !rest.is_empty()) {
        match platform.read_at(&file, rest, used as u64)? {
            0 => break,
            count => used += count,
        }
    }
    bytes.truncate(used);
    Ok(bytes)
}
