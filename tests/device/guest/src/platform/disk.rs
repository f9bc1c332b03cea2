//! Disks made of files, by vnd(4).

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use libcell::platform::{Errno, Open, Platform};

use super::calls;
use super::place::{Failure, Fd, Must, Place, skip, tmpfs, wrong};
use crate::{nodes, os};

/// What is written into a new image: at byte offsets, the rest is zero.
pub struct Image {
    pieces: Vec<(u64, Vec<u8>)>,
    size: u64,
}

impl Image {
    /// So many bytes, nothing in them.
    pub const fn new(size: u64) -> Self {
        Self {
            pieces: Vec::new(),
            size,
        }
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, at: u64, bytes: &[u8]) {
        self.pieces.push((at, bytes.to_vec()));
    }

    /// 16-bit numbers in this machine's byte order, one after another.
    pub fn halves(&mut self, at: u64, numbers: &[u16]) {
        let bytes = numbers
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        self.pieces.push((at, bytes));
    }

    /// 32-bit ones.
    pub fn words(&mut self, at: u64, numbers: &[u32]) {
        let bytes = numbers
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        self.pieces.push((at, bytes));
    }

    /// 64-bit ones.
    pub fn longs(&mut self, at: u64, numbers: &[u64]) {
        let bytes = numbers
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        self.pieces.push((at, bytes));
    }

    /// Everything, `BLOCK` bytes at a time.
    fn write(&self, place: &Place<'_>, file: &Fd) -> Result<(), Failure> {
        const BLOCK: u64 = 16 << 10;
        let mut at = 0;
        while at < self.size {
            let mut block = vec![0; BLOCK as usize];
            for (from, bytes) in &self.pieces {
                for (offset, byte) in (*from..).zip(bytes) {
                    let to = offset
                        .checked_sub(at)
                        .and_then(|to| block.get_mut(to as usize));
                    if let Some(to) = to {
                        *to = *byte;
                    }
                }
            }
            place.all(file, &block)?;
            at += BLOCK;
        }
        Ok(())
    }
}

/// A disk as long as it is held.
pub struct Disk {
    control: Fd,
    /// The path of its block device.
    pub block: String,
}

impl Disk {
    /// A disk with this on it.
    pub fn new(place: &Place<'_>, image: &Image) -> Result<Self, Failure> {
        let path = place.path("image");
        let file = place
            .system
            .open(&path, Open::Truncate, 0o600)
            .must(&path)?;
        image.write(place, &file)?;
        drop(file);
        let dev = place.subdirectory("dev")?;
        tmpfs(place.system, &dev, 1 << 20).must("tmpfs")?;
        nodes::make(&dev).must("nodes")?;
        // CTL_KERN, KERN_RAWPARTITION
        let raw = os::sysctl(&[1, 24], &[]).must("kern.rawpartition")?;
        let raw = raw
            .first_chunk()
            .map_or(3, |bytes| u32::from_ne_bytes(*bytes));
        let letter = char::from(b'a' + raw as u8);
        let block = format!("{dev}/vnd0{letter}");
        let control = match place
            .system
            .open(&format!("{dev}/rvnd0{letter}"), Open::ReadWrite, 0)
        {
            Ok(control) => control,
            Err(Errno::ENOENT | Errno::ENXIO) => {
                return skip("the kernel has vnd(4)", "it has none");
            }
            Err(errno) => return wrong("vnd", errno),
        };
        // what an earlier test left that was killed
        let _ = calls::detach(&control);
        let size = calls::attach(&control, &path).must("attach")?;
        if size < image.size {
            return wrong("size of the disk", size);
        }
        Ok(Self { control, block })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = calls::detach(&self.control);
    }
}
