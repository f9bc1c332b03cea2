//! Which disks there are, and what is on them.

use alloc::{string::String, vec, vec::Vec};
use core::mem::take;

use libcell::archive::gzip::Crc32;
use libcell::platform::{Errno, Open, Platform};

use crate::filesystem::{BLOCK, BLOCKS, FileSystem, identify};
use crate::stick::is_ours;

/// A disk or a part of one, with a file system on it.
pub(crate) struct Disk {
    /// The node of its blocks.
    pub device: String,
    /// What is on it.
    pub found: FileSystem,
    /// Where it is mounted already; empty if it is not.
    pub mounted: String,
    /// Of how it begins.
    sum: u32,
}

impl Disk {
    /// Its name in `/dev`.
    pub(crate) fn name(&self) -> &str {
        base(&self.device)
    }

    /// Whether this is another name of it: a disk and its only part begin alike. Two drives that do are copies.
    fn is_one_with(&self, other: &Self) -> bool {
        self.sum == other.sum && drive(self.name()) == drive(other.name())
    }
}

/// The last component of a path.
pub(crate) fn base(path: &str) -> &str {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    path.get(slash.map_or(0, |slash| slash + 1)..)
        .unwrap_or_default()
}

/// All disks with a file system that can be mounted, each once. What cannot be read is as if it were not there: a drive
/// without a medium, a part that the disk does not have. None is left mounted by one that was killed.
pub(crate) fn all<P: Platform>(platform: &P) -> Result<Vec<Disk>, Errno> {
    let mut mounts: Vec<(String, String)> = Vec::new();
    platform.mounts(&mut |mounted| mounts.push((mounted.from.into(), mounted.on.into())))?;
    // what is in use stays
    mounts.retain(|(_, on)| !is_ours(platform, on) || platform.unmount(on).is_err());
    let mut disks: Vec<Disk> = Vec::new();
    let mut blocks = vec![0; BLOCK * BLOCKS.len()];
    platform.disks(&mut |device, raw| {
        let Ok(file) = platform.open(raw, Open::Read, 0) else {
            return;
        };
        blocks.fill(0);
        for (block, offset) in blocks.chunks_mut(BLOCK).zip(BLOCKS) {
            let _ = platform.read_at(&file, block, offset);
        }
        let Some(found) = identify(&blocks) else {
            return;
        };
        let mut crc = Crc32::default();
        crc.update(&blocks);
        let on = mounts.iter_mut().find(|(from, _)| from == device);
        let disk = Disk {
            device: device.into(),
            found,
            mounted: on.map(|(_, on)| take(on)).unwrap_or_default(),
            sum: crc.value(),
        };
        match disks.iter_mut().find(|other| other.is_one_with(&disk)) {
            None => disks.push(disk),
            // whichever of its names it is mounted by
            Some(other) if other.mounted.is_empty() => {
                if !disk.mounted.is_empty() {
                    *other = disk;
                }
            }
            Some(_) => {}
        }
    })?;
    Ok(disks)
}

/// The drive that a name is of: all but the letter of its partition, which wedges have none of.
fn drive(name: &str) -> &[u8] {
    match name.as_bytes() {
        [drive @ .., b'a'..=b'z'] => drive,
        drive => drive,
    }
}

#[cfg(test)]
mod tests {
    use super::drive;

    #[test]
    fn a_disk_and_its_parts_are_one_drive_and_others_are_not() {
        for (name, of) in [("sd0e", "sd0"), ("wd10a", "wd10"), ("dk3", "dk3"), ("", "")] {
            assert_eq!(drive(name), of.as_bytes());
        }
    }
}
