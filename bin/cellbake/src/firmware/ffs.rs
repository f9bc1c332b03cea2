//! A file system of makefs(8), read back, and made the same each time.
//!
//! Source: `sys/ufs/ffs/fs.h`, `sys/ufs/ufs/dinode.h` and `dir.h` of NetBSD; UFS1, either byte order.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::facts;

/// Where the superblock is.
const SUPERBLOCK: usize = 8192;
/// Its `fs_magic`, and where in it that is.
const MAGIC: u64 = 0x0001_1954;
const MAGIC_AT: usize = 1372;
/// `fs_ocsp` and the four pointers behind it: addresses in the memory of whoever wrote it, which no reader uses.
const IN_CORE: std::ops::Range<usize> = 728..856;
/// Bytes of an inode, and the number of the root directory's.
const INODE: usize = 128;
const ROOT: u64 = 2;

/// A file system image.
pub(super) struct Ffs<'b> {
    bytes: &'b [u8],
    big_endian: bool,
    /// Fragments to the inodes of a group, from its beginning.
    inodes_at: u64,
    offset: u64,
    mask: u64,
    groups: u64,
    block: u64,
    fragment: u64,
    fragments: u64,
    per_group: u64,
    group: u64,
    /// Fragments to the superblock's copy in a group.
    copy_at: u64,
}

#[derive(Clone, Copy)]
struct Inode<'f> {
    image: &'f Ffs<'f>,
    at: usize,
}

impl<'b> Ffs<'b> {
    /// An image of that byte order; `None` if it is none.
    pub fn open(bytes: &'b [u8], big_endian: bool) -> Option<Self> {
        let mut image = Self {
            bytes,
            big_endian,
            inodes_at: 0,
            offset: 0,
            mask: 0,
            groups: 0,
            block: 0,
            fragment: 0,
            fragments: 0,
            per_group: 0,
            group: 0,
            copy_at: 0,
        };
        if image.four(SUPERBLOCK + MAGIC_AT)? != MAGIC {
            return None;
        }
        let word = |at| image.four(SUPERBLOCK + at);
        let values = [8, 16, 24, 28, 44, 48, 52, 56, 184, 188].map(word);
        let [
            copy_at,
            inodes_at,
            offset,
            mask,
            groups,
            block,
            fragment,
            fragments,
            per_group,
            group,
        ] = values;
        image.copy_at = copy_at?;
        image.inodes_at = inodes_at?;
        image.offset = offset?;
        image.mask = mask?;
        image.groups = groups?;
        image.block = block?;
        image.fragment = fragment?;
        image.fragments = fragments?;
        image.per_group = per_group?;
        image.group = group?;
        let sane = image.block > 0
            && image.fragment > 0
            && image.fragments > 0
            && image.per_group > 0
            && image.groups <= bytes.len() as u64;
        sane.then_some(image)
    }

