//! An empty FFS (version 1) of 256 KiB in this machine's byte order: one cylinder group, blocks of 8 KiB, fragments of
//! 1 KiB. The numbers are what newfs(8) computes for that size; the structures are those of sys/ufs/ffs/fs.h.

use super::disk::Image;

const FRAGMENT: u64 = 1024;
/// Where the superblock is, and its copy in the cylinder group.
const SUPERBLOCKS: [u64; 2] = [8192, 16 * FRAGMENT];
const GROUP: u64 = 24 * FRAGMENT;
const INODES: u64 = 32 * FRAGMENT;
const SUMMARY: u64 = 40 * FRAGMENT;
const ROOT: u64 = 41 * FRAGMENT;

/// Directories, free blocks, free inodes, free fragments (struct csum).
const COUNTS: [u32; 4] = [1, 26, 61, 6];

/// Some moment; 0 would be refused as a root without a date.
const TIME: u32 = 1_700_000_000;

/// The image.
pub fn empty() -> Image {
    let mut image = Image::new(256 * FRAGMENT);
    for at in SUPERBLOCKS {
        superblock(&mut image, at);
    }
    group(&mut image);
    root(&mut image);
    image.words(SUMMARY, &COUNTS);
    image
}

#[rustfmt::skip]
fn superblock(image: &mut Image, at: u64) {
    // where: superblock, group, inodes, data, in fragments; offset and mask of groups
    image.words(at + 0x08, &[16, 24, 32, 40, 0, u32::MAX]);
    // time, size, data size, groups, block, fragment, fragments a block, percent kept free
    image.words(at + 0x20, &[TIME, 256, 215, 1, 8192, 1024, 8, 5]);
    // rotations a second, masks and shifts of block and fragment, most contiguous, most of a file in a group
    image.words(at + 0x44, &[60, !8191, !1023, 13, 10, 8, 2048]);
    // shift of fragments a block and of sectors a fragment, size of this
    image.words(at + 0x60, &[3, 1, 2048]);
    // pointers a block, inodes a block, sectors a fragment
    image.words(at + 0x74, &[2048, 64, 2]);
    // sectors a track, interleave, skew, identity
    image.words(at + 0x84, &[512, 1, 0, TIME, 0x1234_5678]);
    // summary: where, size; size of a group
    image.words(at + 0x98, &[40, 1024, 1024]);
    // sectors a track and a cylinder, cylinders, in a group; inodes and fragments a group
    image.words(at + 0xa8, &[512, 512, 1, 1, 64, 256]);
    image.words(at + 0xc0, &COUNTS);
    // modified, clean, read-only, flags: the 64-bit fields are in use
    image.bytes(at + 0xd0, &[0, 1, 0, 0x80]);
    image.words(at + 0x35c, &[8192]);
    image.longs(at + 0x3e8, &[8192]);
    image.longs(at + 0x3f0, &COUNTS.map(u64::from));
    // time, size, data size, where the summary is
    image.longs(at + 0x430, &[u64::from(TIME), 256, 215, 40]);
    // expected size of files, files a directory
    image.words(at + 0x4ac, &[16_384, 64]);
    // clusters summed up, longest link in an inode, format of inodes
    image.words(at + 0x524, &[8, 60, 2]);
    // largest file, masks of what is within a block and a fragment
    image.longs(at + 0x530, &[0x4008_0101_7fff, 8191, 1023]);
    // formats of rotational tables
    image.words(at + 0x54c, &[1, 1]);
    image.words(at + 0x55c, &[0x0001_1954]);
}

#[rustfmt::skip]
fn group(image: &mut Image) {
    // magic, time, which
    image.words(GROUP + 0x04, &[0x0009_0255, TIME, 0]);
    // cylinders, inodes
    image.halves(GROUP + 0x10, &[1, 64]);
    image.words(GROUP + 0x14, &[256]);
    image.words(GROUP + 0x18, &COUNTS);
    // where fragments were last taken
    image.words(GROUP + 0x2c, &[40]);
    // one run of six free fragments
    image.words(GROUP + 0x4c, &[1]);
    // where in the group: block totals, positions, used inodes, free fragments, end, sums of clusters, clusters; blocks
    image.words(GROUP + 0x54, &[0xa8, 0xac, 0xae, 0xb6, 0xfc, 0xd4, 0xf8, 32]);
    // inodes 0, 1 and the root
    image.bytes(GROUP + 0xae, &[0b111]);
    // 40 is the summary, 41 the root
    image.bytes(GROUP + 0xbb, &[0b1111_1100]);
    image.bytes(GROUP + 0xbc, &[0xff; 26]);
    // one cluster of eight blocks or more
    image.words(GROUP + 0xf4, &[1]);
    image.bytes(GROUP + 0xf8, &[0b1100_0000, 0xff, 0xff, 0xff]);
}

#[rustfmt::skip]
fn root(image: &mut Image) {
    let inode = INODES + 2 * 128;
    image.halves(inode, &[0o040_755, 2]);
    image.longs(inode + 0x08, &[512]);
    // accessed, modified, changed, with nanoseconds; first block
    image.words(inode + 0x10, &[TIME, 0, TIME, 0, TIME, 0, 41]);
    // sectors
    image.words(inode + 0x68, &[2]);
    // each entry: inode, length, kind, length of the name, name
    image.words(ROOT, &[2]);
    image.halves(ROOT + 4, &[12]);
    image.bytes(ROOT + 6, &[4, 1, b'.', 0]);
    image.words(ROOT + 12, &[2]);
    image.halves(ROOT + 16, &[500]);
    image.bytes(ROOT + 18, &[4, 2, b'.', b'.', 0]);
}
