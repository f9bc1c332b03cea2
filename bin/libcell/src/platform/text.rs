//! Bytes as text.

/// The bytes as text if they are UTF-8 (RFC 3629), as `core::str::from_utf8` has it. That one reads long texts fast and is
/// a kilobyte; the texts of device programs are short.
#[must_use]
pub fn utf8(bytes: &[u8]) -> Option<&str> {
    let mut rest = bytes.iter();
    while let Some(first) = rest.next() {
        let (more, least, mut letter) = match first {
            0..=0x7f => continue,
            0xc0..=0xdf => (1, 0x80, u32::from(first & 0x1f)),
            0xe0..=0xef => (2, 0x800, u32::from(first & 0xf)),
            0xf0..=0xf7 => (3, 0x1_0000, u32::from(first & 7)),
            0x80..=0xbf | 0xf8..=0xff => return None,
        };
        for _ in 0..more {
            let next = rest.next().filter(|byte| **byte & 0xc0 == 0x80)?;
            letter = letter << 6 | u32::from(next & 0x3f);
        }
        // longer than it need be, a surrogate, or beyond Unicode
        if letter < least || char::from_u32(letter).is_none() {
            return None;
        }
    }
    // SAFETY: every letter was checked to be one of Unicode's in its shortest form.
    Some(unsafe { core::str::from_utf8_unchecked(bytes) })
}

#[cfg(test)]
mod tests;
