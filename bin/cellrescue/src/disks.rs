//! Which disks there are, and what is on them.

use alloc::{string::String, vec, vec::Vec};

use libcell::archive::gzip::Crc32;
use libcell::platform::{Errno, Open, Platform};

use crate::filesystem::{BLOCKS, FileSystem, identify};

/// Most that are looked at.
const DISKS_MAX: usize = 128;

/// A disk or a part of one, with a file system on it.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    /// The node of its blocks.
    pub device: String,
    /// What is on it.
    pub found: FileSystem,
    /// Where it is mounted already.
    pub mounted: Option<String>,
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
    let mut nodes: Vec<(String, String)> = Vec::new();
    platform.disks(&mut |device, raw| {
        if nodes.len() < DISKS_MAX {
            nodes.push((device.into(), raw.into()));
        }
    })?;
    let mut disks: Vec<Disk> = Vec::new();
    for (device, raw) in nodes {
        let Some((found, sum)) = look(platform, &raw) else {
            continue;
        };
        let is_known = |disk: &Disk| disk.sum == sum && disk.found == found;
        if !disks.iter().any(is_known) {
            disks.push(Disk {
                device,
                found,
                mounted: None,
                sum,
            });
        }
    }
    platform.mounts(&mut |mounted| {
        for disk in &mut disks {
            if disk.device == mounted.from {
                disk.mounted = Some(mounted.on.into());
            }
        }
    })?;
    Ok(disks)
}

/// What is on a device, and a sum of how it begins.
fn look<P: Platform>(platform: &P, raw: &str) -> Option<(FileSystem, u32)> {
    let file = platform.open(raw, Open::Read, 0).ok()?;
    let mut crc = Crc32::default();
    let blocks = BLOCKS.map(|(offset, length)| {
        let mut block = vec![0; length];
        let count = platform.read_at(&file, &mut block, offset).unwrap_or(0);
        block.truncate(count);
        crc.update(&block);
        block
    });
    let found = identify(&blocks.each_ref().map(Vec::as_slice))?;
    Some((found, crc.value()))
}
