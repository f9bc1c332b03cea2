use std::io::{Read as _, Write as _};
use std::prelude::rust_2024::*;
use std::process::{Command, Stdio};
use std::{format, panic};

use proptest::prelude::*;

use super::*;
use crate::archive::tests::Sink;

/// Compressed in steps of so many bytes.
fn compressed(bytes: &[u8], step: usize) -> Vec<u8> {
    let mut gzip = Gzip::new(Sink::default()).unwrap();
    for piece in bytes.chunks(step) {
        assert!(gzip.update(piece));
    }
    gzip.finish().unwrap().0
}

/// All pieces, read `step` bytes at a time.
fn decompressed(bytes: &[u8], step: usize) -> Result<Vec<u8>, Why> {
    let mut gunzip = Gunzip::new(Source { bytes, step })?;
    let mut all = Vec::new();
    loop {
        let piece = gunzip.piece()?;
        if piece.is_empty() {
            return Ok(all);
        }
        all.extend_from_slice(piece);
    }
}

/// Bytes that come a few at a time.
struct Source<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl embedded_io::ErrorType for Source<'_> {
    type Error = Errno;
}

impl embedded_io::Read for Source<'_> {
    fn read(&mut self, to: &mut [u8]) -> Result<usize, Self::Error> {
        let count = self.step.min(to.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        to[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

/// What gzip(1) makes of bytes.
fn by_gzip(arguments: &[&str], bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let mut all = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut all).unwrap();
    writer.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success());
    all
}

/// Text, repetitions, zeros and noise.
fn mixture(size: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut bytes = Vec::new();
    while bytes.len() < size {
        let length = next() as usize % 3000;
        match next() % 4 {
            0 => bytes.extend((0..length).map(|_| next() as u8)),
            1 => bytes.resize(bytes.len() + length * 20, 0),
            2 if bytes.len() > 4 => {
                let from = next() as usize % (bytes.len() - 1);
                let again: Vec<u8> = bytes.iter().skip(from).take(length).copied().collect();
                bytes.extend(again);
            }
            _ => bytes.extend((0..length).map(|_| b"etaoin shrdlu\n"[next() as usize % 14])),
        }
    }
    bytes.truncate(size);
    bytes
}

#[test]
fn gzip_reads_what_is_written() {
    for (size, seed) in [
        (0, 1),
        (1, 2),
        (65_535, 3),
        (65_536, 4),
        (400_000, 5),
        (300_000, 6),
    ] {
        let bytes = mixture(size, seed);
        let ours = compressed(&bytes, 4093);
        assert!(by_gzip(&["-dc"], &ours) == bytes, "{size}");
        assert_eq!(ours, compressed(&bytes, 100_000), "steps do not matter");
    }
}

#[test]
fn what_gzip_writes_is_read() {
    for level in ["-1", "-6", "-9"] {
        for (size, seed) in [(0, 1), (1, 2), (70_000, 3), (400_000, 4)] {
            let bytes = mixture(size, seed);
            let theirs = by_gzip(&["-c", level], &bytes);
            assert!(
                decompressed(&theirs, 5000).unwrap() == bytes,
                "{level} {size}"
            );
        }
    }
}

#[test]
fn noise_grows_by_less_than_a_thousandth() {
    let noise: Vec<u8> = mixture(1_000_000, 9).into_iter().collect();
    let noise = by_gzip(&["-9c"], &noise);
    let size = compressed(&noise, 1 << 16).len();
    assert!(
        size < noise.len() + noise.len() / 1000 + 64,
        "{} {size}",
        noise.len()
    );
}

#[test]
fn text_is_as_small_as_the_second_level_of_gzip_makes_it() {
    let text: Vec<u8> = (0..40_000)
        .flat_map(|line: u32| {
            format!(
                "{line} the quick {} brown fox\n",
                line.wrapping_mul(97) % 1000
            )
            .into_bytes()
        })
        .collect();
    let (ours, theirs) = (
        compressed(&text, 1 << 16).len(),
        by_gzip(&["-2c"], &text).len(),
    );
    assert!(ours <= theirs + theirs / 20, "{ours} {theirs}");
}

#[test]
fn names_and_comments_of_a_header_are_passed_over() {
    let body = &compressed(b"text", 4)[10..];
    let mut bytes = Vec::from([0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 0, 3]);
    bytes.extend([3, 0, 9, 9, 9]);
    bytes.extend(b"name\0comment\0");
    bytes.extend([7, 7]);
    bytes.extend(body);
    assert_eq!(decompressed(&bytes, 1).unwrap(), b"text");
}

#[test]
fn every_flaw_is_told_apart() {
    let good = compressed(&mixture(100_000, 7), 1 << 16);
    let flaw = |bytes: &[u8]| match decompressed(bytes, 4096) {
        Err(why) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(flaw(b""), Rule::Short.why());
    assert_eq!(flaw(b"PK\x03\x04 and more bytes"), Rule::NotGzip.why());
    assert_eq!(flaw(&good[..good.len() - 1]), Rule::Short.why());
    assert_eq!(flaw(&[&good[..], b"x"].concat()), Rule::Trailing.why());
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    assert_eq!(flaw(&with(2, 7)), Rule::GzipUnknown.why());
    assert_eq!(flaw(&with(3, 0x80)), Rule::GzipUnknown.why());
    assert_eq!(flaw(&with(10, 7)), Rule::GzipDamaged.why());
    let last = good.len() - 1;
    assert_eq!(flaw(&with(last, good[last] ^ 1)), Rule::GzipCheck.why());
    assert_eq!(
        flaw(&with(last - 5, good[last - 5] ^ 1)),
        Rule::GzipCheck.why()
    );
    // a fixed block: literal, then a match of two bytes back
    let far = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 0x4b, 0x04, 0x12, 0, 0, 0, 0,
    ];
    assert_eq!(flaw(&far), Rule::GzipDamaged.why());
}

#[test]
fn no_bit_can_be_turned_so_that_something_else_is_read() {
    let bytes = mixture(3000, 8);
    let good = compressed(&bytes, 1 << 16);
    for bit in 80..good.len() * 8 {
        let mut damaged = good.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        // what lies between the end of a block and that of a byte says nothing
        assert!(
            decompressed(&damaged, 4096).map_or(true, |read| read == bytes),
            "bit {bit}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_compressed_is_decompressed(size in 0..200_000_usize, seed: u32, step in 1..70_000_usize) {
        let bytes = mixture(size, seed);
        prop_assert!(decompressed(&compressed(&bytes, step), step).unwrap() == bytes);
    }

    #[test]
    fn any_bytes_are_decompressed_or_refused(mut bytes: Vec<u8>, step in 1..100_usize) {
        bytes.splice(..0, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
        let _ = decompressed(&bytes, step);
    }
}
