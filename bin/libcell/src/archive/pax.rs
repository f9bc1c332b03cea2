//! Extended headers of pax(1): records `LENGTH KEY=VALUE\n`, LENGTH in decimal and of the whole record.

use alloc::vec::Vec;

use crate::platform::Clock;
use crate::problem::Rule;
use crate::table::{Line, digits};

/// Longest extended header in bytes.
pub(super) const MAX: usize = 16 * 1024;

/// A key and a value.
pub(super) type Record<'a> = (&'a [u8], &'a [u8]);

/// The records of a header.
pub(super) struct Records<'a>(pub(super) &'a [u8]);

impl<'a> Records<'a> {
    /// The next key and value; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record<'a>>, Rule> {
        let wrong = Rule::Extended;
        if self.0.is_empty() {
            return Ok(None);
        }
        let blank = find(self.0, b' ').ok_or(wrong)?;
        let (length, _) = self.0.split_at(blank);
        let length = decimal(length).ok_or(wrong)?;
        let length = usize::try_from(length).map_err(|_| wrong)?;
        let (record, rest) = self.0.split_at_checked(length).ok_or(wrong)?;
        let record = record.get(blank + 1..).ok_or(wrong)?;
        let record = record.strip_suffix(b"\n").ok_or(wrong)?;
        let equals = find(record, b'=').ok_or(wrong)?;
        self.0 = rest;
        let (key, value) = record.split_at(equals);
        Ok(Some((key, value.get(1..).unwrap_or_default())))
    }
}

/// Where a byte is.
pub(super) fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}

/// Highest number that can get another digit.
const DECIMAL_MAX: u64 = (i64::MAX as u64 - 9) / 10;

/// A number in decimal, below 2^63.
pub(super) fn decimal(bytes: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || number > DECIMAL_MAX {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    (!bytes.is_empty()).then_some(number)
}

/// A time such as `-1.25`.
pub(super) fn time(bytes: &[u8]) -> Option<Clock> {
    let (is_before, bytes) = match bytes.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let point = find(bytes, b'.').unwrap_or(bytes.len());
    let (whole, fraction) = bytes.split_at(point);
    let mut nanoseconds = 0;
    for place in 1..10 {
        let digit = fraction
            .get(place)
            .map_or(0, |digit| digit.wrapping_sub(b'0'));
        nanoseconds = nanoseconds * 10 + u32::from(digit.min(9));
    }
    let mut seconds = decimal(whole)? as i64;
    if is_before {
        seconds = -seconds;
        if nanoseconds != 0 {
            seconds -= 1;
            nanoseconds = 1_000_000_000 - nanoseconds;
        }
    }
    Some(Clock {
        seconds,
        nanoseconds,
    })
}

/// Adds a record.
pub(super) fn push(records: &mut Vec<u8>, key: &str, value: &[u8]) {
    // blank, equals sign and line feed
    let rest = key.len() + value.len() + 3;
    let mut length = Line::new();
    let mut whole = rest;
    // its own digits count, and can be one more because of that
    while whole != rest + length.len() || length.is_empty() {
        whole = rest + length.len();
        length.clear();
        digits(&mut length, whole as u64);
    }
    records.extend_from_slice(&length);
    records.push(b' ');
    records.extend_from_slice(key.as_bytes());
    records.push(b'=');
    records.extend_from_slice(value);
    records.push(b'\n');
}

/// Adds a record of a number.
pub(super) fn push_number(records: &mut Vec<u8>, key: &str, number: u64) {
    let mut value = Line::new();
    digits(&mut value, number);
    push(records, key, &value);
}
