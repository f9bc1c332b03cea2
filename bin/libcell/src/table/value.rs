//! What stands in a table, and how it reads in each format.

use alloc::string::String;
use alloc::vec::Vec;

/// Text under construction, UTF-8. Bytes, because encoding letters one by one costs a small program a kilobyte.
pub type Line = Vec<u8>;

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// There is none.
    Absent,
    /// A limit that is not set.
    Unlimited,
    /// Yes or no.
    Flag(bool),
    /// Text.
    Text(&'a str),
    /// A number.
    Number(u64),
    /// Bytes.
    Bytes(u64),
    /// Whole seconds: an age.
    Seconds(u64),
    /// Microseconds of CPU time.
    Micros(u64),
}

/// One value, whose text is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// There is none.
    Absent,
    /// A limit that is not set.
    Unlimited,
    /// Yes or no.
    Flag(bool),
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// Bytes.
    Bytes(u64),
    /// Whole seconds: an age.
    Seconds(u64),
    /// Microseconds of CPU time.
    Micros(u64),
}

impl Owned {
    /// The value.
    #[must_use]
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Absent => Value::Absent,
            Self::Unlimited => Value::Unlimited,
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Text(text) => Value::Text(text),
            Self::Number(number) => Value::Number(*number),
            Self::Bytes(bytes) => Value::Bytes(*bytes),
            Self::Seconds(seconds) => Value::Seconds(*seconds),
            Self::Micros(micros) => Value::Micros(*micros),
        }
    }
}

impl Value<'_> {
    /// As people get it.
    pub fn human(self, line: &mut Line) {
        match self {
            // four limits a line must fit 80 columns
            Self::Absent | Self::Unlimited => line.push(b'-'),
            Self::Flag(flag) => line.extend_from_slice(if flag { b"YES" } else { b"NO" }),
            Self::Text(text) => clean(line, text, b'?'),
            Self::Bytes(bytes) => size(line, bytes),
            Self::Seconds(seconds) => age(line, seconds),
            Self::Micros(micros) => {
                let (hundredths, _) = divided(micros, 10_000);
                if hundredths < 6_000 {
                    fraction(line, hundredths, 2);
                    line.push(b's');
                } else {
                    age(line, divided(hundredths, 100).0);
                }
            }
            Self::Number(_) => self.raw(line),
        }
    }

    /// Raw, as scripts get it.
    pub fn raw(self, line: &mut Line) {
        match self {
            Self::Absent => line.push(b'-'),
            Self::Unlimited => line.extend_from_slice(b"unlimited"),
            Self::Flag(flag) => line.push(b'0' + u8::from(flag)),
            Self::Text(text) => clean(line, text, b' '),
            Self::Number(number) | Self::Bytes(number) | Self::Seconds(number) => {
                digits(line, number);
            }
            Self::Micros(micros) => fraction(line, micros, 6),
        }
    }

    pub(super) fn json(self, line: &mut Line) {
        match self {
            Self::Absent | Self::Unlimited => line.extend_from_slice(b"null"),
            Self::Flag(flag) => line.extend_from_slice(if flag { b"true" } else { b"false" }),
            Self::Text(text) => quoted(line, text),
            Self::Number(_) | Self::Bytes(_) | Self::Seconds(_) | Self::Micros(_) => self.raw(line),
        }
    }
}

/// Text in which what a terminal or a line of fields would take for an instruction becomes `instead`: the control
/// characters U+0000 to U+001F and U+007F to U+009F.
pub fn clean(line: &mut Line, text: &str, instead: u8) {
    let mut before = 0;
    for byte in text.bytes() {
        let control = byte < 0x20 || byte == 0x7f || before == 0xc2 && byte < 0xa0;
        if control && before == 0xc2 {
            // two bytes are one letter
            line.pop();
        }
        line.push(if control { instead } else { byte });
        before = byte;
    }
}

/// A JSON string (RFC 8259, section 7).
fn quoted(line: &mut Line, text: &str) {
    line.push(b'"');
    for byte in text.bytes() {
        if byte < 0x20 {
            line.extend_from_slice(b"\\u00");
            line.push(b'0' + (byte >> 4));
            line.push(match byte & 0xf {
                low @ 0..=9 => b'0' + low,
                high => b'a' - 10 + high,
            });
        } else {
            if byte == b'"' || byte == b'\\' {
                line.push(b'\\');
            }
            line.push(byte);
        }
    }
    line.push(b'"');
}

/// A number in decimal. Not by `core::fmt`, which costs a small program two kilobytes.
pub fn digits(line: &mut Line, number: u64) {
    let (above, digit) = divided(number, 10);
    if above > 0 {
        digits(line, above);
    }
    line.push(b'0' + digit as u8);
}

/// Quotient and remainder by a divisor below 2^16, in four steps of 32 bits: the library's 64-bit division is ten times
/// the code.
fn divided(number: u64, by: u32) -> (u64, u32) {
    let mut quotient = 0;
    let mut rest = 0;
    let mut number = number;
    for _ in 0..4 {
        let part = rest << 16 | (number >> 48) as u32;
        number <<= 16;
        quotient = quotient << 16 | u64::from(part / by);
        rest = part % by;
    }
    (quotient, rest)
}

/// `number` with so many decimals, all of them written.
fn fraction(line: &mut Line, number: u64, decimals: u32) {
    if decimals == 0 {
        digits(line, number);
        line.push(b'.');
        return;
    }
    let (above, digit) = divided(number, 10);
    fraction(line, above, decimals - 1);
    line.push(b'0' + digit as u8);
}

/// Seconds as the two largest units: `42s`, `7m12s`, `3h5m`, `2d3h`, `1w2d`; a second unit that is 0 is left out.
pub fn age(line: &mut Line, seconds: u64) {
    const UNITS: [(u32, u8); 5] = [
        (604_800, b'w'),
        (86_400, b'd'),
        (3_600, b'h'),
        (60, b'm'),
        (1, b's'),
    ];
    let mut rest = u32::try_from(seconds).unwrap_or(u32::MAX);
    let mut shown = 0;
    for (unit, letter) in &UNITS {
        let count = rest / unit;
        rest %= unit;
        if count > 0 || *unit == 1 && shown == 0 {
            digits(line, count.into());
            line.push(*letter);
        }
        // the next unit is the second one, or there is none
        shown += u32::from(count > 0 || shown > 0);
        if shown == 2 {
            return;
        }
    }
}

/// Bytes in the largest power of 1024, rounded down, with one decimal below ten: `512`, `1.5K`, `16M`.
pub fn size(line: &mut Line, bytes: u64) {
    let mut whole = bytes;
    let mut rest = 0;
    let mut units = b"KMGTPE".iter();
    let mut unit = None;
    while whole >= 1024 {
        rest = (whole & 1023) as u32;
        whole >>= 10;
        unit = units.next();
    }
    digits(line, whole);
    let tenths = rest * 10 / 1024;
    if whole < 10 && tenths > 0 {
        line.push(b'.');
        line.push(b'0' + tenths as u8);
    }
    line.extend(unit);
}
