//! How many lines one cell may send to syslogd: a queue of some 4 KiB that all cells share.

/// Lines that may come at once, and lines that may come each second after that.
const LINES: u32 = 50;

/// What one line costs: so much is given back each millisecond that a second gives back [`LINES`].
const LINE: u32 = 1000;

/// What a cell may still send.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u32,
    since: u64,
    withheld: u32,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is sent, after so many that were not.
    Sent(u32),
    /// It is not.
    Withheld,
}

impl Budget {
    /// Nothing was sent yet.
    pub(crate) const fn new() -> Self {
        Self {
            left: LINES * LINE,
            since: 0,
            withheld: 0,
        }
    }

    /// Of a line that comes now, in milliseconds.
    pub(crate) fn line(&mut self, now: u64) -> Fate {
        let passed = u32::try_from(now.saturating_sub(self.since)).unwrap_or(u32::MAX);
        let back = passed.saturating_mul(LINES);
        self.left = self.left.saturating_add(back).min(LINES * LINE);
        self.since = now;
        match self.left.checked_sub(LINE) {
            Some(left) => {
                self.left = left;
                Fate::Sent(core::mem::take(&mut self.withheld))
            }
            None => {
                self.withheld = self.withheld.saturating_add(1);
                Fate::Withheld
            }
        }
    }
}
