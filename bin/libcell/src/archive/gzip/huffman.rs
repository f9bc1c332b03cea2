//! Canonical Huffman codes (RFC 1951, 3.2.2), for writing.

/// Room for the largest alphabet; indices are cut to it, so that none can be out of range.
const SYMBOLS: usize = 512;

/// The codes of one alphabet.
pub(super) struct Alphabet {
    /// How often each symbol occurs.
    counts: [u16; SYMBOLS],
    /// Bits of each symbol's code; 0 for those that do not occur.
    lengths: [u8; SYMBOLS],
    /// The codes, first bit lowest.
    codes: [u16; SYMBOLS],
}

impl Alphabet {
    pub(super) const fn new() -> Self {
        Self {
            counts: [0; SYMBOLS],
            lengths: [0; SYMBOLS],
            codes: [0; SYMBOLS],
        }
    }

    #[inline]
    pub(super) fn count(&mut self, symbol: usize) {
        self.counts[symbol % SYMBOLS] += 1;
    }

    /// The code of a symbol and its length.
    #[inline]
    pub(super) fn code(&self, symbol: usize) -> (usize, u32) {
        let symbol = symbol % SYMBOLS;
        (self.codes[symbol].into(), self.lengths[symbol].into())
    }

    /// The lengths up to the last that is not 0, at least `least` of them.
    pub(super) fn used(&self, least: usize) -> &[u8] {
        let mut used = SYMBOLS;
        while used > least && self.lengths[used - 1] == 0 {
            used -= 1;
        }
        self.lengths.get(..used).unwrap_or_default()
    }

    /// Makes the codes from the counts, none longer than `limit`, and forgets the counts. How many bits all that was
    /// counted takes.
    #[inline(never)]
    pub(super) fn make(&mut self, limit: usize) -> usize {
        let mut sorted = [0_u32; SYMBOLS];
        let mut used = 0;
        for symbol in 0..SYMBOLS {
            let count = self.counts[symbol];
            self.lengths[symbol] = 0;
            if count != 0 {
                sorted[used % SYMBOLS] = u32::from(count) << 16 | symbol as u32;
                used += 1;
            }
        }
        let (sorted, _) = sorted.split_at_mut(used % SYMBOLS);
        sort(sorted);
        let mut of_length = lengths(sorted, limit);
        // the rarest get the longest
        let (mut length, mut bits) = (limit % 16, 0);
        for entry in &*sorted {
            while of_length[length] == 0 && length > 1 {
                length -= 1;
            }
            of_length[length] = of_length[length].wrapping_sub(1);
            self.lengths[*entry as usize % SYMBOLS] = length as u8;
            bits += length * (*entry >> 16) as usize;
        }
        self.counts = [0; SYMBOLS];
        let mut next = 0_u16;
        for length in 1..16 {
            next <<= 1;
            for symbol in 0..SYMBOLS {
                if self.lengths[symbol] == length {
                    self.codes[symbol] = next.reverse_bits() >> (16 - length);
                    next = next.wrapping_add(1);
                }
            }
        }
        bits
    }
}

/// Shell's sort: core's is three kilobytes.
fn sort(entries: &mut [u32]) {
    for gap in [132, 57, 23, 10, 4, 1] {
        for from in gap..entries.len() {
            let mut at = from;
            while let Some(before) = at.checked_sub(gap)
                && entries.get(before) > entries.get(at)
            {
                entries.swap(before, at);
                at = before;
            }
        }
    }
}

/// How many codes of each length there are to be: Huffman's, with two queues, then shortened to `limit`.
fn lengths(sorted: &[u32], limit: usize) -> [u16; 16] {
    const NODES: usize = 2 * SYMBOLS;
    let mut of_length = [0_u16; 16];
    let used = sorted.len();
    if used < 2 {
        of_length[1] = used as u16;
        return of_length;
    }
    // leaves by weight, then the nodes above them in the order in which they are made, which is by weight too
    let mut weights = [0_u32; NODES];
    let mut parents = [0_u16; NODES];
    for (weight, entry) in weights.iter_mut().zip(sorted) {
        *weight = entry >> 16;
    }
    let root = 2 * used - 2;
    let (mut leaf, mut node) = (0, used);
    for made in used..=root {
        for _ in 0..2 {
            let is_leaf =
                leaf < used && (node == made || weights[leaf % NODES] <= weights[node % NODES]);
            let lightest = if is_leaf { &mut leaf } else { &mut node };
            weights[made % NODES] += weights[*lightest % NODES];
            parents[*lightest % NODES] = made as u16;
            *lightest += 1;
        }
    }
    // now how deep each is, in place of its weight
    let mut total = 0_u32;
    weights[root % NODES] = 0;
    for at in (0..root).rev() {
        let depth = weights[usize::from(parents[at % NODES]) % NODES] + 1;
        weights[at % NODES] = depth;
        if at < used {
            let depth = (depth as usize).min(limit);
            total += 1 << (limit - depth);
            of_length[depth % 16] += 1;
        }
    }
    // two of one more bit for one: until they fit
    while total > 1 << limit {
        let mut at = limit - 1;
        while of_length[at % 16] == 0 && at > 1 {
            at -= 1;
        }
        for (length, change) in [(limit, -1), (at, -1), (at + 1, 2)] {
            let count = &mut of_length[length % 16];
            *count = count.wrapping_add_signed(change);
        }
        total -= 1;
    }
    of_length
}
