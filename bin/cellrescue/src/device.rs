//! What this device is: its board and its key, as far as it knows.

use alloc::{string::String, vec, vec::Vec};

use libcell::archive::{Allow, hex};
use libcell::image;
use libcell::job::joined;
use libcell::options::Parsed;
use libcell::platform::{Errno, Open, Platform, utf8};
use libcell::trust::{self, PublicKey};

use crate::voice::{Failure, fail, misused, say};

/// Longest image in bytes.
const IMAGE_MAX: usize = image::BODY_MAX + image::HEADER + image::SIGNATURE_MAX + 6;

/// Where the image is on the device.
const IMAGE: &str = "/etc/cells.bin";

/// What is known.
pub(crate) struct Device {
    /// Prefix of its own paths.
    pub prefix: String,
    /// The name of its board, `-` if unknown.
    pub board: String,
    /// SHA-256 of its image in hexadecimal, `-` if it has none.
    pub image: String,
    /// Volumes whose archives may have what others may not.
    allowed: Vec<(String, Allow)>,
    /// The key that signatures are by.
    pub key: Option<PublicKey>,
}

impl Device {
    /// Looks. What is damaged is said, and as good as not there.
    pub(crate) fn new<P: Platform>(platform: &P, prefix: &str) -> Self {
        let mut device = Self {
            prefix: prefix.into(),
            board: "-".into(),
            image: "-".into(),
            allowed: Vec::new(),
            key: None,
        };
        if let Some(bytes) = device.file(platform, IMAGE, IMAGE_MAX) {
            match image::open(&bytes) {
                Ok(opened) => {
                    let mut digits = [0; 64];
                    hex(&opened.digest, &mut digits);
                    device.image = utf8(&digits).unwrap_or_default().into();
                    device.board = opened.image.board.name.into();
                    for volume in &opened.image.volumes {
                        if volume.allow != Allow::default() {
                            let name = volume.name.as_str().into();
                            device.allowed.push((name, volume.allow));
                        }
                    }
                }
                Err(_) => say(platform, &[IMAGE, ": damaged"]),
            }
        }
        if let Some(bytes) = device.file(platform, trust::PATH, trust::FILE_MAX) {
            match PublicKey::parse(&bytes) {
                Ok(key) => device.key = Some(key),
                Err(error) => drop(fail(platform, trust::PATH, error)),
            }
        }
        device
    }

    /// A file of the device; what cannot be read is said.
    fn file<P: Platform>(&self, platform: &P, path: &str, most: usize) -> Option<Vec<u8>> {
        match read(platform, &joined(&[&self.prefix, path]), most) {
            Ok(bytes) => Some(bytes),
            Err(Errno::ENOENT) => None,
            Err(errno) => {
                fail(platform, path, errno);
                None
            }
        }
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
                other => return Err(misused(platform, other, "neither devices nor set-id")),
            }
        }
        Ok(allow)
    }

    /// The board that an archive must be of; `None` if this device does not know its own.
    pub(crate) fn board(&self) -> Option<&str> {
        Some(self.board.as_str()).filter(|board| *board != "-")
    }
}

/// The whole of a file that is not longer than `most`.
pub(crate) fn read<P: Platform>(platform: &P, path: &str, most: usize) -> Result<Vec<u8>, Errno> {
    let file = platform.open(path, Open::Read, 0)?;
    let size = platform.metadata_of(&file)?.size;
    let size = usize::try_from(size).ok().filter(|size| *size <= most);
    let mut bytes = vec![0; size.ok_or(Errno::EFBIG)?];
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
