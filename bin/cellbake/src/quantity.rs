//! Sizes, durations, modes and ports as definitions write them.

use cell_abi::{Protocols, Reservation};

/// What to write for a size.
pub const SIZE_HELP: &str = "a size is a number and K, M or G, or bytes: \"64K\", \"16M\", \"512\"";
/// What to write for a duration.
pub const TIME_HELP: &str = "a time is a number and ms, s, m or h: \"500ms\", \"5s\", \"2m\"";
/// What to write for a mode.
pub const MODE_HELP: &str = "a mode is four octal digits: \"0755\"";
/// What to write for a port.
pub const PORT_HELP: &str = "a port is 80 for tcp and udp, or \"tcp/80\", \"udp/5000-5010\"";

/// Bytes of `"64K"`.
pub fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "" => 1,
        "K" | "k" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        other => return Err(format!("`{other}` is no unit of size")),
    };
    whole(number)?
        .checked_mul(factor)
        .filter(|bytes| *bytes <= 1 << 41)
        .ok_or_else(|| "is too large".to_owned())
}

/// KiB of `"64K"`, which must be whole.
pub fn kib(text: &str) -> Result<u32, String> {
    let bytes = bytes(text)?;
    if bytes % 1024 != 0 {
        return Err("is not a whole number of KiB".to_owned());
    }
    u32::try_from(bytes / 1024).map_err(|_| "is too large".to_owned())
}

/// Milliseconds of `"5s"`.
pub fn milliseconds(text: &str) -> Result<u32, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "" => return Err("has no unit".to_owned()),
        other => return Err(format!("`{other}` is no unit of time")),
    };
    whole(number)?
        .checked_mul(factor)
        .and_then(|time| u32::try_from(time).ok())
        .ok_or_else(|| "is too long".to_owned())
}

/// Permission bits of `"0755"`.
pub fn mode(text: &str) -> Result<u32, String> {
    let digits = text.len() == 4 && text.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    if !digits {
        return Err(format!("`{text}` is not four octal digits"));
    }
    u32::from_str_radix(text, 8).map_err(|error| error.to_string())
}

/// The reservation of `"tcp/80"`, `"udp/5000-5010"` or `"53"`.
pub fn reservation(text: &str) -> Result<Reservation, String> {
    let (protocols, range) = match text.split_once('/') {
        Some(("tcp", range)) => (Protocols::Tcp, range),
        Some(("udp", range)) => (Protocols::Udp, range),
        Some((other, _)) => return Err(format!("`{other}` is not tcp or udp")),
        None => (Protocols::Both, text),
    };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    Reservation::new(protocols, port(first)?, port(last)?).map_err(|error| error.to_string())
}

fn port(text: &str) -> Result<u16, String> {
    let number = whole(text)?;
    u16::try_from(number).map_err(|_| format!("port {number} is above 65535"))
}

fn split(text: &str) -> (&str, &str) {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(digits).unwrap_or((text, ""))
}

fn whole(digits: &str) -> Result<u64, String> {
    if digits.is_empty() || digits.bytes().any(|digit| !digit.is_ascii_digit()) {
        return Err(format!("`{digits}` is not a number"));
    }
    digits.parse().map_err(|_| "is too large".to_owned())
}

#[cfg(test)]
mod tests;
