//! A disklabel(5) of evbmips: in the first sector, in the machine's byte order, no MBR.
//!
//! Source: `sys/disklabel.h` and `evbmips/disklabel.h` of NetBSD (`LABELSECTOR` 0, `LABELOFFSET` 64, `RAW_PART` c).

use super::{Contents, Place, SECTORS};

/// Where it is on the disk.
pub(super) const OFFSET: u64 = 64;

const MAGIC: u32 = 0x8256_4557;
/// `DKTYPE_FLASH`
const FLASH: u16 = 19;
/// `FS_BSDFFS`
const FFS: u8 = 7;
const PARTITIONS: usize = 16;
/// Bytes of the label, and where its parts are.
const SIZE: usize = 404;
const PACK_NAME: usize = 24;
const GEOMETRY: usize = 40;
const MAGIC_AGAIN: usize = 132;
const CHECKSUM: usize = 136;
const TABLE: usize = 148;
/// The whole disk.
const RAW: usize = 2;

/// The label of a disk.
pub(super) fn label(places: &[Place], contents: &Contents<'_>) -> Vec<u8> {
    let mut label = Label {
        bytes: vec![0; SIZE],
        big_endian: contents.big_endian,
    };
    let sectors = u32::try_from(contents.kib * SECTORS).unwrap_or(u32::MAX);
    label.four(0, MAGIC);
    label.two(4, FLASH);
    label.text(8, "flash", 16);
    label.text(PACK_NAME, contents.name, 16);
    // a cylinder of a track of 128 sectors: 64 KiB
    for (index, value) in [512, 128, 1, sectors / 128, 128, sectors]
        .into_iter()
        .enumerate()
    {
        label.four(GEOMETRY + index * 4, value);
    }
    // revolutions a minute and interleave, which nothing divides by 0 then
    label.two(72, 3600);
    label.two(74, 1);
    label.four(MAGIC_AGAIN, MAGIC);
    label.two(CHECKSUM + 2, PARTITIONS as u16);
    // sizes of boot area and superblock
    label.four(140, 8192);
    label.four(144, 8192);
    label.partition(RAW, 0, sectors, 0);
    for place in places {
        let index = usize::from(place.letter as u8 - b'a');
        let part = |kib: u64| u32::try_from(kib * SECTORS).unwrap_or(u32::MAX);
        label.partition(index, part(place.begin_kib), part(place.kib), FFS);
    }
    // the whole of it comes to 0
    let sum = label
        .bytes
        .chunks_exact(2)
        .filter_map(|pair| pair.first_chunk().copied())
        .fold(0, |sum, pair| sum ^ u16::from_ne_bytes(pair));
    label.put(CHECKSUM, &sum.to_ne_bytes());
    label.bytes
}

struct Label {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Label {
    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(to) = self.bytes.get_mut(at..at + bytes.len()) {
            to.copy_from_slice(bytes);
        }
    }

    fn two(&mut self, at: usize, value: u16) {
        let bytes = if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        };
        self.put(at, &bytes);
    }

    fn four(&mut self, at: usize, value: u32) {
        let bytes = if self.big_endian {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        };
        self.put(at, &bytes);
    }

    fn text(&mut self, at: usize, text: &str, most: usize) {
        let bytes = text.as_bytes();
        self.put(at, bytes.get(..most.min(bytes.len())).unwrap_or_default());
    }

    /// Offset and size in sectors; a file system has fragments of 1 KiB, 8 a block.
    fn partition(&mut self, index: usize, offset: u32, size: u32, kind: u8) {
        let at = TABLE + index * 16;
        self.four(at, size);
        self.four(at + 4, offset);
        if kind == FFS {
            self.four(at + 8, 1024);
            self.put(at + 12, &[FFS, 8]);
        }
    }
}
