//! The compressed bits, lowest first, from a stream.

use alloc::{vec, vec::Vec};

use embedded_io::Read;

use crate::platform::Errno;
use crate::problem::{Rule, Why};

/// Bytes read at a time.
const CHUNK: usize = 8192;

/// Bits that are there after [`Bits::fill`], unless the stream has ended: enough for a code and five more.
const FILLED: u32 = 25;

const WORD: usize = size_of::<usize>();

/// What is wrong sticks, and what is read then is zeros: who reads asks at the end of a piece.
pub(super) struct Bits<R> {
    pub(super) source: R,
    pub(super) wrong: Option<Why>,
    chunk: Vec<u8>,
    at: usize,
    end: usize,
    /// The next bits; zeros above those that are there.
    word: usize,
    count: u32,
}

impl<R: Read<Error = Errno>> Bits<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            wrong: None,
            chunk: vec![0; CHUNK],
            at: 0,
            end: 0,
            word: 0,
            count: 0,
        }
    }

    #[inline(never)]
    pub(super) fn fail(&mut self, rule: Rule) {
        self.wrong.get_or_insert(rule.why());
    }

    /// What is ahead, read first if need be; empty at the end.
    fn ahead(&mut self) -> &[u8] {
        if self.at == self.end && self.wrong.is_none() {
            (self.at, self.end) = (0, 0);
            match self.source.read(&mut self.chunk) {
                Ok(count) => self.end = count,
                Err(errno) => self.wrong = Some(errno),
            }
        }
        self.chunk.get(self.at..self.end).unwrap_or_default()
    }

    /// Takes bytes in until there are [`FILLED`] bits or the stream ends.
    #[inline]
    pub(super) fn fill(&mut self) {
        if self.count >= FILLED {
            return;
        }
        // a whole word at a time where that gives enough
        if WORD == 8
            && let Some(ahead) = self.chunk.get(self.at..self.end)
            && let Some(bytes) = ahead.first_chunk::<WORD>()
        {
            self.word |= usize::from_le_bytes(*bytes) << self.count;
            let taken = (usize::BITS - 1 - self.count) >> 3;
            self.at += taken as usize;
            self.count += taken * 8;
            self.word &= usize::MAX >> (usize::BITS - self.count);
            return;
        }
        self.fill_slowly();
    }

    #[inline(never)]
    fn fill_slowly(&mut self) {
        while self.count < FILLED {
            let Some(byte) = self.ahead().first().copied() else {
                break;
            };
            self.at += 1;
            self.word |= usize::from(byte) << self.count;
            self.count += 8;
        }
    }

    /// The next bits, without taking them.
    #[inline]
    pub(super) fn peek(&self) -> usize {
        self.word
    }

    /// Takes bits that were looked at.
    #[inline]
    pub(super) fn take(&mut self, count: u32) {
        if count > self.count {
            return self.fail(Rule::Short);
        }
        self.count -= count;
        self.word >>= count;
    }

    /// The next bits as a number; at most 16 of them.
    #[inline(never)]
    pub(super) fn number(&mut self, count: u32) -> usize {
        self.fill();
        let number = self.word & ((1 << count) - 1);
        self.take(count);
        number
    }

    /// Leaves what is left of a byte.
    pub(super) fn align(&mut self) {
        self.take(self.count & 7);
    }

    /// Copies whole bytes, after [`Self::align`]; how many, and 0 only at the end.
    pub(super) fn copy(&mut self, to: &mut [u8]) -> usize {
        if self.count != 0 {
            let Some(first) = to.first_mut() else {
                return 0;
            };
            *first = self.number(8) as u8;
            return 1;
        }
        let ahead = self.ahead();
        let count = ahead.len().min(to.len());
        let (to, _) = to.split_at_mut(count);
        to.copy_from_slice(ahead.split_at(count).0);
        self.at += count;
        count
    }

    /// Whether the stream has nothing more.
    pub(super) fn ended(&mut self) -> bool {
        self.count == 0 && self.ahead().is_empty()
    }
}
