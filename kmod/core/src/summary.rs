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
use crate::slot::State;

#[cfg(test)]
mod tests;

/// Words of 32 bits, one bit for each value of a byte.
const WORDS: usize = 8;

/// A set of bytes.
#[derive(Clone, Copy)]
struct Bytes([u32; WORDS]);

impl Bytes {
    const NONE: Self = Self([0; WORDS]);

    /// Adds `first` and as many after it as `more`; after 255 comes 0.
    fn add(&mut self, first: u8, more: u8) {
        for step in 0..=more {
            let byte = first.wrapping_add(step);
            if let Some(word) = self.0.get_mut(usize::from(byte / 32)) {
                *word |= 1 << (byte % 32);
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
        for (place, word) in self.0.iter().zip(&bytes.0) {
            place.store(*word, Ordering::Relaxed);
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
    /// Makes the summary, and the bits of the slots with ports, those of the slots that are active. Table lock.
    pub(crate) fn summarise_ports(&self) {
        let (mut high, mut low) = (Bytes::NONE, Bytes::NONE);
        let mut slots = self.slots.iter();
        for word in &self.reserving {
            let mut bits = 0;
            for (bit, slot) in (0..u32::BITS).zip(slots.by_ref()) {
                if !slot.is(State::ACTIVE) {
                    continue;
                }
                for (first, last, _) in slot.rules.ports.ranges() {
                    let ([first_high, first_low], [last_high, _]) =
                        (first.to_be_bytes(), last.to_be_bytes());
                    high.add(first_high, last_high.wrapping_sub(first_high));
                    let more = last.wrapping_sub(first);
                    low.add(first_low, u8::try_from(more).unwrap_or(u8::MAX));
                    bits |= 1 << bit;
                }
            }
            // Stored once, as the summary's words are: the bit of a slot that stays active is never missing.
            word.store(bits, Ordering::Relaxed);
        }
        self.summary.high.replace(&high);
        self.summary.low.replace(&low);
    }
}
