//! Dates as people read them: UTC, the calendar of Gregory, 1970 to 2106.

use crate::table::Line;

/// Seconds since 1970, as far as 32 bits go.
pub type Seconds = u32;

const DAY: u32 = 86_400;

/// Year, month, day, hour, minute, second.
pub type Date = [u32; 6];

/// The date of a time.
#[must_use]
pub fn date(seconds: Seconds) -> Date {
    let (mut days, rest) = (seconds / DAY, seconds % DAY);
    let mut year = 1970;
    while days >= days_of(year) {
        days -= days_of(year);
        year += 1;
    }
    let mut month = 1;
    while days >= length(year, month) {
        days -= length(year, month);
        month += 1;
    }
    [
        year,
        month,
        days + 1,
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
    ]
}

/// The time of a date; `None` for one that does not exist or is out of range.
#[must_use]
pub fn seconds(date: Date) -> Option<Seconds> {
    let [year, month, day, hour, minute, second] = date;
    let exists = (1970..2107).contains(&year)
        && (1..13).contains(&month)
        && (1..=length(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !exists {
        return None;
    }
    let days = (1970..year).map(days_of).sum::<u32>();
    let days = days + (1..month).map(|month| length(year, month)).sum::<u32>() + day - 1;
    let seconds = hour * 3600 + minute * 60 + second;
    days.checked_mul(DAY)?.checked_add(seconds)
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of(year: u32) -> u32 {
    365 + is_leap(year) as u32
}

/// Days of a month.
const fn length(year: u32, month: u32) -> u32 {
    match month {
        2 => 28 + is_leap(year) as u32,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `2026-11-30T03:12:00Z` (RFC 3339)
    Internet,
    /// `2026-11-30 03:12:00`
    People,
    /// `20261130031200`, in names of files
    Name,
}

impl Form {
    /// What is before each number, and at the end.
    const fn between(self) -> [&'static [u8]; 7] {
        match self {
            Self::Internet => [b"", b"-", b"-", b"T", b":", b":", b"Z"],
            Self::People => [b"", b"-", b"-", b" ", b":", b":", b""],
            Self::Name => [b""; 7],
        }
    }

    /// Writes a time.
    pub fn write(self, line: &mut Line, time: Seconds) {
        let [parts @ .., end] = self.between();
        for (before, number) in parts.iter().zip(date(time)) {
            line.extend_from_slice(before);
            let divisors: &[u32] = if number > 99 {
                &[1000, 100, 10, 1]
            } else {
                &[10, 1]
            };
            for divisor in divisors {
                line.push(b'0' + (number / divisor % 10) as u8);
            }
        }
        line.extend_from_slice(end);
    }

    /// Reads a time that is all of the text.
    #[must_use]
    pub fn read(self, text: &[u8]) -> Option<Seconds> {
        let [parts @ .., end] = self.between();
        let (mut rest, mut found) = (text, [0; 6]);
        for ((before, to), digits) in parts.iter().zip(&mut found).zip([4, 2, 2, 2, 2, 2]) {
            rest = rest.strip_prefix(*before)?;
            let (number, after) = rest.split_at_checked(digits)?;
            for digit in number {
                let digit = digit.wrapping_sub(b'0');
                if digit > 9 {
                    return None;
                }
                *to = *to * 10 + u32::from(digit);
            }
            rest = after;
        }
        if rest == end { seconds(found) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_date_is_that_of_the_calendar() {
        assert_eq!(date(0), [1970, 1, 1, 0, 0, 0]);
        assert_eq!(date(951_782_399), [2000, 2, 28, 23, 59, 59]);
        assert_eq!(date(951_782_400), [2000, 2, 29, 0, 0, 0]);
        assert_eq!(date(u32::MAX), [2106, 2, 7, 6, 28, 15]);
        assert_eq!(seconds([2025, 2, 29, 0, 0, 0]), None);
        assert_eq!(seconds([2106, 2, 7, 6, 28, 16]), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(time: u32) {
            for form in [Form::Internet, Form::People, Form::Name] {
                let mut line = Line::new();
                form.write(&mut line, time);
                prop_assert_eq!(form.read(&line), Some(time));
                line.push(b' ');
                prop_assert_eq!(form.read(&line), None);
            }
        }
    }
}
