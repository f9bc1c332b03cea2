//! DEFLATE (RFC 1951), compressed: what gzip -2 does, about as fast and as small.
//!
//! Four places where the same four bytes were seen are remembered for each of 4,096 hashes of them; the longest match is
//! taken. 8,192 literals and matches make a block with codes of its own, or a stored one where that is smaller.

use alloc::{boxed::Box, vec, vec::Vec};

use embedded_io::Write;

use super::huffman::Alphabet;
use crate::platform::Errno;

/// Farthest that a match points back.
const WINDOW: usize = 1 << 15;

/// Bytes held: as far back again, and what is being compressed.
const HELD: usize = 2 * WINDOW;

/// Longest match.
const LONGEST: usize = 258;

/// Shortest match.
const SHORTEST: usize = 4;

/// Literals and matches of a block.
const TOKENS: usize = 8192;

/// Bits of a hash.
const HASH: u32 = 12;

/// About how many bits the codes of a block take.
const HEADER: usize = 560;

/// Bytes written at a time.
const CHUNK: usize = 4096;

/// Where the lengths of the code lengths are (3.2.7).
const ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

pub(super) struct Deflate<W> {
    out: Out<W>,
    held: Vec<u8>,
    /// Next to compress.
    at: usize,
    /// End of what is held.
    end: usize,
    /// Where the block begins in what is held; beyond it when that was forgotten.
    block: usize,
    /// Latest places of a hash, latest first; 0 is none.
    places: Vec<[u16; 4]>,
    /// Length << 16 | distance, or a literal.
    tokens: Vec<u32>,
    literals: Box<Alphabet>,
    distances: Box<Alphabet>,
}

impl<W: Write<Error = Errno>> Deflate<W> {
    pub(super) fn new(sink: W) -> Self {
        Self {
            out: Out::new(sink),
            held: vec![0; HELD],
            at: 0,
            end: 0,
            block: 0,
            places: vec![[0; 4]; 1 << HASH],
            tokens: Vec::with_capacity(TOKENS),
            literals: Box::new(Alphabet::new()),
            distances: Box::new(Alphabet::new()),
        }
    }

