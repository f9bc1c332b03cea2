//! Canonical Huffman codes (RFC 1951, 3.2.2), for reading.

/// Codes up to this many bits are looked up at once.
const FAST: usize = 9;

/// Room for the largest alphabet; indices are cut to it, so that none can be out of range.
const SYMBOLS: usize = 512;

/// The codes of one alphabet.
#[derive(Debug)]
pub(super) struct Codes {
    /// For the next bits, first bit lowest: symbol << 4 | length, or 0 for longer codes.
    fast: [u16; 1 << FAST],
    /// How many codes there are of each length.
    count: [u16; 16],
    /// Symbols in the order of their codes.
    symbols: [u16; SYMBOLS],
}

impl Codes {
    pub(super) const fn new() -> Self {
        Self {
            fast: [0; 1 << FAST],
            count: [0; 16],
            symbols: [0; SYMBOLS],
        }
    }

    /// Makes the codes whose lengths these are, 0 for symbols that do not occur. False when there is no such code: more
    /// codes than bits can tell apart, or bits that no code uses, but for a single code.
    pub(super) fn make(&mut self, lengths: &[u8]) -> bool {
        self.count = [0; 16];
        for length in lengths {
            self.count[usize::from(*length) & 15] += 1;
        }
        self.count[0] = 0;
        let (mut left, mut used) = (1_i32, 0_u16);
        let mut places = [0_u16; 16];
        for (place, count) in places.iter_mut().zip(&self.count).skip(1) {
            left = (left << 1) - i32::from(*count);
            if left < 0 {
                return false;
            }
            *place = used;
            used += count;
        }
        if left > 0 && (used > 1 || self.count[1] != used) {
            return false;
        }
        for (symbol, length) in (0_u16..).zip(lengths) {
            if *length != 0 {
                let place = &mut places[usize::from(*length) & 15];
                self.symbols[usize::from(*place) & (SYMBOLS - 1)] = symbol;
                *place += 1;
            }
        }
        self.fast = [0; 1 << FAST];
        let (mut code, mut index) = (0_u16, 0);
        for length in 1..=FAST {
            code <<= 1;
            for _ in 0..self.count[length] {
                let entry = self.symbols[index & (SYMBOLS - 1)] << 4 | length as u16;
                let mut at = usize::from(code.reverse_bits() >> (16 - length));
                while at < 1 << FAST {
                    self.fast[at] = entry;
                    at += 1 << length;
                }
                code += 1;
                index += 1;
            }
        }
        true
    }

    /// The symbol that these bits begin with, first bit lowest, and the length of its code; of length 0 when there is none.
    #[inline]
    pub(super) fn find(&self, bits: usize) -> (usize, u32) {
        let entry = usize::from(self.fast[bits & ((1 << FAST) - 1)]);
        if entry != 0 {
            return (entry >> 4, (entry & 15) as u32);
        }
        self.find_long(bits)
    }

    /// Bit by bit.
    #[inline(never)]
    fn find_long(&self, mut bits: usize) -> (usize, u32) {
        // how far the code is above the first of its length, and where that one's symbol is
        let (mut code, mut index) = (0, 0);
        for length in 1..16 {
            code = code << 1 | bits & 1;
            bits >>= 1;
            let count = usize::from(self.count[length]);
            if code < count {
                let symbol = self.symbols[(index + code) & (SYMBOLS - 1)];
                return (symbol.into(), length as u32);
            }
            index += count;
            code -= count;
        }
        (0, 0)
    }
}
