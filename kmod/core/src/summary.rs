//! Which ports may be reserved at all: what a binder reads before it walks every cell's ranges.
//!
//! One bit for each high byte of a port and one for each low byte, 64 bytes in all. A port may be reserved if both of
//! its bytes are marked. That is exact while all reservations have their high byte in common; where it is not, a port
//! that has its high byte of one reservation and its low byte of another is walked for and found free. A range of 256
//! ports or more marks all low bytes; the high bytes decide alone then.
//!
//! Why a binder may trust it without a lock is argued in `ports.rs`.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::Kernel;
use crate::slot::Phase;

#[cfg(test)]
mod tests;

/// Words of 32 bits, one bit for each value of a byte.
const WORDS: usize = 8;

/// A set of bytes.
#[derive(Clone, Copy)]
struct Bytes([u32; WORDS]);

impl Bytes {
    const NONE: Self = Self([0; WORDS]);

    /// Adds `first` to `last`; nothing if they are backwards.
    fn add(&mut self, first: u8, last: u8) {
        let (first, last) = (u32::from(first), u32::from(last));
        for (index, word) in (0u32..).zip(&mut self.0) {
            let start = index * 32;
            let from = first.saturating_sub(start);
            if let Some(to) = last.checked_sub(start)
                && from < 32
            {
                *word |= u32::MAX << from & u32::MAX >> (31 - to.min(31));
            }
        }
    }
}

/// A set of bytes that others read while it is replaced.
struct SharedBytes([AtomicU32; WORDS]);

impl SharedBytes {
    const fn new() -> Self {
        Self([const { AtomicU32::new(0) }; WORDS])
    }

    fn contain(&self, byte: u8) -> bool {
        // There is a word for every byte; without one, none is ruled out.
        self.0
            .get(usize::from(byte / 32))
            .is_none_or(|word| word.load(Ordering::Relaxed) >> (byte % 32) & 1 != 0)
    }

    /// Each word changes once, from the old set's to the new set's: a byte in both is never missing.
    fn replace(&self, bytes: &Bytes) {
        for (place, word) in self.0.iter().zip(bytes.0) {
            place.store(word, Ordering::Relaxed);
        }
    }
}

/// The high and the low bytes of the ports that active cells have reserved. Written under the table lock.
pub(crate) struct Summary {
    high: SharedBytes,
    low: SharedBytes,
}

impl Summary {
    pub(crate) const fn new() -> Self {
        Self {
            high: SharedBytes::new(),
            low: SharedBytes::new(),
        }
    }

    /// Whether a cell may have reserved `port`: never false if one has. No lock.
    pub(crate) fn may_hold(&self, port: u16) -> bool {
        let [high, low] = port.to_be_bytes();
        self.high.contain(high) && self.low.contain(low)
    }
}

impl Kernel {
    /// Makes the summary that of the slots whose phase is active. Table lock.
    pub(crate) fn summarise_ports(&self) {
        let (mut high, mut low) = (Bytes::NONE, Bytes::NONE);
        let active = self
            .slots
            .iter()
            .filter(|slot| slot.phase() == Phase::Active);
        for (first, last, _) in active.flat_map(|slot| slot.ports.ranges()) {
            let ([first_high, first_low], [last_high, last_low]) =
                (first.to_be_bytes(), last.to_be_bytes());
            high.add(first_high, last_high);
            if last.saturating_sub(first) >= 255 {
                low.add(0, 255);
            } else if first_low <= last_low {
                low.add(first_low, last_low);
            } else {
                low.add(first_low, 255);
                low.add(0, last_low);
            }
        }
        self.summary.high.replace(&high);
        self.summary.low.replace(&low);
    }
}
