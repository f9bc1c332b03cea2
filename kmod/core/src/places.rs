//! The places of a cell: for its members, and for those who are about to be.

use core::sync::atomic::{AtomicU32, Ordering};

/// Counts without a lock, so that the limit on processes holds exactly.
///
/// Who is about to be a member first takes a place, by compare and swap against the limit; then it has the place as a
/// member, or gives it back. A place is counted before its member and given up after it, so there are never more
/// members than places, and never more places than the limit.
pub(crate) struct Places {
    /// Members, and those who are about to be.
    taken: AtomicU32,
    members: AtomicU32,
}

impl Places {
    pub(crate) const fn new() -> Self {
        Self {
            taken: AtomicU32::new(0),
            members: AtomicU32::new(0),
        }
    }

    /// None taken. Only of a free slot.
    pub(crate) fn reset(&self) {
        self.taken.store(0, Ordering::Relaxed);
        self.members.store(0, Ordering::Relaxed);
    }

    /// Members.
    pub(crate) fn members(&self) -> u32 {
        self.members.load(Ordering::Relaxed)
    }

    /// Whether there are none. Acquire: what the last member did before it was counted out came before.
    pub(crate) fn no_members(&self) -> bool {
        self.members.load(Ordering::Acquire) == 0
    }

    /// Takes a place if fewer than `limit` are taken.
    pub(crate) fn take(&self, limit: u32) -> bool {
        step(&self.taken, |taken| (taken < limit).then(|| taken + 1))
    }

    /// Gives back a place that was taken and has no member.
    pub(crate) fn give_back(&self) {
        less(&self.taken);
    }

    /// A member has a place that was taken.
    pub(crate) fn fill(&self) {
        self.members.fetch_add(1, Ordering::Relaxed);
    }

    /// A member is gone, and its place with it.
    pub(crate) fn leave(&self) {
        if less(&self.members) {
            self.give_back();
        }
    }
}

/// Changes a counter in one step, if it is to change.
fn step(counter: &AtomicU32, next: impl Fn(u32) -> Option<u32>) -> bool {
    counter
        .fetch_update(Ordering::Release, Ordering::Relaxed, next)
        .is_ok()
}

/// One less. More of these than there were are ignored rather than believed.
fn less(counter: &AtomicU32) -> bool {
    step(counter, |count| count.checked_sub(1))
}
