//! The header of a tar member (POSIX.1-1988 ustar, as pax(1) and tar(5) describe it), 512 bytes.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 100 | name |
//! | 100 | 8 | mode, octal |
//! | 108 | 8 | uid |
//! | 116 | 8 | gid |
//! | 124 | 12 | size in bytes |
//! | 136 | 12 | modified, seconds |
//! | 148 | 8 | sum of all bytes, these eight as blanks |
//! | 156 | 1 | type |
//! | 157 | 100 | link |
//! | 257 | 8 | `ustar`, NUL, `00` |
//! | 329 | 8 | major of a device |
//! | 337 | 8 | minor |
//! | 345 | 155 | prefix: goes before the name with a slash |

/// Bytes of a header, and what data is padded to.
pub(super) const BLOCK: usize = 512;

/// A block.
pub(super) type Block = [u8; BLOCK];

/// A field: its offset and length.
pub(super) type Field = (usize, usize);

pub(super) const NAME: Field = (0, 100);
pub(super) const MODE: Field = (100, 8);
pub(super) const UID: Field = (108, 8);
pub(super) const GID: Field = (116, 8);
pub(super) const SIZE: Field = (124, 12);
pub(super) const MODIFIED: Field = (136, 12);
const SUM: Field = (148, 8);
/// The offset of the type.
pub(super) const TYPE: usize = 156;
pub(super) const LINK: Field = (157, 100);
const MAGIC: Field = (257, 8);
pub(super) const MAJOR: Field = (329, 8);
pub(super) const MINOR: Field = (337, 8);
pub(super) const PREFIX: Field = (345, 155);

/// The bytes of a field.
pub(super) fn field(block: &Block, (offset, length): Field) -> &[u8] {
    block.get(offset..offset + length).unwrap_or_default()
}

/// The text of a field: up to a NUL.
pub(super) fn text(block: &Block, at: Field) -> &[u8] {
    let bytes = field(block, at);
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default()
}

/// The number of a field: octal, or in base 256 as GNU has it. `None` when it is none, negative or too large.
pub(super) fn number(block: &Block, at: Field) -> Option<u64> {
    let bytes = field(block, at);
    let mut number = 0_u64;
    if let [0x80, rest @ ..] = bytes {
        for byte in rest {
            if number >> 55 != 0 {
                return None;
            }
            number = number << 8 | u64::from(*byte);
        }
        return Some(number);
    }
    let mut ended = false;
    let begin = bytes.iter().take_while(|byte| **byte == b' ').count();
    for byte in bytes.iter().skip(begin) {
        match byte {
            b'0'..=b'7' if !ended => number = number << 3 | u64::from(byte & 7),
            b' ' | 0 => ended = true,
            _ => return None,
        }
    }
    Some(number)
}

/// Whether the sum is right. Some old programs summed signed bytes; names of theirs are ASCII.
pub(super) fn is_sound(block: &Block) -> bool {
    number(block, SUM) == Some(sum(block).into())
}

fn sum(block: &Block) -> u32 {
    let mut sum = 0;
    for (at, byte) in block.iter().enumerate() {
        let is_sum = at.wrapping_sub(SUM.0) < SUM.1;
        sum += u32::from(if is_sum { b' ' } else { *byte });
    }
    sum
}

/// Puts bytes at the beginning of a field.
pub(super) fn put(block: &mut Block, (offset, length): Field, bytes: &[u8]) {
    let to = block.iter_mut().skip(offset).take(length);
    for (to, from) in to.zip(bytes) {
        *to = *from;
    }
}

/// Whether a number fits in a field, with the NUL that ends it.
pub(super) const fn fits(number: u64, (_, length): Field) -> bool {
    number >> (3 * (length - 1)) == 0
}

/// Puts a number that fits, in octal.
pub(super) fn put_number(block: &mut Block, (offset, length): Field, number: u64) {
    let mut rest = number;
    for at in (offset..offset + length - 1).rev() {
        block[at % BLOCK] = b'0' + (rest & 7) as u8;
        rest >>= 3;
    }
}

/// Puts the magic and, last of all, the sum.
pub(super) fn seal(block: &mut Block) {
    put(block, MAGIC, b"ustar\x0000");
    let sum = sum(block);
    // as everybody writes it: six digits, NUL, blank
    put_number(block, (SUM.0, 7), sum.into());
    block[SUM.0 + 7] = b' ';
}
