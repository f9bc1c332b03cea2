//! Which disks there are, and what is on them.

use alloc::{string::String, vec, vec::Vec};

use libcell::archive::gzip::Crc32;
use libcell::platform::{Errno, Open, Platform};

use crate::filesystem::{BLOCK, BLOCKS, FileSystem, identify};

/// A disk or a part of one, with a file system on it.
pub(crate) struct Disk {
    /// The node of its blocks.
    pub device: String,
    /// What is on it.
    pub found: FileSystem,
    /// Where it is mounted already; empty if it is not.
    pub mounted: String,
    /// Tells whether two are one: a disk and its only part begin alike.
    sum: u32,
}

impl Disk {
    /// Its name in `/dev`.
    pub(crate) fn name(&self) -> &str {
        base(&self.device)
    }
}

/// The last component of a path.
pub(crate) fn base(path: &str) -> &str {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    path.get(slash.map_or(0, |slash| slash + 1)..)
        .unwrap_or_default()
}

/// All disks with a file system that can be mounted, each once. What cannot be read is as if it were not there: a drive
/// without a medium, a part that the disk does not have.
pub(crate) fn all<P: Platform>(platform: &P) -> Result<Vec<Disk>, Errno> {
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
        let sum = crc.value();
        if disks.iter().all(|disk| disk.sum != sum) {
            disks.push(Disk {
                device: device.into(),
                found,
                mounted: String::new(),
                sum,
            });
        }
    })?;
    platform.mounts(&mut |mounted| {
        for disk in &mut disks {
            if disk.device == mounted.from {
                disk.mounted = mounted.on.into();
            }
        }
    })?;
    Ok(disks)
}
