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
    fn is(&self, cell: Handle, what: What) -> bool {
        self.cell.load(Ordering::Relaxed) == cell.raw() && What::split(self.what()).0 == what
    }

    fn what(&self) -> u32 {
        self.what.load(Ordering::Relaxed)
    }

    /// Denials that no event has told yet.
    fn untold(&self) -> u32 {
        What::split(self.what()).1
    }

    fn set(&self, cell: u32, what: u32, pid: u32) {
        self.cell.store(cell, Ordering::Relaxed);
        self.what.store(what, Ordering::Relaxed);
        self.pid.store(pid, Ordering::Relaxed);
    }

    /// One more that no event has told; the count is not full, or it had been told. How many there are now.
    fn count(&self, pid: u32) -> u32 {
        self.what.store(self.what() + 1, Ordering::Relaxed);
        self.pid.store(pid, Ordering::Relaxed);
        self.untold()
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
            entry
                .what
                .store(entry.what() & !COUNT_MAX | untold, Ordering::Relaxed);
        }
    }

    /// Notes one denial; what is to be told is pushed.
    pub(crate) fn note(&self, cell: Handle, what: What, at: Stamp, ring: &Ring) {
        match self.used().find(|entry| entry.is(cell, what)) {
            Some(entry) => {
                let untold = entry.count(at.pid);
                self.roll(at.uptime_s, ring);
                if untold == COUNT_MAX {
                    tell(entry, at.uptime_s, ring);
                }
            }
            None => {
                self.roll(at.uptime_s, ring);
                self.begin(cell, what, at, ring);
            }
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
            if entry.untold() == 0 {
                continue;
            }
            tell(entry, now_s, ring);
            if let Some(place) = places.next() {
                let cell = entry.cell.load(Ordering::Relaxed);
                place.set(cell, entry.what(), entry.pid.load(Ordering::Relaxed));
                kept += 1;
            }
        }
        self.used.store(kept, Ordering::Relaxed);
        self.second.store(now_s, Ordering::Relaxed);
    }

    fn begin(&self, cell: Handle, what: What, at: Stamp, ring: &Ring) {
        let mut used = self.used.load(Ordering::Relaxed);
        if used as usize >= FOLDED {
            self.end_second(at.uptime_s, ring);
            used = 0;
        }
        if let Some(entry) = self.entries.get(used as usize) {
            entry.set(cell.raw(), what.with_count(0), at.pid);
            self.used.store(used + 1, Ordering::Relaxed);
        }
        ring.push(cell, what, 1, at);
    }

    /// Whether [`Fold::roll`] would tell something.
    pub(crate) fn is_due(&self, now_s: u32) -> bool {
        self.second.load(Ordering::Relaxed) != now_s && self.used().any(|entry| entry.untold() != 0)
    }
}

/// Pushes the event of what is untold.
fn tell(entry: &Entry, uptime_s: u32, ring: &Ring) {
    let what = entry.what();
    entry.what.store(what & !COUNT_MAX, Ordering::Relaxed);
    let cell = Handle::from_raw(entry.cell.load(Ordering::Relaxed));
    let pid = entry.pid.load(Ordering::Relaxed);
    ring.push_word(cell, what, Stamp { pid, uptime_s });
}
