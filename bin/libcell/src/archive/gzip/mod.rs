//! gzip (RFC 1952), read and written in pieces.
//!
//! Of our own for its size: on mipsel miniz_oxide takes 12,560 bytes to decompress and 18,080 to compress, and 300 KiB of
//! memory to compress; this takes about 4,000 and 6,200 bytes, and 150 KiB.

mod bits;
mod codes;
mod crc;
mod deflate;
mod huffman;
mod inflate;

#[cfg(test)]
mod tests;

use embedded_io::{Read, Write};

use bits::Bits;
pub use crc::Crc32;
use deflate::Deflate;
use inflate::Inflate;

use crate::platform::Errno;
use crate::problem::{Rule, Why};

/// A stream being decompressed: one member, and nothing after it.
pub struct Gunzip<R> {
    inflate: Inflate<R>,
    crc: Crc32,
    length: u32,
    ended: bool,
}

/// Flags of the header: a check of itself, more fields, a name, a comment.
const HEADER_CHECK: usize = 2;
const EXTRA: usize = 4;
const NAME: usize = 8;
const COMMENT: usize = 16;
const RESERVED: usize = 0xe0;

impl<R: Read<Error = Errno>> Gunzip<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// It is not one.
    pub fn new(source: R) -> Result<Self, Why> {
        let mut bits = Bits::new(source);
        let mut header = [0; 10];
        for to in &mut header {
            *to = bits.number(8);
        }
        let [first, second, method, flags, ..] = header;
        if [first, second] != [0x1f, 0x8b] {
            bits.fail(Rule::NotGzip);
        } else if method != 8 || flags & RESERVED != 0 {
            bits.fail(Rule::GzipUnknown);
        }
        if flags & EXTRA != 0 {
            for _ in 0..bits.number(16) {
                bits.number(8);
            }
        }
        for text in [NAME, COMMENT] {
            while flags & text != 0 && bits.number(8) != 0 {}
        }
        if flags & HEADER_CHECK != 0 {
            bits.number(16);
        }
        if let Some(wrong) = bits.wrong {
            return Err(wrong);
        }
        Ok(Self {
            inflate: Inflate::new(bits),
            crc: Crc32::default(),
            length: 0,
            ended: false,
        })
    }

    /// The next piece, at most 32 KiB; empty at the end, which is then known to be as it must be.
    ///
    /// # Errors
    /// What is wrong with the stream, or with reading it.
    pub fn piece(&mut self) -> Result<&[u8], Why> {
        self.inflate.next();
        let piece = self.inflate.piece();
        self.crc.update(piece);
        self.length = self.length.wrapping_add(piece.len() as u32);
        if piece.is_empty() && !self.ended {
            self.ended = true;
            self.end();
        }
        match self.inflate.bits.wrong.take() {
            Some(wrong) => Err(wrong),
            None => Ok(self.inflate.piece()),
        }
    }

    /// What [`Self::piece`] gave last.
    #[must_use]
    pub fn at_hand(&self) -> &[u8] {
        self.inflate.piece()
    }

    fn end(&mut self) {
        let bits = &mut self.inflate.bits;
        bits.align();
        for wanted in [self.crc.value(), self.length] {
            for half in [wanted & 0xffff, wanted >> 16] {
                if bits.number(16) != half as usize {
                    bits.fail(Rule::GzipCheck);
                }
            }
        }
        if !bits.ended() {
            bits.fail(Rule::Trailing);
        }
    }

    /// The stream beneath.
    pub fn source(&mut self) -> &mut R {
        &mut self.inflate.bits.source
    }
}

/// A stream being compressed. [`Self::finish`] it.
pub struct Gzip<W> {
    deflate: Deflate<W>,
    crc: Crc32,
    length: u32,
}

impl<W: Write<Error = Errno>> Gzip<W> {
    /// Writes the header: no name, no time, so that the same input gives the same bytes.
    ///
    /// # Errors
    /// Of the stream beneath.
    pub fn new(mut sink: W) -> Result<Self, Errno> {
        // 255: no matter on which system
        sink.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])?;
        Ok(Self {
            deflate: Deflate::new(sink),
            crc: Crc32::default(),
            length: 0,
        })
    }

    /// Takes the next bytes. False once the stream beneath has failed: [`Self::finish`] tells how.
    #[must_use]
    pub fn update(&mut self, bytes: &[u8]) -> bool {
        self.crc.update(bytes);
        self.length = self.length.wrapping_add(bytes.len() as u32);
        self.deflate.update(bytes)
    }

    /// Whether the stream beneath has failed.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.deflate.has_failed()
    }

    /// Ends the stream and gives back the one beneath.
    ///
    /// # Errors
    /// The first of the stream beneath.
    pub fn finish(self) -> Result<W, Errno> {
        let [a, b, c, d] = self.crc.value().to_le_bytes();
        let [e, f, g, h] = self.length.to_le_bytes();
        self.deflate.finish(&[a, b, c, d, e, f, g, h])
    }
}
