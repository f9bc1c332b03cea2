//! How often what was denied.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::Op;

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

    /// The operations that were denied at least once, and how often.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Op, u32)> + Clone {
        let counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        let all = Op::ALL.iter().copied().zip(counts);
        all.filter(|(_, count)| *count != 0)
    }

    /// Of all operations together.
    pub(crate) fn total(&self) -> u32 {
        self.0.iter().fold(0, |sum: u32, count| {
            sum.saturating_add(count.load(Ordering::Relaxed))
        })
    }
}
