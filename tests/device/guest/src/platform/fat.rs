//! An empty FAT12 file system of 360 KiB, as on a floppy disk: the smallest that everyone reads.

use super::disk::Image;

/// The image; all of FAT is little-endian.
#[rustfmt::skip]
pub fn empty() -> Image {
    let mut image = Image::new(368_640);
    image.bytes(0, &[0xeb, 0x3c, 0x90]);
    image.bytes(3, b"picocell");
    // bytes a sector, sectors a cluster, reserved sectors, FATs
    image.bytes(11, &[0x00, 0x02,  2,  0x01, 0x00,  2]);
    // entries of the root, sectors, medium, sectors a FAT, a track, heads
    image.bytes(17, &[112, 0x00,  0xd0, 0x02,  0xfd,  0x02, 0x00,  0x09, 0x00,  0x02, 0x00]);
    // drive, extended boot signature, serial number, label, kind
    image.bytes(36, &[0, 0, 0x29, 1, 2, 3, 4]);
    image.bytes(43, b"NO NAME    FAT12   ");
    image.bytes(510, &[0x55, 0xaa]);
    // the two FATs begin with the medium
    image.bytes(512, &[0xfd, 0xff, 0xff]);
    image.bytes(512 * 3, &[0xfd, 0xff, 0xff]);
    image
}
