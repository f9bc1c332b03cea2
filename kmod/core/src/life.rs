//! How long a slot lives: until its cell is destroyed *and* its last credential is dropped.

use core::sync::atomic::{AtomicU32, Ordering};

/// Set while the slot has an active cell.
const OPEN: u32 = 1 << 31;

/// Credentials that carry the handle, and whether the cell is open, in one word.
///
/// Both in one word, because "destroyed" and "no credentials" are reached by different processors: with two words, a
/// last drop that is late could free the slot's next life. In one word the change to zero happens once, whoever makes
/// it, and zero *is* the free slot: the last drop has nothing else to do, so it needs no lock.
///
/// Ordering is that of a reference count. A new share needs an old one, so it need order nothing. A drop
/// releases: what was decided with the credential happened before. [`Life::is_free`] acquires: a create that sees zero
/// comes after every decision that any credential of the earlier life was used for, and may rewrite the policy.
pub(crate) struct Life(AtomicU32);

impl Life {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// No active cell and no credential.
    pub(crate) fn is_free(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Credentials.
    pub(crate) fn credentials(&self) -> u32 {
        self.0.load(Ordering::Relaxed) & !OPEN
    }

    /// Begins a life. Only of a free slot.
    pub(crate) fn open(&self) {
        self.0.fetch_or(OPEN, Ordering::Relaxed);
    }

    /// Ends it; what credentials remain keep the slot.
    pub(crate) fn close(&self) {
        self.0.fetch_and(!OPEN, Ordering::Relaxed);
    }

    /// One credential more. At 2^31 - 1 the count sticks: the slot is then never free again, which is the safe side.
    pub(crate) fn share(&self) {
        self.change(1);
    }

    /// One credential less. More drops than shares are ignored rather than believed.
    pub(crate) fn drop_one(&self) {
        self.change(u32::MAX);
    }

    /// Adds one, or takes it away: as many as the largest number is one less.
    #[inline(never)]
    fn change(&self, by: u32) {
        // A failed update is one that would leave the count's range: documented above.
        let _ = self
            .0
            .fetch_update(Ordering::Release, Ordering::Relaxed, |word| {
                let count = word & !OPEN;
                let next = count.wrapping_add(by);
                (next & OPEN == 0 && count != !OPEN).then_some(next | word & OPEN)
            });
    }
}
