//! Sets of operations as four words.
//!
//! An [`OpSet`] is 128 bits wide; shifting that by a variable is a library call on a 32-bit processor, and one that
//! the kernel does not have.

use core::sync::atomic::{AtomicU32, Ordering};

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
