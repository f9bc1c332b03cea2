//! Medians and ratios in whole numbers.

use core::fmt;

#[cfg(test)]
mod tests;

/// The middle one when sorted; of an even number, the lower of the two; 0 of none.
pub fn median(samples: &mut [u64]) -> u64 {
    samples.sort_unstable();
    let middle = samples.len().saturating_sub(1) / 2;
    samples.get(middle).copied().unwrap_or(0)
}

/// How much more the second is than the first, in hundredths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(pub i64);

impl Ratio {
    /// Of `after` to `before`.
    #[must_use]
    pub fn of(before: u64, after: u64) -> Self {
        let (before, after) = (i128::from(before.max(1)), i128::from(after));
        let hundredths = (after - before) * 10_000;
        // to the nearest
        let half = if hundredths < 0 { -before } else { before } / 2;
        Self(i64::try_from((hundredths + half) / before).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let size = self.0.unsigned_abs();
        f.pad(&alloc::format!("{sign}{}.{:02} %", size / 100, size % 100))
    }
}
