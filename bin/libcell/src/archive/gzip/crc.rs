//! CRC-32 as gzip has it (RFC 1952, 8).

use alloc::boxed::Box;

/// A sum under way.
#[derive(Debug)]
pub struct Crc32 {
    /// Of each byte, with none to three bytes of zeros after it.
    table: Box<[[u32; 256]; 4]>,
    sum: u32,
}

impl Default for Crc32 {
    /// Of nothing.
    fn default() -> Self {
        let mut table = Box::new([[0; 256]; 4]);
        let [first, second, third, fourth] = &mut *table;
        for (byte, to) in (0_u32..).zip(&mut *first) {
            *to = (0..8).fold(byte, |sum, _| {
                let odd = sum & 1;
                (sum >> 1) ^ (0xedb8_8320 & odd.wrapping_neg())
            });
        }
        let next = |of: u32| (of >> 8) ^ first[(of & 255) as usize];
        for (((of, b), c), d) in first.iter().zip(second).zip(third).zip(fourth) {
            *b = next(*of);
            *c = next(*b);
            *d = next(*c);
        }
        Self { table, sum: !0 }
    }
}

impl Crc32 {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let [a, b, c, d] = &*self.table;
        let of = |table: &[u32; 256], word: u32, shift: u32| table[(word >> shift & 255) as usize];
        let (words, rest) = bytes.as_chunks::<4>();
        let mut sum = self.sum;
        for word in words {
            let word = sum ^ u32::from_le_bytes(*word);
            sum = of(d, word, 0) ^ of(c, word, 8) ^ of(b, word, 16) ^ of(a, word, 24);
        }
        for byte in rest {
            sum = (sum >> 8) ^ of(a, sum ^ u32::from(*byte), 0);
        }
        self.sum = sum;
    }

    /// The sum.
    pub const fn value(&self) -> u32 {
        !self.sum
    }
}