    /// False once the stream beneath has failed; [`Self::finish`] tells how.
    pub(super) fn update(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = self.held.get_mut(self.end..).unwrap_or_default();
            let (now, later) = rest.split_at(rest.len().min(room.len()));
            room.split_at_mut(now.len()).0.copy_from_slice(now);
            self.end += now.len();
            rest = later;
            if self.end == HELD {
                self.compress(HELD - LONGEST);
                self.slide();
            }
        }
        !self.has_failed()
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.out.error.is_some()
    }

    pub(super) fn finish(mut self, trailer: &[u8]) -> Result<W, Errno> {
        self.compress(self.end);
        self.flush(1);
        self.out.align();
        self.out.bytes(trailer);
        self.out.drain();
        self.out.error.map_or(Ok(self.out.sink), Err)
    }

    /// Forgets the first half of what is held.
    fn slide(&mut self) {
        self.held.copy_within(WINDOW.., 0);
        self.at -= WINDOW;
        self.end -= WINDOW;
        self.block = match self.block.checked_sub(WINDOW) {
            Some(block) if self.block != HELD => block,
            Some(_) | None => HELD,
        };
        for place in self.places.as_flattened_mut() {
            *place = place.saturating_sub(WINDOW as u16);
        }
    }

    fn compress(&mut self, until: usize) {
        while self.at < until {
            if self.tokens.len() == TOKENS {
                self.flush(0);
            }
            let (length, distance) = self.find();
            let after = self.at + length.max(1);
            if length < SHORTEST {
                let byte = self.held.get(self.at).copied().unwrap_or_default();
                self.literals.count(byte.into());
                self.tokens.push(byte.into());
                self.at += 1;
                continue;
            }
            self.literals.count(length_symbol(length).0);
            self.distances.count(distance_symbol(distance).0);
            self.tokens.push((length << 16 | distance) as u32);
            // long matches are of what repeats: some of its places suffice
            let step = if length > 32 { 8 } else { 1 };
            let mut at = self.at + 1;
            while at < after {
                if let Some(places) = self.places_of(at) {
                    let [a, b, c, _] = *places;
                    *places = [at as u16, a, b, c];
                }
                at += step;
            }
            self.at = after;
        }
    }

    /// The latest places with the hash of the four bytes at `at`.
    #[inline]
    fn places_of(&mut self, at: usize) -> Option<&mut [u16; 4]> {
        let bytes = self.held.get(at..self.end)?.first_chunk::<SHORTEST>()?;
        let hash = u32::from_le_bytes(*bytes).wrapping_mul(0x9e37_79b1) >> (32 - HASH);
        self.places.get_mut(hash as usize)
    }

    /// The longest match at [`Self::at`], which is remembered: its length and distance, or 0.
    #[inline]
    fn find(&mut self) -> (usize, usize) {
        let at = self.at;
        let Some(places) = self.places_of(at) else {
            return (0, 0);
        };
        let [a, b, c, d] = *places;
        *places = [at as u16, a, b, c];
        let most = LONGEST.min(self.end - at);
        let held = self.held.get(..at + most).unwrap_or_default();
        let ahead = held.get(at..).unwrap_or_default();
        let mut best = (0, 0);
        for place in [a, b, c, d] {
            let place = usize::from(place);
            let distance = at - place;
            if place == 0 || distance > WINDOW {
                break;
            }
            let length = same(held, place, ahead);
            if length > best.0 {
                best = (length, distance);
                if length == most {
                    break;
                }
            }
        }
        best
    }

    /// Writes a block, the last if `last` is 1.
    fn flush(&mut self, last: usize) {
        self.literals.count(256);
        let coded = HEADER + self.literals.make(15);
        self.distances.make(15);
        let raw = self.held.get(self.block..self.at).unwrap_or_default();
        let out = &mut self.out;
        // three bits, up to seven of nothing, two lengths of 16 bits
        if self.block < self.at && raw.len() <= 0xffff && raw.len() * 8 + 42 < coded {
            out.put(last, 3);
            out.align();
            out.put(raw.len(), 16);
            out.put(raw.len() ^ 0xffff, 16);
            out.bytes(raw);
        } else {
            out.put(last | 2 << 1, 3);
            out.codes(self.literals.used(257), self.distances.used(1));
            for token in &self.tokens {
                let (length, low) = ((*token >> 16) as usize, (*token & 0xffff) as usize);
                if length == 0 {
                    out.symbol(&self.literals, (low, 0, 0));
                } else {
                    out.symbol(&self.literals, length_symbol(length));
                    out.symbol(&self.distances, distance_symbol(low));
                }
            }
            out.symbol(&self.literals, (256, 0, 0));
        }
        self.tokens.clear();
        self.block = self.at;
    }
}

/// How many bytes of `ahead` are as those from `place` on.
#[inline]
fn same(held: &[u8], place: usize, ahead: &[u8]) -> usize {
    let there = held.get(place..).unwrap_or_default();
    let mut same = 0;
    // a word at a time
    for (a, b) in there
        .as_chunks::<8>()
        .0
        .iter()
        .zip(ahead.as_chunks::<8>().0)
    {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return same + (differ.trailing_zeros() / 8) as usize;
        }
        same += 8;
    }
    let rest = there.iter().zip(ahead).skip(same);
    same + rest.take_while(|(a, b)| a == b).count()
}

/// A symbol, the bits after its code, and how many these are.
type Symbol = (usize, usize, u32);

/// Code lengths as symbols of 3.2.7: those that are left, and the one before them.
struct Runs<'a>(&'a [u8], u8);

