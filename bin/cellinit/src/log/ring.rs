//! The last lines of a cell, in RAM.

use alloc::boxed::Box;

/// Whole lines, the oldest giving way.
#[derive(Debug)]
pub(crate) struct Ring {
    bytes: Box<[u8]>,
    /// Position of the oldest byte kept, and of the next to come, counted from the first ever.
    start: u64,
    end: u64,
}

impl Ring {
    /// An empty one of so many bytes.
    pub(crate) fn new(size: u32) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Self {
            bytes: alloc::vec![0; size].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    /// How many bytes it may hold.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Where the oldest line begins.
    pub(crate) const fn start(&self) -> u64 {
        self.start
    }

    /// Keeps a line `label: text`. One that could never fit is left out.
    pub(crate) fn push(&mut self, label: &str, text: &[u8]) {
        let parts = [label.as_bytes(), b": ", text, b"\n"];
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length > self.bytes.len() {
            return;
        }
        while self.bytes.len() - self.held() < length {
            self.forget_line();
        }
        for byte in parts.into_iter().flatten() {
            let at = self.index(self.end);
            if let Some(slot) = self.bytes.get_mut(at) {
                *slot = *byte;
            }
            self.end += 1;
        }
    }

    /// Copies whole lines from position `from` (moved up to the oldest kept) into `out`: how many bytes, and where to go
    /// on. No bytes when there are no more, or the next line is longer than `out`.
    pub(crate) fn read(&self, from: u64, out: &mut [u8]) -> (usize, u64) {
        let from = from.max(self.start);
        let mut whole = 0;
        for (at, (slot, position)) in (1..).zip(out.iter_mut().zip(from..self.end)) {
            *slot = self.at(position);
            if *slot == b'\n' {
                whole = at;
            }
        }
        (whole, from + whole as u64)
    }

    fn held(&self) -> usize {
        usize::try_from(self.end - self.start).unwrap_or(usize::MAX)
    }

    fn forget_line(&mut self) {
        while self.start < self.end {
            self.start += 1;
            if self.at(self.start - 1) == b'\n' {
                return;
            }
        }
    }

    fn index(&self, position: u64) -> usize {
        let size = self.bytes.len() as u64;
        position
            .checked_rem(size)
            .and_then(|at| usize::try_from(at).ok())
            .unwrap_or(0)
    }

    fn at(&self, position: u64) -> u8 {
        self.bytes
            .get(self.index(position))
            .copied()
            .unwrap_or_default()
    }
}
