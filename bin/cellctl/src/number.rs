//! Numbers as operators type them. All of these refuse signs and spaces, which `parse` of core would partly take.

/// Decimal digits only.
pub(crate) fn decimal(text: &str) -> Option<u32> {
    based(text, 10)
}

/// `strtoumax` with base 0: decimal, `0x` hexadecimal, leading `0` octal; the whole text.
pub(crate) fn any_base(text: &str) -> Option<u32> {
    match text.strip_prefix('0') {
        None | Some("") => decimal(text),
        Some(rest) => match rest.strip_prefix(['x', 'X']) {
            Some(digits) => based(digits, 16),
            None => based(rest, 8),
        },
    }
}

fn based(text: &str, base: u32) -> Option<u32> {
    if text.starts_with('+') {
        return None;
    }
    u32::from_str_radix(text, base).ok()
}

/// A size with an optional K, M or G, in whole KiB, rounded up.
pub(crate) fn kibibytes(text: &str) -> Option<u32> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'K' | b'k' => (text.get(..text.len() - 1)?, 10),
        b'M' | b'm' => (text.get(..text.len() - 1)?, 20),
        b'G' | b'g' => (text.get(..text.len() - 1)?, 30),
        _ => (text, 0),
    };
    if digits.starts_with('+') {
        return None;
    }
    let bytes = digits.parse::<u64>().ok()?.checked_mul(1 << shift)?;
    u32::try_from(bytes.div_ceil(1024)).ok()
}

#[cfg(test)]
mod tests;
