//! Limits of a cell.

use serde::{Deserialize, Serialize};

/// What a cell is limited to; `None` is unlimited.
///
/// The kernel enforces `processes` when a member forks or a process enters. The others are resource limits of each process (getrlimit(2)):
/// whoever launches into the cell sets them, soft and hard, before the program starts; the kernel keeps them so that
/// `cellctl exec` applies the same ones as the supervisor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processes in the cell.
    pub processes: Option<u16>,
    /// Open descriptors (`RLIMIT_NOFILE`).
    pub nofile: Option<u32>,
    /// Address space in KiB (`RLIMIT_AS`).
    pub address_space_kib: Option<u32>,
    /// Core file in KiB (`RLIMIT_CORE`).
    pub core_kib: Option<u32>,
}
