//! Every decision of secmodel_cell and all its state.
//!
//! [`Kernel`] is one static: a table of cells, their counters and the events, all of it in atomics of at most 32 bits
//! (MIPS and old ARM have no wider ones). Nothing is allocated, nothing panics, no kernel pointer comes in. The C
//! file asks, this crate answers; the hosted kernel and the tests ask the same code.
//!
//! # Locks
//! The caller has two, which this crate does not see; every method says which it needs.
//! - *none*: the decisions (`ask*`), the hooks (`credential_*`, `process_forked`, `fork_abandoned`), [`Kernel::hello`],
//!   [`Kernel::is_sealed`] and [`Kernel::cells`]. They take no lock and, unless they count, write nothing.
//! - *table lock* (a mutex that may be slept on): requests. It makes them one after the other.
//! - *event lock* (short, never held across a sleep): whatever touches the events or the CPU totals.
//!   Taken after the table lock where both are needed.
//!
//! # Ordering
//! Three facts carry the lock-free half; each is argued where it is relied on.
//! - A slot's policy is written before its handle is published (release, `registry.rs`) and a decider reads the handle
//!   first (acquire, `decide.rs`).
//! - A decider holds a credential, which pins the slot: policy is rewritten only after the last credential was
//!   dropped: see `life.rs`.
//! - Nobody pins the slots of *others* whose reserved ports are walked, nor the summary that is read before: see
//!   `ports.rs`.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod call;
mod decide;
mod denials;
mod devices;
mod events;
mod fold;
mod life;
mod limits;
mod members;
mod opwords;
mod places;
mod plan;
mod ports;
mod registry;
mod report;
mod rules;
mod slot;
mod subject;
mod summary;
mod text;

#[cfg(test)]
mod tests;

use core::sync::atomic::AtomicU32;

use cell_abi::MAX_CELLS;

pub use call::{Call, Verb};
pub use decide::{MountWritable, Verdict};
pub use events::EVENTS;
pub use fold::FOLDED;
pub use report::{Live, PolicyView};
pub use subject::{Stamp, Subject};
pub use text::InfoText;

/// All state of the security model. Meant to be one `static`.
///
/// The slots come last: what lies within 32 KiB of the start is reached in one instruction on MIPS, and what lies beyond
/// in three.
#[repr(C)]
pub struct Kernel {
    sealed: AtomicU32,
    /// One bit a slot: active and has reserved ports.
    reserving: [AtomicU32; 2],
    /// Which ports those may be.
    summary: summary::Summary,
    /// The handle of each slot's active cell, 0 where there is none. Apart from the slots, so that looking through
    /// all of them touches four cache lines.
    live: [AtomicU32; MAX_CELLS],
    events: events::Ring,
    fold: fold::Fold,
    /// Where the policy of a new cell is put together. Table lock.
    draft: rules::Rules,
    slots: [slot::Slot; MAX_CELLS],
}

const _: () = assert!(MAX_CELLS == 64, "`reserving` has one bit a slot");
const _: () = assert!(
    size_of::<Kernel>() <= 42 * 1024,
    "the module's static data has a budget"
);

impl Kernel {
    /// A table without cells. All zero, so that the static lies in .bss and costs no flash.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            live: [const { AtomicU32::new(0) }; MAX_CELLS],
            slots: [const { slot::Slot::new() }; MAX_CELLS],
            reserving: [const { AtomicU32::new(0) }; 2],
            summary: summary::Summary::new(),
            sealed: AtomicU32::new(0),
            draft: rules::Rules::new(),
            events: events::Ring::new(),
            fold: fold::Fold::new(),
        }
    }
}

impl Default for Kernel {
    fn default() -> Self {
        Self::new()
    }
}