impl Runs<'_> {
    fn next(&mut self) -> Option<Symbol> {
        let first = *self.0.first()?;
        let run = self.0.iter().take_while(|length| **length == first);
        let run = run.count().min(138);
        let (count, symbol) = match (first, run) {
            (0, 11..) => (run, (18, run - 11, 7)),
            (0, 3..) => (run, (17, run - 3, 3)),
            (_, 3..) if first == self.1 => (run.min(6), (16, run.min(6) - 3, 2)),
            (_, _) => (1, (usize::from(first), 0, 0)),
        };
        self.1 = first;
        self.0 = self.0.get(count..).unwrap_or_default();
        Some(symbol)
    }
}

/// The symbol of a length (3.2.5).
#[inline]
fn length_symbol(length: usize) -> Symbol {
    let above = length - 3;
    if above < 8 {
        return (257 + above, 0, 0);
    }
    if length == LONGEST {
        return (285, 0, 0);
    }
    let extra = above.ilog2() - 2;
    let symbol = 257 + 4 * extra as usize + (above >> extra);
    (symbol, above & ((1 << extra) - 1), extra)
}

/// The symbol of a distance.
#[inline]
fn distance_symbol(distance: usize) -> Symbol {
    let above = distance - 1;
    if above < 4 {
        return (above, 0, 0);
    }
    let extra = above.ilog2() - 1;
    let symbol = 2 * extra as usize + (above >> extra);
    (symbol, above & ((1 << extra) - 1), extra)
}

/// Bits to a stream, lowest first. The first error sticks, and nothing is written after it.
struct Out<W> {
    sink: W,
    error: Option<Errno>,
    chunk: Vec<u8>,
    word: usize,
    count: u32,
}

impl<W: Write<Error = Errno>> Out<W> {
    fn new(sink: W) -> Self {
        Self {
            sink,
            error: None,
            chunk: Vec::with_capacity(CHUNK),
            word: 0,
            count: 0,
        }
    }

    fn drain(&mut self) {
        if self.error.is_none() {
            self.error = self.sink.write_all(&self.chunk).err();
        }
        self.chunk.clear();
    }

    fn byte(&mut self, byte: u8) {
        if self.chunk.len() == CHUNK {
            self.drain();
        }
        self.chunk.push(byte);
    }

    /// At most 16 bits.
    #[inline(never)]
    fn put(&mut self, bits: usize, count: u32) {
        self.word |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.byte(self.word as u8);
            self.word >>= 8;
            self.count -= 8;
        }
    }

    fn symbol(&mut self, alphabet: &Alphabet, symbol: Symbol) {
        let (symbol, bits, count) = symbol;
        let (code, length) = alphabet.code(symbol);
        self.put(code, length);
        self.put(bits, count);
    }

    /// The codes, as 3.2.7 has them.
    fn codes(&mut self, literals: &[u8], distances: &[u8]) {
        let mut lengths = Vec::with_capacity(literals.len() + distances.len());
        lengths.extend_from_slice(literals);
        lengths.extend_from_slice(distances);
        let mut alphabet = Alphabet::new();
        let mut runs = Runs(&lengths, 0);
        while let Some((symbol, _, _)) = runs.next() {
            alphabet.count(symbol);
        }
        alphabet.make(7);
        let mut count = ORDER.len();
        while count > 4 && alphabet.code(ORDER[(count - 1) % ORDER.len()]).1 == 0 {
            count -= 1;
        }
        self.put(literals.len() - 257, 5);
        self.put(distances.len() - 1, 5);
        self.put(count - 4, 4);
        for of in ORDER.iter().take(count) {
            self.put(alphabet.code(*of).1 as usize, 3);
        }
        let mut runs = Runs(&lengths, 0);
        while let Some(symbol) = runs.next() {
            self.symbol(&alphabet, symbol);
        }
    }

    fn align(&mut self) {
        self.put(0, self.count.wrapping_neg() & 7);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }
}
