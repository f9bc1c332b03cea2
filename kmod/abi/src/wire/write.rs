//! Replies and events, written where they go.

use core::sync::atomic::{AtomicU8, Ordering};

use crate::frame::{FrameError, HEADER};
use crate::{CellState, Event, EventKind, Handle, Hello, Profile};

/// Writes into a buffer. What does not fit is counted, not written.
#[derive(Debug)]
pub struct Writer<'b> {
    room: &'b mut [u8],
    /// Bytes written, or that would have been.
    used: usize,
}

impl<'b> Writer<'b> {
    /// At the first byte of `room`.
    pub const fn new(room: &'b mut [u8]) -> Self {
        Self { room, used: 0 }
    }

    /// In an ioctl's buffer, behind the length.
    pub const fn reply(buffer: &'b mut [u8]) -> Self {
        Self {
            room: buffer,
            used: HEADER,
        }
    }

    /// Bytes written, or that would have been had there been room.
    #[must_use]
    pub const fn used(&self) -> usize {
        self.used
    }

    /// Puts the length before a reply, in a buffer that a request was read from; what follows it is zeroed, so that
    /// nothing of before leaks.
    ///
    /// # Errors
    /// `TooBig`, after which the buffer is zeroed.
    #[inline(never)]
    pub fn finish(self) -> Result<(), FrameError> {
        let fits = self.used <= self.room.len();
        let kept = if fits { self.used } else { 0 };
        for byte in self.room.iter_mut().skip(kept) {
            *byte = 0;
        }
        match self.room.first_chunk_mut() {
            Some(header) if fits => {
                *header = ((self.used - HEADER) as u16).to_le_bytes();
                Ok(())
            }
            Some(_) | None => Err(FrameError::TooBig),
        }
    }

    /// A byte as it is.
    #[inline(never)]
    pub fn byte(&mut self, byte: u8) {
        if let Some(place) = self.room.get_mut(self.used) {
            *place = byte;
        }
        self.used += 1;
    }

    /// An integer of 64 bits.
    #[inline(never)]
    pub fn long(&mut self, mut long: u64) {
        while long > 0x7f {
            self.byte(long as u8 | 0x80);
            long >>= 7;
        }
        self.byte(long as u8);
    }

    /// Integers of 32 bits.
    #[inline(never)]
    pub fn numbers(&mut self, numbers: &[u32]) {
        for number in numbers {
            self.long((*number).into());
        }
    }

    fn number(&mut self, number: u32) {
        self.long(number.into());
    }

    /// Text, out of a table that others read.
    #[inline(never)]
    fn text(&mut self, text: &[AtomicU8]) {
        self.number(text.len() as u32);
        for byte in text {
            self.byte(byte.load(Ordering::Relaxed));
        }
    }

    /// Begins a list of fewer than 128 items: where its length is.
    #[must_use]
    pub fn list(&mut self) -> usize {
        self.byte(0);
        self.used - 1
    }

    /// One more item of a list: integers of 32 bits.
    #[inline(never)]
    pub fn item(&mut self, list: usize, numbers: &[u32]) {
        if let Some(length) = self.room.get_mut(list) {
            *length += 1;
        }
        self.numbers(numbers);
    }

    /// An optional integer.
    #[inline(never)]
    pub fn option(&mut self, value: Option<u32>) {
        self.byte(value.is_some().into());
        if let Some(value) = value {
            self.number(value);
        }
    }

    /// [`Reply::Done`](crate::Reply::Done)
    pub fn done(&mut self) {
        self.byte(0);
    }

    /// [`Reply::Hello`](crate::Reply::Hello)
    pub fn hello(&mut self, hello: &Hello) {
        self.numbers(&[1, hello.version.into()]);
        for byte in [
            hello.operations,
            hello.max_cells,
            hello.cells,
            hello.sealed.into(),
        ] {
            self.byte(byte);
        }
        self.number(hello.caller.raw());
    }

    /// [`Reply::Created`](crate::Reply::Created)
    pub fn created(&mut self, cell: Handle) {
        self.numbers(&[2, cell.raw()]);
    }

    /// [`Reply::Killed`](crate::Reply::Killed)
    pub fn killed(&mut self, count: u32) {
        self.numbers(&[3, count]);
    }

    /// [`Reply::Cell`](crate::Reply::Cell) but for the limits, which follow as [`Self::option`]s: name and root; processes,
    /// credentials and age.
    pub fn cell(
        &mut self,
        handle: Handle,
        name: &[AtomicU8],
        root: &[AtomicU8],
        (profile, state): (Profile, CellState),
        [processes, credentials, age_s]: [u32; 3],
    ) {
        self.numbers(&[4, handle.raw()]);
        self.text(name);
        self.text(root);
        self.numbers(&[profile as u32, state as u32, processes, credentials, age_s]);
    }

    /// [`Reply::Stats`](crate::Reply::Stats): processes, credentials and age; microseconds of CPU time; resident and
    /// virtual KiB, forks and denials.
    pub fn stats(
        &mut self,
        [processes, credentials, age_s]: [u32; 3],
        cpu_us: u64,
        rest: [u32; 4],
    ) {
        self.numbers(&[5, processes, credentials, age_s]);
        self.long(cpu_us);
        self.numbers(&rest);
    }

    /// The beginning of [`Reply::Policy`](crate::Reply::Policy). What follows are the two halves of the operations
    /// ([`Self::long`]); the lists of reservations and devices ([`Self::list`]); the limits ([`Self::option`]); and the
    /// list of denials.
    pub fn policy(&mut self, profile: Profile) {
        self.numbers(&[6, profile as u32]);
    }

    /// An event, before it is stuffed.
    pub fn event(&mut self, event: &Event) {
        self.numbers(&[event.uptime_s, event.lost, event.cell.raw(), event.pid]);
        match event.kind {
            EventKind::Create => self.byte(0),
            EventKind::Destroy => self.byte(1),
            EventKind::Enter => self.byte(2),
            EventKind::Denial { op, count } => {
                self.byte(3);
                self.byte(op.number());
                self.number(count);
            }
            EventKind::Limit { count } => {
                self.byte(4);
                self.number(count);
            }
            EventKind::Seal => self.byte(5),
        }
    }
}
