//! The word that a credential carries.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Names one life of one slot: generation << 8 | slot. Zero is the host.
///
/// A handle of an earlier life of the slot is never equal to the present one, so it is answered
/// [`Refusal::Stale`](crate::Refusal::Stale) and cannot reach the cell that came after.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Handle(u32);

impl Handle {
    /// The host: not in any cell.
    pub const HOST: Self = Self(0);

    /// Largest generation; the next one after it is 1.
    pub const MAX_GENERATION: u32 = (1 << 24) - 1;

    /// A handle from the word it is stored as.
    #[must_use]
    pub const fn from_raw(raw: u32) -> Self {
        Self(raw)
    }

    /// The word to store.
    #[must_use]
    pub const fn raw(self) -> u32 {
        self.0
    }

    /// The handle of generation `generation` (1 to [`Self::MAX_GENERATION`]) of `slot`.
    #[must_use]
    pub const fn new(slot: u8, generation: u32) -> Self {
        Self(((generation & Self::MAX_GENERATION) << 8) | slot as u32)
    }

    /// Index into the table of slots; meaningless for the host.
    #[must_use]
    pub const fn slot(self) -> usize {
        (self.0 & 0xff) as usize
    }

    /// Which life of the slot, from 1; 0 for the host.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.0 >> 8
    }

    /// Whether this is the host.
    #[must_use]
    pub const fn is_host(self) -> bool {
        self.0 == 0
    }
}

/// Decimal, as operators type it.
impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
