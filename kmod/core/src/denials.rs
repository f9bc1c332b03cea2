//! How often what was denied.

use core::sync::atomic::{AtomicU8, Ordering};

use cell_abi::Op;
use cell_abi::wire::Writer;

/// Largest count, as of an event: 16,777,215.
const MAX: u32 = (1 << 24) - 1;

/// A count of 24 bits, low ones first: with a word for each, the counters would be half of all that a cell takes.
struct Count([AtomicU8; 3]);

impl Count {
    const fn new() -> Self {
        Self([const { AtomicU8::new(0) }; 3])
    }

    #[inline(never)]
    fn get(&self) -> u32 {
        let bytes = self.0.iter().rev();
        bytes.fold(0, |sum, byte| {
            sum << 8 | u32::from(byte.load(Ordering::Relaxed))
        })
    }

    fn set(&self, mut count: u32) {
        for byte in &self.0 {
            byte.store(count as u8, Ordering::Relaxed);
            count >>= 8;
        }
    }
}

/// One counter an operation. Event lock.
pub(crate) struct Denials([Count; Op::COUNT]);

impl Denials {
    pub(crate) const fn new() -> Self {
        Self([const { Count::new() }; Op::COUNT])
    }

    pub(crate) fn reset(&self) {
        for count in &self.0 {
            count.set(0);
        }
    }

    /// One more. A counter that is full stays full.
    pub(crate) fn add(&self, op: Op) {
        if let Some(count) = self.0.get(usize::from(op.number())) {
            count.set((count.get() + 1).min(MAX));
        }
    }

    /// The operations that were denied at least once, and how often.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Op, u32)> + Clone {
        let all = Op::ALL.iter().copied().zip(self.0.iter().map(Count::get));
        all.filter(|(_, count)| *count != 0)
    }

    /// Writes them as a list of numbers, which are below 128 and hence one byte, and counts.
    pub(crate) fn write(&self, out: &mut Writer<'_>) {
        const { assert!(Op::COUNT < 128) };
        let list = out.list();
        for (number, count) in (0u32..).zip(&self.0) {
            let count = count.get();
            if count != 0 {
                out.item(list, &[number, count]);
            }
        }
    }

    /// Of all operations together.
    pub(crate) fn total(&self) -> u32 {
        // No overflow: the counts have 24 bits and there are fewer than 256 of them.
        self.0.iter().map(Count::get).sum()
    }
}
