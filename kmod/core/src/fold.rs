//! Many denials, few events.
//!
//! The first denial of a cell and operation in a second is an event at once; those that follow in the same second are
//! counted, and told by the next event of the pair: that of its next denial, or one that is made when the second is
//! over and somebody denies or reads something. So a pair has at most one event a second, and the counts of its
//! events add up to its denials.
//!
//! The exception: when more than [`FOLDED`] pairs are denied in one second, the second counts as over before its time.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::Handle;

use crate::Stamp;
use crate::events::{COUNT_MAX, Ring, What};

/// Pairs of cell and operation that can be folded at once.
pub const FOLDED: usize = 64;

/// A pair that had an event in the present second, and what came after.
struct Entry {
    cell: AtomicU32,
    /// [`What::with_count`], with the denials that no event has told yet.
    what: AtomicU32,
    /// Process of the last of them.
    pid: AtomicU32,
}

impl Entry {
    fn get(&self) -> (Handle, What, u32) {
        let (what, untold) = What::split(self.what.load(Ordering::Relaxed));
        let cell = Handle::from_raw(self.cell.load(Ordering::Relaxed));
        (cell, what, untold)
    }

    fn set(&self, cell: Handle, what: What, untold: u32, pid: u32) {
        self.cell.store(cell.raw(), Ordering::Relaxed);
        self.what.store(what.with_count(untold), Ordering::Relaxed);
        self.pid.store(pid, Ordering::Relaxed);
    }

    fn pid(&self) -> u32 {
        self.pid.load(Ordering::Relaxed)
    }
}

/// Pairs denied in the present second, in the order of their first denial. Under the event lock, hence relaxed.
pub(crate) struct Fold {
    second: AtomicU32,
    used: AtomicU32,
    entries: [Entry; FOLDED],
}

impl Fold {
    pub(crate) const fn new() -> Self {
        Self {
            second: AtomicU32::new(0),
            used: AtomicU32::new(0),
            entries: [const {
                Entry {
                    cell: AtomicU32::new(0),
                    what: AtomicU32::new(0),
                    pid: AtomicU32::new(0),
                }
            }; FOLDED],
        }
    }

    fn used(&self) -> impl Iterator<Item = &Entry> {
        let used = self.used.load(Ordering::Relaxed) as usize;
        self.entries.iter().take(used)
    }

    /// As after so many denials of the first pair.
    #[cfg(test)]
    pub(crate) fn set_untold(&self, untold: u32) {
        for entry in self.used().take(1) {
            let (cell, what, _) = entry.get();
            entry.set(cell, what, untold, entry.pid());
        }
    }

    /// Notes one denial; what is to be told is pushed.
    pub(crate) fn note(&self, cell: Handle, what: What, at: Stamp, ring: &Ring) {
        let mine = self.used().find_map(|entry| {
            let (its_cell, its_what, untold) = entry.get();
            (its_cell == cell && its_what == what).then_some((entry, untold))
        });
        let Some((entry, untold)) = mine else {
            self.roll(at.uptime_s, ring);
            self.begin(cell, what, at, ring);
            return;
        };
        entry.set(cell, what, untold + 1, at.pid);
        self.roll(at.uptime_s, ring);
        if untold + 1 == COUNT_MAX {
            tell(entry, at.uptime_s, ring);
        }
    }

    /// Ends the second if it is another now: tells what is untold, forgets the pairs that had nothing.
    pub(crate) fn roll(&self, now_s: u32, ring: &Ring) {
        if self.second.load(Ordering::Relaxed) != now_s {
            self.end_second(now_s, ring);
        }
    }

    fn end_second(&self, now_s: u32, ring: &Ring) {
        let mut kept = 0;
        let mut places = self.entries.iter();
        for entry in self.used() {
            let (cell, what, untold) = entry.get();
            if untold == 0 {
                continue;
            }
            tell(entry, now_s, ring);
            if let Some(place) = places.next() {
                place.set(cell, what, 0, entry.pid());
                kept += 1;
            }
        }
        self.used.store(kept, Ordering::Relaxed);
        self.second.store(now_s, Ordering::Relaxed);
    }

    fn begin(&self, cell: Handle, what: What, at: Stamp, ring: &Ring) {
        if self.used.load(Ordering::Relaxed) as usize >= FOLDED {
            self.end_second(at.uptime_s, ring);
            self.used.store(0, Ordering::Relaxed);
        }
        let used = self.used.load(Ordering::Relaxed);
        if let Some(entry) = self.entries.get(used as usize) {
            entry.set(cell, what, 0, at.pid);
            self.used.store(used + 1, Ordering::Relaxed);
        }
        ring.push(cell, what, 1, at);
    }

    /// Whether [`Fold::roll`] would tell something.
    pub(crate) fn is_due(&self, now_s: u32) -> bool {
        self.second.load(Ordering::Relaxed) != now_s && self.used().any(|entry| entry.get().2 != 0)
    }
}

/// Pushes the event of what is untold.
fn tell(entry: &Entry, uptime_s: u32, ring: &Ring) {
    let (cell, what, untold) = entry.get();
    let pid = entry.pid();
    entry.set(cell, what, 0, pid);
    ring.push(cell, what, untold, Stamp { pid, uptime_s });
}
