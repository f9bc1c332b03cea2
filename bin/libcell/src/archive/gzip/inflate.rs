//! DEFLATE (RFC 1951), decompressed into a ring of 32 KiB that is also what matches point into.

use alloc::{boxed::Box, vec, vec::Vec};

use embedded_io::Read;

use super::bits::Bits;
use super::codes::Codes;
use crate::platform::Errno;
use crate::problem::Rule;

/// Farthest that a match points back.
const WINDOW: usize = 1 << 15;

/// Where a stream is.
enum State {
    /// Before a block's header.
    Header,
    /// In a stored block with so many bytes left.
    Stored(usize),
    /// In a coded block.
    Coded,
    /// After the last block.
    End,
}

pub(super) struct Inflate<R> {
    pub(super) bits: Bits<R>,
    ring: Vec<u8>,
    /// Where the last piece begins.
    from: usize,
    /// Where the next byte goes; at the ring's end it is full.
    to: usize,
    /// Whether the ring was filled once, so that a match may point anywhere.
    full: bool,
    state: State,
    last: bool,
    /// What is left of a match that did not fit before the ring's end: bytes, and how far back.
    rest: usize,
    distance: usize,
    literals: Box<Codes>,
    distances: Box<Codes>,
}

/// Where the lengths of the code lengths are (3.2.7).
const ORDER: [u8; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

impl<R: Read<Error = Errno>> Inflate<R> {
    pub(super) fn new(bits: Bits<R>) -> Self {
        Self {
            bits,
            ring: vec![0; WINDOW],
            from: 0,
            to: 0,
            full: false,
            state: State::Header,
            last: false,
            rest: 0,
            distance: 0,
            literals: Box::new(Codes::new()),
            distances: Box::new(Codes::new()),
        }
    }

    /// Makes the next [`Self::piece`]. What is wrong then stands in [`Bits::wrong`].
    pub(super) fn next(&mut self) {
        if self.to == WINDOW {
            (self.to, self.full) = (0, true);
        }
        self.from = self.to;
        while self.to < WINDOW && self.bits.wrong.is_none() {
            let done = match self.state {
                State::Header => self.header(),
                State::Stored(left) => self.stored(left),
                State::Coded => self.coded(),
                State::End => break,
            };
            if let Err(rule) = done {
                self.bits.fail(rule);
            }
        }
    }

    /// At most 32 KiB; empty at the end.
    pub(super) fn piece(&self) -> &[u8] {
        self.ring.get(self.from..self.to).unwrap_or_default()
    }

    fn header(&mut self) -> Result<(), Rule> {
        if self.last {
            self.state = State::End;
            return Ok(());
        }
        self.last = self.bits.number(1) == 1;
        self.state = State::Coded;
        match self.bits.number(2) {
            0 => {
                self.bits.align();
                let length = self.bits.number(16);
                if self.bits.number(16) != length ^ 0xffff {
                    return Err(Rule::GzipDamaged);
                }
                self.state = State::Stored(length);
                Ok(())
            }
            1 => self.fixed(),
            2 => self.dynamic(),
            _ => Err(Rule::GzipDamaged),
        }
    }

    /// The codes of 3.2.6.
    fn fixed(&mut self) -> Result<(), Rule> {
        let mut lengths = [8; 288];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        self.literals.make(&lengths);
        self.distances.make(&[5; 32]);
        Ok(())
    }

    /// Reads the codes of 3.2.7.
    fn dynamic(&mut self) -> Result<(), Rule> {
        let literals = self.bits.number(5) + 257;
        let all = self.bits.number(5) + 1 + literals;
        let count = self.bits.number(4) + 4;
        // all 19 and at most 320 are set, and a run may go beyond
        let mut lengths = [0_u8; 512];
        for place in ORDER.iter().take(count) {
            lengths[usize::from(*place)] = self.bits.number(3) as u8;
        }
        let mut made = self.literals.make(&lengths[..ORDER.len()]);
        let (mut at, mut length) = (0, 0);
        while made && at < all {
            self.bits.fill();
            let (symbol, bits) = self.literals.find(self.bits.peek());
            self.bits.take(bits);
            let times = match symbol {
                0..16 => {
                    length = symbol as u8;
                    1
                }
                16 => {
                    made &= at != 0;
                    self.bits.number(2) + 3
                }
                17 => {
                    length = 0;
                    self.bits.number(3) + 3
                }
                _ => {
                    length = 0;
                    self.bits.number(7) + 11
                }
            };
            for _ in 0..times {
                lengths[at & 511] = length;
                at += 1;
            }
            made &= bits != 0 && at <= all;
        }
        let (of_literals, rest) = lengths.split_at(literals & 511);
        let of_distances = rest.get(..all - literals).unwrap_or_default();
        // a block that cannot end is none
        made = made
            && literals <= 286
            && lengths[256] != 0
            && self.literals.make(of_literals)
            && self.distances.make(of_distances);
        if made { Ok(()) } else { Err(Rule::GzipDamaged) }
    }

    fn stored(&mut self, left: usize) -> Result<(), Rule> {
        let most = left.min(WINDOW - self.to);
        let to = self.ring.get_mut(self.to..self.to + most);
        let count = self.bits.copy(to.unwrap_or_default());
        if count == 0 && most != 0 {
            return Err(Rule::Short);
        }
        self.to += count;
        self.state = if count == left {
            State::Header
        } else {
            State::Stored(left - count)
        };
        Ok(())
    }

    /// Until the block or the ring ends.
    fn coded(&mut self) -> Result<(), Rule> {
        let Self {
            bits,
            ring,
            literals,
            distances,
            ..
        } = self;
        let Ok(ring) = <&mut [u8; WINDOW]>::try_from(ring.as_mut_slice()) else {
            return Ok(());
        };
        let (mut to, mut rest, mut distance) = (self.to, self.rest, self.distance);
        let result = loop {
            let count = rest.min(WINDOW - to);
            repeat(ring, to, distance, count);
            (to, rest) = (to + count, rest - count);
            if to == WINDOW {
                break Ok(());
            }
            bits.fill();
            let (symbol, length) = literals.find(bits.peek());
            bits.take(length);
            if length == 0 || symbol > 285 {
                break Err(Rule::GzipDamaged);
            }
            if symbol < 256 {
                ring[to & (WINDOW - 1)] = symbol as u8;
                to += 1;
                continue;
            }
            if symbol == 256 {
                self.state = State::Header;
                break Ok(());
            }
            let (base, extra) = length_of(symbol - 257);
            rest = base + (bits.peek() & ((1 << extra) - 1));
            bits.take(extra);
            bits.fill();
            let (symbol, length) = distances.find(bits.peek());
            bits.take(length);
            if length == 0 || symbol > 29 {
                break Err(Rule::GzipDamaged);
            }
            let (base, extra) = distance_of(symbol);
            distance = base + bits.number(extra);
            if distance > to && !self.full {
                break Err(Rule::GzipDamaged);
            }
        };
        (self.to, self.rest, self.distance) = (to, rest, distance);
        result
    }
}

/// Repeats what is `distance` bytes back.
#[inline]
fn repeat(ring: &mut [u8; WINDOW], to: usize, distance: usize, count: usize) {
    // apart and not around the end: all at once, where that is faster
    if cfg!(target_pointer_width = "64")
        && let Some(from) = to.checked_sub(distance)
        && count <= distance
        && to + count <= WINDOW
    {
        ring.copy_within(from..from + count, to);
        return;
    }
    for at in to..to + count {
        ring[at & (WINDOW - 1)] = ring[at.wrapping_sub(distance) & (WINDOW - 1)];
    }
}

/// Smallest length of symbol 257 + `of`, and how many bits follow (3.2.5).
#[inline]
fn length_of(of: usize) -> (usize, u32) {
    match of {
        ..8 => (of + 3, 0),
        28 => (258, 0),
        _ => {
            let extra = (of >> 2) - 1;
            ((((of & 3) + 4) << extra) + 3, extra as u32)
        }
    }
}

/// Smallest distance of a symbol, and how many bits follow.
#[inline]
fn distance_of(symbol: usize) -> (usize, u32) {
    if symbol < 4 {
        return (symbol + 1, 0);
    }
    let extra = (symbol >> 1) - 1;
    ((((symbol & 1) + 2) << extra) + 1, extra as u32)
}
