//! Numbers and ports as operators type them: no signs, no spaces, the whole text.

use cell_abi::{PortError, Protocols, Reservation};

/// Decimal.
#[must_use]
pub fn decimal(text: &str) -> Option<u32> {
    based(text, 10)
}

/// `strtoumax` with base 0: decimal, `0x` hexadecimal, leading `0` octal.
#[must_use]
pub fn any_base(text: &str) -> Option<u32> {
    match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => based(text.get(2..)?, 16),
        [b'0', _, ..] => based(text, 8),
        _ => based(text, 10),
    }
}

fn based(text: &str, base: u32) -> Option<u32> {
    let mut number = 0u32;
    for byte in text.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => return None,
        };
        if u32::from(digit) >= base {
            return None;
        }
        number = number.checked_mul(base)?.checked_add(u32::from(digit))?;
    }
    Some(number).filter(|_| !text.is_empty())
}

/// Bytes, at most 4 GiB - 1, or a number with K, M or G; in whole KiB, rounded up.
#[must_use]
pub fn kibibytes(text: &str) -> Option<u32> {
    let (mut digits, last) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match last {
        "K" | "k" => 1,
        "M" | "m" => 1 << 10,
        "G" | "g" => 1 << 20,
        _ => 0,
    };
    if unit == 0 {
        digits = text;
    }
    match decimal(digits)? {
        bytes if unit == 0 => Some(bytes.div_ceil(1024)),
        count => count.checked_mul(unit),
    }
}

/// A range of ports: `80`, `tcp/443`, `udp/5000-5010`. `None` if it is not written so.
#[must_use]
pub fn ports(item: &str) -> Option<Result<Reservation, PortError>> {
    let (protocols, range) = match split(item, b'/') {
        (range, None) => (Protocols::Both, range),
        ("tcp", Some(range)) => (Protocols::Tcp, range),
        ("udp", Some(range)) => (Protocols::Udp, range),
        (_, Some(_)) => return None,
    };
    let (first, last) = split(range, b'-');
    let port = |text| u16::try_from(decimal(text)?).ok();
    let (first, last) = (port(first)?, port(last.unwrap_or(first))?);
    Some(Reservation::new(protocols, first, last))
}

/// Whole seconds in milliseconds, at most 49 days. In 32 bits, which every processor divides.
#[must_use]
pub fn seconds(ms: u64) -> u64 {
    u64::from(u32::try_from(ms).unwrap_or(u32::MAX) / 1000)
}

/// What is before and after the first of this byte.
#[must_use]
pub fn split(text: &str, byte: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|other| other == byte) {
        None => (text, None),
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
    }
}

#[cfg(test)]
mod tests;
