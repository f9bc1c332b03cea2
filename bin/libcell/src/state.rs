//! Where what outlives a boot is, below [`Platform::prefix`](crate::platform::Platform::prefix).

/// Where the data partition is mounted; a volume is a directory in it.
pub const VOLUMES: &str = "/volumes";

/// What is not a volume's: the override store, journals. No volume has a name that begins with `.`.
pub const DIRECTORY: &str = "/volumes/.state";

/// Held by the one `cellmgr` that changes something. It is gone after a boot.
pub const LOCK: &str = "/var/run/cellmgr.lock";

/// Whether a name is none for a volume.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    matches!(name.as_bytes(), [b'.', ..])
}
