//! Numbers that repeat: xorshift64*, seeded.

/// A sequence.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        // zero would stay zero
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The next, below `end` (0 if that is 0).
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize;
        high.checked_rem(end).unwrap_or(0)
    }
}
