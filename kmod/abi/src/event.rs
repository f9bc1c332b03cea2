//! What happened, as read from `/dev/cell`.

use serde::{Deserialize, Serialize};

use crate::{Handle, Op};

/// One event, in the order of happening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Seconds since boot.
    pub uptime_s: u32,
    /// Events dropped before this one because nobody read them.
    pub lost: u32,
    /// The cell it is about; the host for [`EventKind::Seal`].
    pub cell: Handle,
    /// The process it happened in.
    pub pid: u32,
    /// What.
    pub kind: EventKind,
}

/// What happened. The tag is the position; new ones are appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// A cell was made.
    Create,
    /// A cell was destroyed.
    Destroy,
    /// A process entered it.
    Enter,
    /// Members were denied something. At most one a second for each cell and operation; `count` says how many
    /// denials it stands for.
    Denial {
        /// Which operation.
        op: Op,
        /// How many times since the last event of this cell and operation.
        count: u32,
    },
    /// A fork was refused by the limit on processes. Folded as denials are.
    Limit {
        /// How many times since the last event of this cell.
        count: u32,
    },
    /// The kernel was sealed.
    Seal,
}
