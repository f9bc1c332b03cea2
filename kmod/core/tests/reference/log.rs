//! All events there ever were, and the folding of denials, from its rules:
//! - a pair of cell and operation has at most one event a second;
//! - a denial that may have an event has it at once, and it tells what was not told before;
//! - what is left untold in a second that is over is told as soon as anybody denies or reads, in the order in which
//!   the pairs were first denied.

use cell_abi::{Event, EventKind, Handle, Op};
use cell_core::Stamp;

/// `None` is the limit on processes.
type Pair = (Handle, Option<Op>);

struct Folded {
    pair: Pair,
    told_s: u32,
    untold: u32,
    pid: u32,
}

#[derive(Default)]
pub struct Log {
    pub events: Vec<Event>,
    folded: Vec<Folded>,
}

impl Log {
    pub fn push(&mut self, cell: Handle, kind: EventKind, at: Stamp) {
        self.events.push(Event {
            uptime_s: at.uptime_s,
            lost: 0,
            cell,
            pid: at.pid,
            kind,
        });
    }

    fn push_denials(&mut self, (cell, op): Pair, count: u32, at: Stamp) {
        let kind = match op {
            Some(op) => EventKind::Denial { op, count },
            None => EventKind::Limit { count },
        };
        self.push(cell, kind, at);
    }

    /// Whether there is a new event.
    pub fn denied(&mut self, cell: Handle, op: Option<Op>, at: Stamp) -> bool {
        let before = self.events.len();
        let pair = (cell, op);
        match self.folded.iter_mut().find(|folded| folded.pair == pair) {
            Some(folded) => {
                folded.untold += 1;
                folded.pid = at.pid;
                self.tell(at.uptime_s);
                // Nothing was untold and the second is over: it was forgotten, so this cannot be.
                assert!(self.folded.iter().any(|folded| folded.pair == pair));
            }
            None => {
                self.tell(at.uptime_s);
                self.push_denials(pair, 1, at);
                self.folded.push(Folded {
                    pair,
                    told_s: at.uptime_s,
                    untold: 0,
                    pid: at.pid,
                });
            }
        }
        self.events.len() != before
    }

    /// Tells what is untold of seconds that are over.
    fn tell(&mut self, now_s: u32) {
        self.folded
            .retain(|folded| folded.told_s == now_s || folded.untold != 0);
        let mut due = Vec::new();
        for folded in &mut self.folded {
            if folded.told_s != now_s {
                due.push((folded.pair, folded.untold, folded.pid));
                folded.untold = 0;
                folded.told_s = now_s;
            }
        }
        for (pair, untold, pid) in due {
            let at = Stamp {
                pid,
                uptime_s: now_s,
            };
            self.push_denials(pair, untold, at);
        }
    }

    pub fn read(&mut self, cursor: &mut usize, now_s: u32) -> Option<Event> {
        self.tell(now_s);
        let oldest = self.events.len().saturating_sub(cell_core::EVENTS);
        let lost = oldest.saturating_sub(*cursor);
        *cursor += lost;
        let event = self.events.get(*cursor)?;
        *cursor += 1;
        Some(Event {
            lost: lost as u32,
            ..*event
        })
    }

    pub fn would_read(&self, cursor: usize, now_s: u32) -> bool {
        let due = |folded: &Folded| folded.told_s != now_s && folded.untold != 0;
        cursor != self.events.len() || self.folded.iter().any(due)
    }
}
