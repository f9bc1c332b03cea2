//! The ring of events that readers of the device follow.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::frame;
use cell_abi::wire::Writer;
use cell_abi::{Event, EventKind, Handle, Op};

use crate::{Kernel, Stamp};

/// Events kept for readers that are behind.
pub const EVENTS: usize = 64;

const _: () = assert!(
    EVENTS.is_power_of_two(),
    "the ring's index survives the wrap of its counter"
);

/// Bits of a record's count.
const COUNT_BITS: u32 = 24;

/// Largest count that a record holds.
pub(crate) const COUNT_MAX: u32 = (1 << COUNT_BITS) - 1;

/// What a record is about, in eight bits: a denied operation by its number (below 128), or one of these.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct What(u8);

/// Behind which the tags of [`EventKind`] begin.
const KINDS: u8 = 128;

impl What {
    pub(crate) const CREATE: Self = Self(KINDS);
    pub(crate) const DESTROY: Self = Self(KINDS + 1);
    pub(crate) const ENTER: Self = Self(KINDS + 2);
    pub(crate) const LIMIT: Self = Self(KINDS + 4);
    pub(crate) const SEAL: Self = Self(KINDS + 5);

    pub(crate) const fn denial(op: Op) -> Self {
        Self(op.number())
    }

    const fn kind(self, count: u32) -> Option<EventKind> {
        match self {
            Self::CREATE => Some(EventKind::Create),
            Self::DESTROY => Some(EventKind::Destroy),
            Self::ENTER => Some(EventKind::Enter),
            Self::LIMIT => Some(EventKind::Limit { count }),
            Self::SEAL => Some(EventKind::Seal),
            Self(number) => match Op::from_number(number) {
                Some(op) => Some(EventKind::Denial { op, count }),
                None => None,
            },
        }
    }

    /// Writes it as an [`EventKind`]: its tag, and what else it has.
    fn write(self, count: u32, out: &mut Writer<'_>) {
        match self.0.checked_sub(KINDS) {
            None => out.numbers(&[3, self.0.into(), count]),
            Some(tag) => {
                out.byte(tag);
                if self == Self::LIMIT {
                    out.numbers(&[count]);
                }
            }
        }
    }

    /// Together with a count in one word.
    pub(crate) const fn with_count(self, count: u32) -> u32 {
        (self.0 as u32) << COUNT_BITS | count & COUNT_MAX
    }

    /// Both of a word.
    pub(crate) const fn split(word: u32) -> (Self, u32) {
        (Self((word >> COUNT_BITS) as u8), word & COUNT_MAX)
    }
}

/// An event in four words.
struct Record {
    uptime_s: AtomicU32,
    cell: AtomicU32,
    pid: AtomicU32,
    /// [`What::with_count`]
    what: AtomicU32,
}

/// The last [`EVENTS`] events. Read and written under the event lock, hence relaxed.
pub(crate) struct Ring {
    /// Events since boot, modulo 2^32: the number of the next one.
    end: AtomicU32,
    records: [Record; EVENTS],
}

impl Ring {
    pub(crate) const fn new() -> Self {
        Self {
            end: AtomicU32::new(0),
            records: [const {
                Record {
                    uptime_s: AtomicU32::new(0),
                    cell: AtomicU32::new(0),
                    pid: AtomicU32::new(0),
                    what: AtomicU32::new(0),
                }
            }; EVENTS],
        }
    }

    pub(crate) fn end(&self) -> u32 {
        self.end.load(Ordering::Relaxed)
    }

    /// As after so many events.
    #[cfg(test)]
    pub(crate) fn jump_to(&self, end: u32) {
        self.end.store(end, Ordering::Relaxed);
    }

    pub(crate) fn push(&self, cell: Handle, what: What, count: u32, at: Stamp) {
        self.push_word(cell, what.with_count(count), at);
    }

    /// The same, of [`What::with_count`].
    #[inline(never)]
    pub(crate) fn push_word(&self, cell: Handle, what: u32, at: Stamp) {
        let number = self.end();
        if let Some(record) = self.records.get(index(number)) {
            record.uptime_s.store(at.uptime_s, Ordering::Relaxed);
            record.cell.store(cell.raw(), Ordering::Relaxed);
            record.pid.store(at.pid, Ordering::Relaxed);
            record.what.store(what, Ordering::Relaxed);
        }
        self.end.store(number.wrapping_add(1), Ordering::Relaxed);
    }

    /// The event that `cursor` stands at, or the oldest there is if it is further behind; and how many it lost.
    fn next(&self, cursor: &mut u32) -> Option<(&Record, u32)> {
        let behind = self.end().wrapping_sub(*cursor);
        if behind == 0 {
            return None;
        }
        let lost = behind.saturating_sub(EVENTS as u32);
        let number = cursor.wrapping_add(lost);
        *cursor = number.wrapping_add(1);
        Some((self.records.get(index(number))?, lost))
    }
}

impl Record {
    fn read(&self, lost: u32) -> Option<Event> {
        let (what, count) = What::split(self.what.load(Ordering::Relaxed));
        Some(Event {
            uptime_s: self.uptime_s.load(Ordering::Relaxed),
            lost,
            cell: Handle::from_raw(self.cell.load(Ordering::Relaxed)),
            pid: self.pid.load(Ordering::Relaxed),
            kind: what.kind(count)?,
        })
    }

    /// Writes it as an [`Event`].
    fn write(&self, lost: u32, out: &mut Writer<'_>) {
        out.numbers(&[
            self.uptime_s.load(Ordering::Relaxed),
            lost,
            self.cell.load(Ordering::Relaxed),
            self.pid.load(Ordering::Relaxed),
        ]);
        let (what, count) = What::split(self.what.load(Ordering::Relaxed));
        what.write(count, out);
    }
}

const fn index(number: u32) -> usize {
    number as usize % EVENTS
}

impl Kernel {
    /// Where a reader begins that wants only what happens from now on. Event lock.
    #[must_use]
    pub fn event_cursor(&self) -> u32 {
        self.events.end()
    }

    /// Whether [`Kernel::read_event`] would give one: what poll(2) asks. Event lock.
    #[must_use]
    pub fn has_event(&self, cursor: u32, now_s: u32) -> bool {
        self.events.end() != cursor || self.fold.is_due(now_s)
    }

    /// The next event for a reader, which keeps `cursor`; `None` when it has read them all. A reader that fell more
    /// than [`EVENTS`] behind gets the oldest there is, which says how many it lost.
    ///
    /// Denials that were folded into a second that is over become an event here if no later denial told them.
    /// Event lock.
    pub fn read_event(&self, cursor: &mut u32, now_s: u32) -> Option<Event> {
        self.fold.roll(now_s, &self.events);
        let (record, lost) = self.events.next(cursor)?;
        record.read(lost)
    }

    /// The same as a frame in `out`: its length, 0 if there is none. Event lock.
    pub fn write_event(&self, cursor: &mut u32, now_s: u32, out: &mut [u8]) -> usize {
        self.fold.roll(now_s, &self.events);
        match self.events.next(cursor) {
            Some((record, lost)) => frame::stuff(out, |out| record.write(lost, out)).unwrap_or(0),
            None => 0,
        }
    }
}
