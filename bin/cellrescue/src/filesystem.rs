//! Which file system begins with these bytes: no I/O.

use alloc::string::String;

use libcell::platform::{MountKind, utf8};

/// A kind of file system that can be mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// FAT.
    Msdos,
    /// UFS of either version.
    Ffs,
    /// ext2 and what came after it.
    Ext2,
}

impl Kind {
    /// As mount(8) calls it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Msdos => "msdos",
            Self::Ffs => "ffs",
            Self::Ext2 => "ext2fs",
        }
    }

    /// How it is mounted. On FAT everything is root's.
    pub(crate) const fn mount(self, device: &str) -> MountKind<'_> {
        match self {
            Self::Msdos => MountKind::Msdos {
                device,
                uid: 0,
                gid: 0,
                mode: 0o700,
            },
            Self::Ffs => MountKind::Ffs { device },
            Self::Ext2 => MountKind::Ext2 { device },
        }
    }
}

/// A file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileSystem {
    /// Of which kind.
    pub kind: Kind,
    /// What it is called, empty if it has no name.
    pub label: String,
    /// Its size.
    pub size_kib: u64,
}

/// Bytes of a block that [`identify`] takes.
pub(crate) const BLOCK: usize = 4096;

/// Where it takes them from, one after the other.
pub(crate) const BLOCKS: [u64; 3] = [0, 8192, 65_536];

/// Superblocks of UFS are known by this (sys/ufs/ffs/fs.h), of version 1 and 2.
const UFS1: u32 = 0x0001_1954;
const UFS2: u32 = 0x1954_0119;

/// The file system of which these are the blocks.
pub(crate) fn identify(blocks: &[u8]) -> Option<FileSystem> {
    fat(blocks).or_else(|| ext2(blocks)).or_else(|| {
        let (first, second) = (blocks.get(2 * BLOCK..)?, blocks.get(BLOCK..)?);
        ufs(first, UFS2)
            .or_else(|| ufs(second, UFS2))
            .or_else(|| ufs(second, UFS1))
    })
}

fn bytes<const N: usize>(block: &[u8], at: usize) -> Option<[u8; N]> {
    block.get(at..)?.first_chunk().copied()
}

fn small(block: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(bytes(block, at)?).into())
}

fn large(block: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes(block, at)?))
}

fn label(block: &[u8], at: usize, length: usize) -> String {
    let text = block.get(at..at + length).unwrap_or_default();
    let end = text.iter().position(|byte| *byte == 0);
    let text = text.get(..end.unwrap_or(length)).unwrap_or_default();
    let text = utf8(text).unwrap_or_default().trim_end_matches(' ');
    if text == "NO NAME" {
        String::new()
    } else {
        text.into()
    }
}

/// FAT (Microsoft's "FAT: General Overview of On-Disk Format"): a boot sector whose numbers can be.
fn fat(block: &[u8]) -> Option<FileSystem> {
    let jump = *block.first()?;
    let sector = small(block, 11)?;
    let [cluster, ..] = bytes::<1>(block, 13)?;
    let sound = matches!(jump, 0xeb | 0xe9)
        && block.get(510..512)? == [0x55, 0xaa]
        && sector.is_power_of_two()
        && (512..=4096).contains(&sector)
        && cluster.is_power_of_two()
        && small(block, 14)? != 0
        && matches!(bytes::<1>(block, 16)?, [1 | 2]);
    let is_32 = small(block, 22)? == 0;
    let name = if is_32 { 71 } else { 43 };
    let kind = block.get(name + 11..name + 14)?;
    if !sound || kind != b"FAT" {
        return None;
    }
    let sectors = match small(block, 19)? {
        0 => large(block, 32)?,
        sectors => sectors,
    };
    Some(FileSystem {
        kind: Kind::Msdos,
        label: label(block, name, 11),
        size_kib: (u64::from(sectors) * u64::from(sector)) >> 10,
    })
}

/// ext2 (sys/ufs/ext2fs/ext2fs.h): its superblock begins at 1024.
fn ext2(block: &[u8]) -> Option<FileSystem> {
    let block = block.get(1024..)?;
    let shift = large(block, 24)?;
    if small(block, 56)? != 0xef53 || shift > 6 {
        return None;
    }
    Some(FileSystem {
        kind: Kind::Ext2,
        label: label(block, 120, 16),
        size_kib: u64::from(large(block, 4)?) << shift,
    })
}

/// UFS, of either byte order.
fn ufs(block: &[u8], magic: u32) -> Option<FileSystem> {
    let found: [u8; 4] = bytes(block, 1372)?;
    let is_little = if found == magic.to_le_bytes() {
        true
    } else if found == magic.to_be_bytes() {
        false
    } else {
        return None;
    };
    let number = |at| {
        let number: [u8; 4] = bytes(block, at)?;
        Some(if is_little {
            u32::from_le_bytes(number)
        } else {
            u32::from_be_bytes(number)
        })
    };
    let fragment = number(52)?;
    let fragments = match (magic == UFS1, is_little) {
        (true, _) => number(36)?.into(),
        (false, true) => u64::from_le_bytes(bytes(block, 1080)?),
        (false, false) => u64::from_be_bytes(bytes(block, 1080)?),
    };
    Some(FileSystem {
        kind: Kind::Ffs,
        label: label(block, 680, 32),
        size_kib: fragments.saturating_mul(fragment.into()) >> 10,
    })
}

#[cfg(test)]
mod tests;
