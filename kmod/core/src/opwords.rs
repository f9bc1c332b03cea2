//! Sets of operations as four words.
//!
//! An [`OpSet`] is 128 bits wide; shifting that by a variable is a library call on a 32-bit processor, and one that
//! the kernel does not have.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::wire::{Reader, Writer};
use cell_abi::{Op, OpSet};

use crate::rules::copy_words;

const fn word(op: Op) -> usize {
    (op.number() / 32) as usize
}

const fn bit(op: Op) -> u32 {
    1 << (op.number() % 32)
}

/// What a cell may ask; written only while no credential carries the slot's handle.
pub(crate) struct StoredOps([AtomicU32; 4]);

impl StoredOps {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicU32::new(0) }; 4])
    }

    pub(crate) fn copy(&self, other: &Self) {
        copy_words(&self.0, &other.0);
    }

    pub(crate) fn set(&self, ops: OpSet) {
        for (place, word) in self.0.iter().zip(ops.words()) {
            place.store(word, Ordering::Relaxed);
        }
    }

    /// Reads a set, which comes in two halves.
    pub(crate) fn read(&self, reader: &mut Reader<'_>) {
        for [low, high] in self.0.as_chunks().0 {
            let half = reader.long();
            low.store(half as u32, Ordering::Relaxed);
            high.store((half >> 32) as u32, Ordering::Relaxed);
        }
    }

    /// Writes it in two halves.
    pub(crate) fn write(&self, out: &mut Writer<'_>) {
        for [low, high] in self.0.as_chunks().0 {
            let (low, high) = (low.load(Ordering::Relaxed), high.load(Ordering::Relaxed));
            out.long(u64::from(low) | u64::from(high) << 32);
        }
    }

    pub(crate) fn get(&self) -> OpSet {
        let [a, b, c, d] = &self.0;
        OpSet::from_words([a, b, c, d].map(|word| word.load(Ordering::Relaxed)))
    }

    pub(crate) fn contain(&self, op: Op) -> bool {
        self.0
            .get(word(op))
            .is_some_and(|word| word.load(Ordering::Relaxed) & bit(op) != 0)
    }
}
