//! What an archive has of a file.

use alloc::{string::String, vec::Vec};

use cell_abi::DeviceKind;

pub use crate::image::Allow;
use crate::platform::Clock;

/// Longest name in bytes, and longest text of a symbolic link.
pub const NAME_MAX: usize = 1023;

/// Most pieces of a sparse file.
pub const EXTENTS_MAX: usize = 512;

/// What something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    #[default]
    File,
    /// Another name of a file that came before: [`Entry::link`].
    HardLink,
    /// A symbolic link that says [`Entry::link`].
    SymbolicLink,
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
    /// A device node: character or block, driver, unit.
    Device(DeviceKind, u32, u32),
}

/// A piece of a file that is not a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Where it begins in the file.
    pub offset: u64,
    /// Bytes.
    pub size: u64,
}

/// A member of an archive, as far as it is the volume's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Below the volume, without slash at either end; empty is the volume's own directory.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits, set-id and sticky included.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes, holes included; 0 for what is not a file.
    pub size: u64,
    /// When it was modified.
    pub modified: Clock,
    /// What a link says, or of which file it is another name.
    pub link: String,
    /// The pieces of a file that has holes, in order, at most [`EXTENTS_MAX`]; `None` for one without. GNU tar wants them in
    /// multiples of 512 bytes, but for one that ends with the file.
    pub extents: Option<Vec<Extent>>,
}

impl Entry {
    /// Of nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            name: String::new(),
            kind: Kind::File,
            mode: 0,
            uid: 0,
            gid: 0,
            size: 0,
            modified: Clock {
                seconds: 0,
                nanoseconds: 0,
            },
            link: String::new(),
            extents: None,
        }
    }

    /// Bytes that are not in holes.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.extents.as_ref().map_or(self.size, |extents| {
            let sizes = extents.iter().map(|extent| extent.size);
            sizes.fold(0, u64::saturating_add)
        })
    }

    /// About what it takes of a file system in KiB: its data in blocks of 4 KiB, and one more for what else there is to know.
    #[must_use]
    pub fn space_kib(&self) -> u64 {
        self.stored()
            .div_ceil(4096)
            .saturating_add(1)
            .saturating_mul(4)
    }

    /// What becomes of the sums in a manifest.
    pub(super) fn add_to(&self, sums: &mut Sums) {
        sums.entries = sums.entries.saturating_add(1);
        sums.bytes = sums.bytes.saturating_add(self.size);
        sums.space_kib = sums.space_kib.saturating_add(self.space_kib());
    }
}

impl Default for Entry {
    fn default() -> Self {
        Self::new()
    }
}

/// How much there is in an archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Members that are the volume's.
    pub entries: u32,
    /// Bytes of its files, holes included.
    pub bytes: u64,
    /// About what they take of a file system, in KiB.
    pub space_kib: u64,
}

impl Sums {
    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry) {
        entry.add_to(self);
    }

    /// Whether any of it is more than in `other`.
    #[must_use]
    pub const fn exceed(&self, other: &Self) -> bool {
        self.entries > other.entries || self.bytes > other.bytes || self.space_kib > other.space_kib
    }
}

/// Set-user-id and set-group-id.
const SET_ID: u32 = 0o6000;

impl Allow {
    /// Whether an entry is allowed.
    #[must_use]
    pub fn permits(&self, entry: &Entry) -> bool {
        let is_device = matches!(entry.kind, Kind::Device(..));
        // of a directory they only say which group new files get
        let has_set_id = entry.mode & SET_ID != 0 && entry.kind != Kind::Directory;
        (self.devices || !is_device) && (self.set_id || !has_set_id)
    }
}
