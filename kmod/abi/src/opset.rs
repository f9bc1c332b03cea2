//! A set of operations in 128 bits.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Op;

/// A set of operations: what a cell may still ask of the other security models.
///
/// Bits above the operations that this version knows are kept: a kernel newer than its control plane denies nothing
/// that was granted, an older one has no operation to look them up with.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct OpSet(u128);

impl OpSet {
    /// No operation.
    pub const EMPTY: Self = Self(0);

    /// Every operation of this version.
    pub const ALL: Self = Self((1 << Op::COUNT) - 1);

    /// The set of these.
    #[must_use]
    pub const fn of(ops: &[Op]) -> Self {
        let mut bits = 0;
        let mut rest = ops;
        while let [op, tail @ ..] = rest {
            bits |= 1 << op.number();
            rest = tail;
        }
        Self(bits)
    }

    /// The set of these bits.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// One bit an operation.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// Four words, low operations first.
    #[must_use]
    pub const fn words(self) -> [u32; 4] {
        [
            self.0 as u32,
            (self.0 >> 32) as u32,
            (self.0 >> 64) as u32,
            (self.0 >> 96) as u32,
        ]
    }

    /// From [`Self::words`].
    #[must_use]
    pub const fn from_words([a, b, c, d]: [u32; 4]) -> Self {
        Self(a as u128 | (b as u128) << 32 | (c as u128) << 64 | (d as u128) << 96)
    }

    /// Two halves, low operations first: as it is sent.
    #[must_use]
    pub const fn halves(self) -> (u64, u64) {
        (self.0 as u64, (self.0 >> 64) as u64)
    }

    /// From [`Self::halves`].
    #[must_use]
    pub const fn from_halves(low: u64, high: u64) -> Self {
        Self(low as u128 | (high as u128) << 64)
    }

    /// Whether `op` is in it.
    #[must_use]
    pub const fn contains(self, op: Op) -> bool {
        self.0 >> op.number() & 1 == 1
    }

    /// This and `op`.
    #[must_use]
    pub const fn with(self, op: Op) -> Self {
        Self(self.0 | 1 << op.number())
    }

    /// This without `op`.
    #[must_use]
    pub const fn without(self, op: Op) -> Self {
        Self(self.0 & !(1 << op.number()))
    }

    /// Everything in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is here and not in `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether `other` has all of this: the test for "only tighter".
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The operations of this version that are in it, by number.
    pub fn iter(self) -> impl Iterator<Item = Op> {
        Op::ALL.iter().copied().filter(move |op| self.contains(*op))
    }
}

impl fmt::Debug for OpSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Op::name)).finish()
    }
}

/// As two 64-bit halves, low operations first: a varint of 128 bits takes shifts that kernels have no routine for.
impl Serialize for OpSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.halves().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OpSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (low, high) = <(u64, u64)>::deserialize(deserializer)?;
        Ok(Self::from_halves(low, high))
    }
}
