//! Partitions of a device's flash, and an image of the whole of it.
//!
//! | partition | GPT, by name | disklabel | what |
//! |---|---|---|---|
//! | first slot | `root-a` | a | root file system, read-only |
//! | second slot | `root-b` | e | another one, to go back to |
//! | data | `data` | f | volumes, read and written |

mod label;

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use gpt::disk::LogicalBlockSize;
use gpt::mbr::ProtectiveMBR;
use gpt::partition::Partition;
use gpt::partition_types::NETBSD_FFS;
use sha2::{Digest, Sha256};

use crate::device::{Storage, Table};

/// Partitions begin at multiples of it, in KiB: what flash is erased by in most chips, or a part of it.
const ALIGNMENT: u64 = 64;

/// Sectors of a KiB.
const SECTORS: u64 = 2;

/// A partition; sizes in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its name.
    pub name: &'static str,
    /// Its letter in a disklabel.
    pub letter: char,
    /// Where it begins.
    pub begin_kib: u64,
    /// How large it is.
    pub kib: u64,
}

/// The partitions of a storage, in order.
pub(crate) fn places(storage: &Storage) -> Vec<Place> {
    let slots = [("root-a", 'a'), ("root-b", 'e')];
    let slots = slots.into_iter().take(storage.slots as usize);
    let slots = slots.map(|(name, letter)| (name, letter, storage.slot_kib));
    let data = storage.data_kib.map(|kib| ("data", 'f', kib));
    let mut next = ALIGNMENT;
    slots
        .chain(data)
        .map(|(name, letter, kib)| {
            let place = Place {
                name,
                letter,
                begin_kib: next,
                kib: u64::from(kib),
            };
            next += u64::from(kib).next_multiple_of(ALIGNMENT);
            place
        })
        .collect()
}

/// What a storage takes at least, in KiB.
pub(crate) fn least_kib(storage: &Storage) -> u64 {
    let end = places(storage).last().map_or(ALIGNMENT, |last| {
        last.begin_kib + last.kib.next_multiple_of(ALIGNMENT)
    });
    match storage.table {
        // its copy is at the end
        Table::Gpt => end + ALIGNMENT,
        Table::Disklabel => end,
    }
}

/// Where the data partition is, for fstab(5).
pub(crate) fn data_source(storage: &Storage) -> String {
    match storage.table {
        Table::Gpt => "NAME=data".to_owned(),
        Table::Disklabel => format!("/dev/{}f", storage.disk),
    }
}

/// What is written to a flash.
#[derive(Debug)]
pub(crate) struct Contents<'c> {
    /// Its board: names the disk.
    pub name: &'c str,
    /// Most significant byte first.
    pub big_endian: bool,
    /// How large it is.
    pub kib: u64,
    /// What is in each slot.
    pub root: &'c Path,
    /// What is in the data partition.
    pub data: Option<&'c Path>,
}

/// Writes an image of the whole flash; what nothing is in takes no room on the build host.
///
/// # Errors
/// What the system says.
pub(crate) fn write(path: &Path, storage: &Storage, contents: &Contents<'_>) -> io::Result<()> {
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)?;
    file.set_len(contents.kib * 1024)?;
    let places = places(storage);
    match storage.table {
        Table::Gpt => write_gpt(&mut file, &places, contents)?,
        Table::Disklabel => {
            let label = label::label(&places, contents);
            file.seek(SeekFrom::Start(label::OFFSET))?;
            file.write_all(&label)?;
        }
    }
    for place in places {
        let from = if place.name == "data" {
            contents.data
        } else {
            Some(contents.root)
        };
        if let Some(from) = from {
            file.seek(SeekFrom::Start(place.begin_kib * 1024))?;
            copy(&fs::read(from)?, &mut file)?;
        }
    }
    file.sync_all()
}

/// Blocks of zeros are passed over.
fn copy(bytes: &[u8], file: &mut File) -> io::Result<()> {
    for block in bytes.chunks(4096) {
        if block.iter().all(|byte| *byte == 0) {
            file.seek(SeekFrom::Current(block.len() as i64))?;
        } else {
            file.write_all(block)?;
        }
    }
    Ok(())
}

fn write_gpt(file: &mut File, places: &[Place], contents: &Contents<'_>) -> io::Result<()> {
    let sectors = contents.kib * SECTORS;
    let last = u32::try_from(sectors - 1).unwrap_or(u32::MAX);
    ProtectiveMBR::with_lb_size(last)
        .overwrite_lba0(file)
        .map_err(io::Error::other)?;
    let mut disk = gpt::GptConfig::new()
        .writable(true)
        .logical_block_size(LogicalBlockSize::Lb512)
        .create_from_device(&mut *file, Some(guid(contents.name, "disk")))
        .map_err(io::Error::other)?;
    let partitions = (1..).zip(places).map(|(number, place)| {
        let partition = Partition {
            part_type_guid: NETBSD_FFS,
            part_guid: guid(contents.name, place.name),
            first_lba: place.begin_kib * SECTORS,
            last_lba: (place.begin_kib + place.kib) * SECTORS - 1,
            flags: 0,
            name: place.name.to_owned(),
        };
        (number, partition)
    });
    disk.update_partitions(partitions.collect())
        .map_err(io::Error::other)?;
    disk.write().map_err(io::Error::other)?;
    Ok(())
}

/// Follows from the names, so that two builds are the same; of the random kind (RFC 9562, version 8).
fn guid(board: &str, what: &str) -> uuid::Uuid {
    let digest: [u8; 32] = Sha256::digest(format!("picocell {board} {what}")).into();
    let [a @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
    uuid::Builder::from_custom_bytes(a).into_uuid()
}

#[cfg(test)]
mod tests;
