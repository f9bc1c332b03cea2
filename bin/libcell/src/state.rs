//! Where what outlives a boot is, below [`Platform::prefix`](crate::platform::Platform::prefix).

use crate::image::Cell;

/// Where the data partition is mounted; a volume is a directory in it.
pub const VOLUMES: &str = "/volumes";

/// What is not a volume's: the override store, journals. No volume has a name that begins with `.`.
pub const DIRECTORY: &str = "/volumes/.state";

/// Held by the one `cellmgr` that changes something. It is gone after a boot.
pub const LOCK: &str = "/var/run/cellmgr.lock";

/// Where the roots of cells are that were made on the device: each is the read-only root of a cell of the image, seen a
/// second time, because a directory has room for the mounts of one cell only. Gone after a boot.
pub const ROOTS: &str = "/var/run/cells/";

/// The root of a cell on the device, as two parts of a path: its own, which has its name, or a place in [`ROOTS`] where
/// that one is to be seen.
#[must_use]
pub fn root<'c>(cell: &'c Cell<'_>) -> [&'c str; 2] {
    let (root, name) = (cell.root.as_str(), cell.name.as_str());
    let directory = root.strip_suffix(name);
    if directory.is_some_and(|directory| directory.ends_with('/')) {
        [root, ""]
    } else {
        [ROOTS, name]
    }
}

/// Whether a name is none for a volume.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    matches!(name.as_bytes(), [b'.', ..])
}
