//! How often what was denied.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::Op;

use crate::opwords::OpWords;

/// One counter an operation. Written under the event lock; read without one.
pub(crate) struct Denials([AtomicU32; Op::COUNT]);

impl Denials {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicU32::new(0) }; Op::COUNT])
    }

    pub(crate) fn reset(&self) {
        for count in &self.0 {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// One more. A counter that is full stays full.
    pub(crate) fn add(&self, op: Op) {
        if let Some(count) = self.0.get(usize::from(op.number())) {
            let more = count.load(Ordering::Relaxed).saturating_add(1);
            count.store(more, Ordering::Relaxed);
        }
    }

    pub(crate) fn of(&self, op: Op) -> u32 {
        self.0
            .get(usize::from(op.number()))
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// The operations that were denied at least once.
    pub(crate) fn set(&self) -> OpWords {
        OpWords::of(Op::ALL.iter().copied().filter(|op| self.of(*op) != 0))
    }

    /// Of all operations together.
    pub(crate) fn total(&self) -> u32 {
        self.0.iter().fold(0, |sum: u32, count| {
            sum.saturating_add(count.load(Ordering::Relaxed))
        })
    }
}
