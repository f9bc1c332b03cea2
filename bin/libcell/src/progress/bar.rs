//! Progress as people see it: a bar that is painted over on a terminal, a line for each tenth where lines are all there is.

use embedded_io::Write;

use super::{Stage, Watch};
use crate::output::Output;
use crate::platform::{Errno, Event, Platform, signal};
use crate::table::{Line, age, digits, size};

/// Places of the bar.
const WIDTH: u32 = 30;

/// Milliseconds between two paintings: at 9600 baud a line is 80 of them.
const PAINT_MS: u64 = 500;

/// Every so many steps it is looked whether a signal has come.
const LOOK: u8 = 8;

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A bar.
    Bar,
    /// A line for each tenth.
    Lines,
    /// Not at all.
    Silent,
}

impl Style {
    /// What suits a descriptor: a bar where it is a terminal that can paint.
    pub fn of<P: Platform>(platform: &P, fd: &P::Fd) -> Self {
        if platform.is_terminal(fd) && !platform.is_dumb() {
            Self::Bar
        } else {
            Self::Lines
        }
    }
}

/// A bar or lines on standard error. A signal of [`SIGNALS`] stops what is watched, if they are watched.
pub struct Bar<'p, P: Platform> {
    platform: &'p P,
    style: Style,
    stage: Option<Stage>,
    began_ms: u64,
    painted_ms: u64,
    /// Tenths, or places of the bar.
    shown: u32,
    looked: u8,
    is_open: bool,
    /// Lines that were said, for who wants to keep them.
    pub said: Line,
}

/// What interrupts.
pub const SIGNALS: [u8; 3] = [signal::INT, signal::TERM, signal::HUP];

/// Most that is kept of what was said.
const SAID_MAX: usize = 4096;

impl Stage {
    /// What is done.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Verify => "verify",
            Self::Unpack => "restore",
            Self::Sync => "sync",
            Self::Save => "save",
        }
    }
}

/// Of 100, in whole parts, without 64-bit division.
pub(super) fn percent(done: u64, total: u64) -> u32 {
    let (mut done, mut total) = (done.min(total), total);
    while total >= 1 << 24 {
        (done, total) = (done >> 1, total >> 1);
    }
    let (done, total) = (done as u32, total as u32);
    (done * 100).checked_div(total).unwrap_or(100)
}

/// Bytes a second, from bytes and milliseconds.
fn rate(done: u64, ms: u64) -> u32 {
    let (mut done, mut ms) = (done, ms.max(1));
    while done >= 1 << 22 || ms >= 1 << 22 {
        (done, ms) = (done >> 1, ms >> 1);
    }
    (done as u32 * 1000) / (ms as u32).max(1)
}

impl<'p, P: Platform> Bar<'p, P> {
    /// On standard error.
    pub fn new(platform: &'p P, style: Style) -> Self {
        Self {
            platform,
            style,
            stage: None,
            began_ms: 0,
            painted_ms: 0,
            shown: 0,
            looked: 0,
            is_open: false,
            said: Line::new(),
        }
    }

    /// Ends a line that was painted over.
    pub fn end(&mut self) {
        if self.is_open {
            self.write(b"\n");
            self.is_open = false;
        }
        self.stage = None;
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.said.len() < SAID_MAX && self.style == Style::Lines {
            self.said.extend_from_slice(bytes);
        }
        if let Ok(mut error) = Output::standard(self.platform, 2) {
            let _ = error.write_all(bytes);
            let _ = error.finish();
        }
    }

    fn paint(&mut self, stage: Stage, done: u64, total: u64, now: u64) {
        let percent = percent(done, total);
        let is_due = match self.style {
            _ if stage == Stage::Look => false,
            Style::Silent => false,
            Style::Lines => percent / 10 > self.shown && stage != Stage::Sync,
            Style::Bar => now >= self.painted_ms + PAINT_MS || percent == 100,
        };
        if !is_due || (percent == 100 && self.shown >= 100) {
            return;
        }
        self.shown = match self.style {
            Style::Lines if percent < 100 => percent / 10,
            Style::Lines | Style::Bar | Style::Silent => percent,
        };
        self.painted_ms = now;
        let mut line = Line::new();
        if self.style == Style::Bar {
            line.push(b'\r');
        }
        line.extend_from_slice(stage.word().as_bytes());
        if self.style == Style::Bar {
            line.extend_from_slice(b" [");
            for place in 0..WIDTH {
                line.push(if place * 100 < percent * WIDTH {
                    b'#'
                } else {
                    b'.'
                });
            }
            line.push(b']');
        }
        line.push(b' ');
        digits(&mut line, percent.into());
        line.extend_from_slice(b" % ");
        let elapsed = now.saturating_sub(self.began_ms);
        let rate = rate(done, elapsed);
        size(&mut line, rate.into());
        line.extend_from_slice(b"/s ");
        let left = total.saturating_sub(done);
        let kib = u32::try_from(left >> 10).unwrap_or(u32::MAX);
        age(&mut line, (kib / (rate >> 10).max(1)).into());
        line.extend_from_slice(b" left");
        if self.style == Style::Bar {
            // over what a longer line left
            line.extend_from_slice(b"   ");
            self.is_open = true;
        } else {
            line.push(b'\n');
        }
        self.write(&line);
    }
}

impl<P: Platform> Watch for Bar<'_, P> {
    fn step(&mut self, stage: Stage, done: u64, total: u64) -> Result<(), Errno> {
        self.looked = self.looked.wrapping_add(1);
        let is_tenth = self.style == Style::Lines && percent(done, total) / 10 > self.shown;
        let is_due = is_tenth || done == total || self.looked.is_multiple_of(LOOK);
        if self.stage == Some(stage) && !is_due {
            return Ok(());
        }
        let mut events = [Event::Signal(0)];
        if let Ok(1) = self.platform.wait(&mut events, Some(0))
            && let [Event::Signal(number)] = events
            && SIGNALS.contains(&number)
        {
            return Err(Errno::EINTR);
        }
        let now = self.platform.monotonic_ms();
        if self.stage != Some(stage) {
            self.end();
            self.stage = Some(stage);
            (self.began_ms, self.painted_ms, self.shown) = (now, now, 0);
        }
        self.paint(stage, done, total, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_rates_are_right_for_all_sizes() {
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(1, 3), 33);
        assert_eq!(percent(u64::MAX / 2, u64::MAX), 49);
        assert_eq!(percent(1 << 40, 1 << 41), 50);
        assert_eq!(percent(9, 3), 100);
        assert_eq!(rate(1_000_000, 1000), 1_000_000);
        assert_eq!(rate(0, 0), 0);
        let large = rate(1 << 40, 1 << 20);
        assert!((1_048_000_000..1_049_000_000).contains(&large), "{large}");
    }
}
