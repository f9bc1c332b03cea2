//! A cell's limits.

use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use cell_abi::Limits;
use cell_abi::wire::Writer;

use crate::rules::copy_words;

/// Limits in words, in the order of [`Limits`]; once set, what is unlimited is the largest number.
pub(crate) struct StoredLimits {
    words: [AtomicU32; 4],
    /// One bit a word: given.
    given: AtomicU8,
}

impl StoredLimits {
    pub(crate) const fn new() -> Self {
        Self {
            words: [const { AtomicU32::new(0) }; 4],
            given: AtomicU8::new(0),
        }
    }

    pub(crate) fn copy(&self, other: &Self) {
        copy_words(&self.words, &other.words);
        let given = other.given.load(Ordering::Relaxed);
        self.given.store(given, Ordering::Relaxed);
    }

    /// As if none were given.
    pub(crate) fn clear(&self) {
        self.given.store(0, Ordering::Relaxed);
    }

    /// Keeps one, by its place in [`Limits`]; none is given twice.
    pub(crate) fn put(&self, place: usize, limit: Option<u32>) {
        if let Some(word) = self.words.get(place) {
            word.store(limit.unwrap_or(u32::MAX), Ordering::Relaxed);
        }
        let given = self.given.load(Ordering::Relaxed);
        let bit = u8::from(limit.is_some()) << place;
        self.given.store(given | bit, Ordering::Relaxed);
    }

    /// The limits, in the order of [`Limits`].
    fn iter(&self) -> impl Iterator<Item = Option<u32>> {
        let mut given = self.given.load(Ordering::Relaxed);
        self.words.iter().map(move |word| {
            let is_given = given & 1 != 0;
            given >>= 1;
            is_given.then(|| word.load(Ordering::Relaxed))
        })
    }

    #[inline(never)]
    pub(crate) fn write(&self, out: &mut Writer<'_>) {
        for limit in self.iter() {
            out.option(limit);
        }
    }

    pub(crate) fn get(&self) -> Limits {
        let mut limits = self.iter();
        let mut next = || limits.next().flatten();
        Limits {
            processes: next().map(|limit| limit as u16),
            nofile: next(),
            address_space_kib: next(),
            core_kib: next(),
        }
    }

    /// How many processes there may be.
    pub(crate) fn processes(&self) -> u32 {
        let [processes, ..] = &self.words;
        processes.load(Ordering::Relaxed)
    }
}