    /// A line for each thing in it, sorted, as the stage lists them; `None` if it is damaged.
    pub fn list(&self) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        self.show(".", self.inode(ROOT)?, &mut lines, 0)?;
        lines.sort();
        Some(lines)
    }

    /// Where the superblock and its copies are.
    fn superblocks(&self) -> Vec<usize> {
        let copies = (0..self.groups)
            .map(|group| (self.start(group) + self.copy_at) * self.fragment)
            .filter_map(|at| usize::try_from(at).ok());
        std::iter::once(SUPERBLOCK).chain(copies).collect()
    }

    /// The first fragment of a group.
    fn start(&self, group: u64) -> u64 {
        self.group * group + self.offset * (group & !self.mask & 0xffff_ffff)
    }

    fn inode(&self, number: u64) -> Option<Inode<'_>> {
        let (group, index) = (number / self.per_group, number % self.per_group);
        let per_block = self.block / INODE as u64;
        let fragment = self.start(group) + self.inodes_at + index / per_block * self.fragments;
        let at = fragment * self.fragment + index % per_block * INODE as u64;
        let at = usize::try_from(at).ok()?;
        self.bytes.get(at..at + INODE)?;
        Some(Inode { image: self, at })
    }

    fn show(
        &self,
        path: &str,
        inode: Inode<'_>,
        lines: &mut Vec<String>,
        depth: u32,
    ) -> Option<()> {
        let mode = self.number::<2>(inode.at)?;
        let (uid, gid) = (self.four(inode.at + 112)?, self.four(inode.at + 116)?);
        let owner = match (uid, gid) {
            (0, 0) => String::new(),
            (uid, gid) => format!(" owner {uid}:{gid}"),
        };
        let (kind, rest) = match mode & 0o170_000 {
            0o040_000 => ("dir", String::new()),
            0o120_000 => (
                "link",
                format!(" {}", String::from_utf8(inode.content()?).ok()?),
            ),
            0o100_000 => {
                let content = inode.content()?;
                let digest: [u8; 32] = Sha256::digest(&content).into();
                (
                    "file",
                    format!(" {} {}", content.len(), facts::hex(&digest)),
                )
            }
            special => {
                let kind = if special == 0o020_000 {
                    "char"
                } else {
                    "block"
                };
                let device = self.four(inode.at + 40)?;
                // types.h: major() and minor() of NetBSD
                let (major, minor) = (device >> 8 & 0xfff, device >> 12 & 0xfff00 | device & 0xff);
                ("node", format!(" {kind} {major},{minor}"))
            }
        };
        lines.push(format!("{path} {kind} {:o}{owner}{rest}", mode & 0o7777));
        if kind == "dir" {
            if depth > 64 {
                return None;
            }
            for (name, number) in inode.entries()? {
                self.show(
                    &format!("{path}/{name}"),
                    self.inode(number)?,
                    lines,
                    depth + 1,
                )?;
            }
        }
        Some(())
    }

    fn number<const N: usize>(&self, at: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..)?.first_chunk::<N>()?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        })
    }

    fn four(&self, at: usize) -> Option<u64> {
        self.number::<4>(at)
    }

    /// The bytes of a block, or of what of it is asked for; block 0 is a hole.
    fn blocks(&self, number: u64, bytes: usize) -> Option<Vec<u8>> {
        if number == 0 {
            return Some(vec![0; bytes]);
        }
        let at = usize::try_from(number * self.fragment).ok()?;
        self.bytes
            .get(at..at.checked_add(bytes)?)
            .map(<[u8]>::to_vec)
    }

    /// The block numbers that an indirect block of that depth leads to, as far as `left` bytes need them.
    fn indirect(
        &self,
        number: u64,
        depth: u32,
        left: &mut u64,
        found: &mut Vec<u64>,
    ) -> Option<()> {
        let per_block = self.block / 4;
        for index in 0..per_block {
            if *left == 0 {
                return Some(());
            }
            let at = number * self.fragment + index * 4;
            let next = if number == 0 {
                0
            } else {
                self.four(usize::try_from(at).ok()?)?
            };
            if depth == 0 {
                found.push(next);
                *left = left.saturating_sub(self.block);
            } else {
                self.indirect(next, depth - 1, left, found)?;
            }
        }
        Some(())
    }
}

impl Inode<'_> {
    fn content(&self) -> Option<Vec<u8>> {
        let image = self.image;
        let size = image.number::<8>(self.at + 8)?;
        let is_link = image.number::<2>(self.at)? & 0o170_000 == 0o120_000;
        if is_link && size < 60 {
            let at = self.at + 40;
            return image
                .bytes
                .get(at..at + usize::try_from(size).ok()?)
                .map(<[u8]>::to_vec);
        }
        if size > image.bytes.len() as u64 {
            return None;
        }
        let mut numbers = Vec::new();
        let mut left = size;
        for index in 0..12 {
            if left > 0 {
                numbers.push(image.four(self.at + 40 + index * 4)?);
                left = left.saturating_sub(image.block);
            }
        }
        for depth in 0..3 {
            if left > 0 {
                let number = image.four(self.at + 88 + depth as usize * 4)?;
                image.indirect(number, depth, &mut left, &mut numbers)?;
            }
        }
        let mut content = Vec::new();
        let mut left = usize::try_from(size).ok()?;
        for number in numbers {
            let here = left.min(usize::try_from(image.block).ok()?);
            content.extend(image.blocks(number, here)?);
            left -= here;
        }
        Some(content)
    }

    fn entries(&self) -> Option<BTreeMap<String, u64>> {
        let content = self.content()?;
        let directory = Ffs {
            bytes: &content,
            ..*self.image
        };
        let mut found = BTreeMap::new();
        let mut at = 0;
        while at < content.len() {
            let (number, length) = (directory.four(at)?, directory.number::<2>(at + 4)?);
            let name_length = usize::from(*content.get(at + 7)?);
            let name = std::str::from_utf8(content.get(at + 8..at + 8 + name_length)?).ok()?;
            if number != 0 && name != "." && name != ".." {
                found.insert(name.to_owned(), number);
            }
            if length == 0 {
                return None;
            }
            at += usize::try_from(length).ok()?;
        }
        Some(found)
    }
}

/// Takes out what differs between two images of the same: makefs(8) writes addresses of its own memory.
pub(super) fn normalise(bytes: &mut [u8], big_endian: bool) -> Option<()> {
    let superblocks = Ffs::open(bytes, big_endian)?.superblocks();
    for at in superblocks {
        bytes.get_mut(at + IN_CORE.start..at + IN_CORE.end)?.fill(0);
    }
    Some(())
}
