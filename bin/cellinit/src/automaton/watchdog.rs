//! The hardware watchdog: fed at a third of its period while the critical cells are well.

/// When to feed.
#[derive(Clone, Copy, Debug)]
pub struct Watchdog {
    every_ms: u64,
    next: u64,
    fed: bool,
}

/// How the critical cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Critical {
    /// All of them are well.
    Well,
    /// One is not.
    Unwell,
}

/// Whether to feed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Yes.
    Now,
    /// Not now.
    No,
}

impl Watchdog {
    /// One that was armed, and so fed, now.
    #[must_use]
    pub fn new(period_s: u32, now: u64) -> Self {
        let every_ms = u64::from(period_s) * 1000 / 3;
        Self {
            every_ms,
            next: now + every_ms,
            fed: true,
        }
    }

    /// When [`Self::step`] wants to be asked next. A cell that is not well makes it skip a turn, not stop looking: what
    /// is well again is fed at the next one at the latest.
    #[must_use]
    pub const fn deadline(&self) -> u64 {
        self.next
    }

    /// Whether to feed, the critical cells being so.
    pub fn step(&mut self, cells: Critical, now: u64) -> Feed {
        let well = cells == Critical::Well;
        if now < self.next && (self.fed || !well) {
            return Feed::No;
        }
        self.fed = well;
        self.next = now + self.every_ms;
        if well { Feed::Now } else { Feed::No }
    }

    /// Whether the last turn fed.
    #[must_use]
    pub const fn fed(&self) -> bool {
        self.fed
    }
}
