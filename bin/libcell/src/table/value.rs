//! What stands in a table, and how it reads in each format.

use alloc::string::String;

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// There is none.
    Absent,
    /// A limit that is not set.
    Unlimited,
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

impl Value<'_> {
    pub(super) fn human(self, line: &mut String) {
        match self {
            // four limits a line must fit 80 columns
            Self::Absent | Self::Unlimited => line.push('-'),
            Self::Text(text) => clean(line, text, '?'),
            Self::Number(number) => digits(line, number),
            Self::Bytes(bytes) => size(line, bytes),
            Self::Seconds(seconds) => age(line, seconds),
            Self::Micros(micros) if micros < 60_000_000 => {
                fraction(line, micros / 10_000, 100);
                line.push('s');
            }
            Self::Micros(micros) => age(line, micros / 1_000_000),
        }
    }

    /// Raw, as scripts get it.
    pub fn raw(self, line: &mut String) {
        match self {
            Self::Absent => line.push('-'),
            Self::Unlimited => line.push_str("unlimited"),
            Self::Text(text) => clean(line, text, ' '),
            Self::Number(number) | Self::Bytes(number) | Self::Seconds(number) => {
                digits(line, number);
            }
            Self::Micros(micros) => fraction(line, micros, 1_000_000),
        }
    }

    pub(super) fn json(self, line: &mut String) {
        match self {
            Self::Absent | Self::Unlimited => line.push_str("null"),
            Self::Text(text) => quoted(line, text),
            Self::Number(_) | Self::Bytes(_) | Self::Seconds(_) | Self::Micros(_) => self.raw(line),
        }
    }
}

/// What a terminal or a line of fields would take for an instruction becomes `instead`.
pub fn clean(line: &mut String, text: &str, instead: char) {
    line.extend(
        text.chars()
            .map(|letter| if letter.is_control() { instead } else { letter }),
    );
}

/// A JSON string (RFC 8259, section 7).
fn quoted(line: &mut String, text: &str) {
    line.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                line.push('\\');
                line.push(letter);
            }
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            '\0'..' ' => {
                line.push_str(if letter < '\x10' { "\\u000" } else { "\\u001" });
                line.extend(char::from_digit(u32::from(letter) & 0xf, 16));
            }
            _ => line.push(letter),
        }
    }
    line.push('"');
}

/// A number in decimal. Not by `core::fmt`, which costs a small program two kilobytes.
pub fn digits(line: &mut String, number: u64) {
    if number >= 10 {
        digits(line, number / 10);
    }
    line.push(char::from(b'0' + (number % 10) as u8));
}

/// `number / unit` with all its decimals; `unit` is a power of ten.
fn fraction(line: &mut String, number: u64, unit: u64) {
    digits(line, number / unit);
    line.push('.');
    let mut place = unit / 10;
    let rest = number % unit;
    while place > 1 && rest < place {
        line.push('0');
        place /= 10;
    }
    digits(line, rest);
}

/// Seconds as the two largest units: `42s`, `7m12s`, `3h5m`, `2d3h`, `1w2d`; a second unit that is 0 is left out.
pub fn age(line: &mut String, seconds: u64) {
    const UNITS: [(u64, char); 5] = [
        (604_800, 'w'),
        (86_400, 'd'),
        (3_600, 'h'),
        (60, 'm'),
        (1, 's'),
    ];
    let mut rest = seconds;
    let mut shown = 0;
    for (unit, letter) in UNITS {
        if shown == 1 || rest >= unit || unit == 1 && shown == 0 {
            let count = rest / unit;
            rest %= unit;
            shown += 1;
            if count > 0 || shown == 1 {
                digits(line, count);
                line.push(letter);
            }
        }
        if shown == 2 {
            break;
        }
    }
}

/// Bytes in the largest power of 1024, rounded down, with one decimal below ten: `512`, `1.5K`, `16M`.
pub fn size(line: &mut String, bytes: u64) {
    let (mut whole, mut rest) = (bytes, 0);
    let mut unit = None;
    for letter in ['K', 'M', 'G', 'T'] {
        if whole < 1024 {
            break;
        }
        rest = whole % 1024;
        whole /= 1024;
        unit = Some(letter);
    }
    digits(line, whole);
    let tenths = rest * 10 / 1024;
    if whole < 10 && tenths > 0 {
        line.push('.');
        digits(line, tenths);
    }
    line.extend(unit);
}
