//! The lines of minisign's files.

/// What is left of a file.
pub(super) struct Lines<'f>(core::str::Lines<'f>);

impl<'f> Lines<'f> {
    /// Of a file that is text and not too long.
    pub fn new(file: &'f [u8]) -> Option<Self> {
        if file.len() > super::FILE_MAX {
            return None;
        }
        Some(Self(core::str::from_utf8(file).ok()?.lines()))
    }

    /// The next line.
    pub fn next(&mut self) -> &'f str {
        self.0.next().unwrap_or_default()
    }

    /// What the next line says after `before`; without that the line stays the next one.
    pub fn comment(&mut self, before: &str) -> Option<&'f str> {
        let mut ahead = self.0.clone();
        let comment = ahead.next()?.strip_prefix(before)?;
        self.0 = ahead;
        Some(comment)
    }
}

/// The bytes of a line of base64 (RFC 4648, padded), if they are so many.
pub(super) fn decode<const N: usize>(line: &str) -> Option<[u8; N]> {
    let padding = (3 - N % 3) % 3;
    let digits = line.as_bytes();
    let (digits, pad) = digits.split_at_checked(digits.len().checked_sub(padding)?)?;
    if pad.iter().any(|byte| *byte != b'=') || digits.len() != (N * 8).div_ceil(6) {
        return None;
    }
    let mut bytes = [0; N];
    let mut to = bytes.iter_mut();
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits {
        bits = bits << 6 | value(*digit)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            *to.next()? = u8::try_from(bits >> count & 0xff).ok()?;
        }
    }
    // bits that are no byte's are zero in what an encoder makes
    (bits & ((1 << count) - 1) == 0).then_some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}
