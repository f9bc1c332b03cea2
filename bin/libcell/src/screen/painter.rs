//! What is sent so that it is seen.

use alloc::vec::Vec;

use embedded_io::Write;

use super::grid::{BLANK, Glyph, Grid, Style};
use crate::platform::Errno;
use crate::table::digits;

/// Bytes of the largest piece.
pub const PIECE_MAX: usize = 640;

/// Bytes of the smallest piece: a scroll, or a move, a style and a letter.
pub const PIECE_MIN: usize = 32;

/// Of what lines are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// DEC special graphics.
    Special,
    /// `-`, `|` and `+`.
    Ascii,
}

/// Whether colours are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// None: bright and reverse only.
    Mono,
    /// Those of ISO 6429.
    Eight,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many bytes were sent, and there are more.
    More(usize),
    /// So many bytes were sent, and everything is seen.
    Done(usize),
}

/// What a terminal shows.
#[derive(Debug)]
pub struct Painter {
    drawing: Drawing,
    colour: Colour,
    shown: Vec<Glyph>,
    columns: u8,
    rows: u8,
    /// Nothing is known of the terminal.
    lost: bool,
    /// Where the cursor is, if that is known.
    cursor: Option<(u8, u8)>,
    style: Style,
    /// A scroll that is to be sent: first and last row, and how far up.
    scroll: Option<(u8, u8, i8)>,
    piece: Vec<u8>,
    /// Of the piece, what was written.
    written: usize,
}

/// Wrapping off, sets designated, nothing set, the whole screen scrolls, everything blank, the cursor at the beginning.
const BEGIN: &[u8] = b"\x1b[?7l\x1b(B\x1b)0\x0f\x1b[m\x1b[r\x1b[H\x1b[J";

/// What stands for a letter of the line drawing set, which has `_` to `~`.
const fn plain(letter: u8) -> u8 {
    match letter {
        b'q' => b'-',
        b'x' => b'|',
        b'_'..=b'~' => b'+',
        _ => letter,
    }
}

impl Painter {
    /// Of a terminal of which nothing is known.
    #[must_use]
    pub fn new(drawing: Drawing, colour: Colour) -> Self {
        Self {
            drawing,
            colour,
            shown: Vec::new(),
            columns: 0,
            rows: 0,
            lost: true,
            cursor: None,
            style: Style::PLAIN,
            scroll: None,
            piece: Vec::with_capacity(PIECE_MAX),
            written: 0,
        }
    }

    /// Forgets what the terminal shows: something else wrote to it.
    pub const fn forget(&mut self) {
        self.lost = true;
    }

    /// The rows from `top` to `bottom` are the ones of before, so many rows further up, or down where it is below 0. To
    /// be said after the rows were drawn anew; without it the same is seen, for more bytes.
    pub fn scrolled(&mut self, top: u8, bottom: u8, up: i8) {
        let height = bottom.saturating_sub(top);
        let fits = bottom < self.rows && up.unsigned_abs() <= 8 && up.unsigned_abs() < height;
        // one at a time
        if fits && up != 0 && !self.lost && self.scroll.is_none() {
            self.scroll = Some((top, bottom, up));
        }
    }

    /// Sends at most `budget` bytes, at least [`PIECE_MIN`] and at most [`PIECE_MAX`], of what is to be seen. What the
    /// writer does not take now is sent first next time; one that would wait fails with EAGAIN.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn paint(
        &mut self,
        grid: &Grid,
        to: &mut dyn Write<Error = Errno>,
        budget: usize,
    ) -> Result<Progress, Errno> {
        if self.written >= self.piece.len() {
            self.compose(grid, budget);
        }
        let rest = self.piece.get(self.written..).unwrap_or_default();
        let mut sent = 0;
        if !rest.is_empty() {
            sent = match to.write(rest) {
                Err(Errno::EAGAIN) => 0,
                result => result?,
            };
            self.written += sent;
        }
        let is_done = self.written >= self.piece.len() && self.is_seen(grid);
        Ok(if is_done {
            Progress::Done(sent)
        } else {
            Progress::More(sent)
        })
    }

    /// Whether the terminal shows it once it has got everything that was composed.
    fn is_seen(&self, grid: &Grid) -> bool {
        !self.lost
            && self.scroll.is_none()
            && self.style == Style::PLAIN
            && self.cursor == Some(grid.cursor)
            && (self.columns, self.rows) == (grid.columns, grid.rows)
            && (0..grid.rows).all(|row| self.difference(grid, row, 0).is_none())
    }

    /// Letter and style as they are sent.
    fn sent(&self, glyph: Glyph) -> Glyph {
        let Glyph {
            mut letter,
            style: Style(mut style),
        } = glyph;
        if self.colour == Colour::Mono {
            style &= 0xf;
        }
        if self.drawing == Drawing::Ascii && style & Style::LINES.0 != 0 {
            style &= !Style::LINES.0;
            letter = plain(letter);
        }
        // brightness and colour of a blank are not seen
        if letter == b' ' {
            style &= Style::REVERSE.0;
        }
        let style = Style(style);
        Glyph { letter, style }
    }

    fn wanted(&self, grid: &Grid, row: u8, column: u8) -> Glyph {
        self.sent(grid.glyph(row, column))
    }

    fn place(&self, row: u8, column: u8) -> usize {
        usize::from(row) * usize::from(self.columns) + usize::from(column)
    }

    fn seen(&self, row: u8, column: u8) -> Glyph {
        let seen = self.shown.get(self.place(row, column));
        seen.copied().unwrap_or(BLANK)
    }

    /// The first column from there on that is to be another.
    fn difference(&self, grid: &Grid, row: u8, from: u8) -> Option<u8> {
        (from..grid.columns)
            .find(|column| self.wanted(grid, row, *column) != self.seen(row, *column))
    }

    /// Makes the next piece.
    fn compose(&mut self, grid: &Grid, budget: usize) {
        let budget = budget.clamp(PIECE_MIN, PIECE_MAX);
        self.piece.clear();
        self.written = 0;
        if self.lost || (self.columns, self.rows) != (grid.columns, grid.rows) {
            self.begin(grid);
        }
        if let Some((top, bottom, up)) = self.scroll.take() {
            self.move_rows(top, bottom, up);
        }
        let [a, b, c] = grid.first;
        for row in [a, b, c].into_iter().chain(0..grid.rows) {
            if row < grid.rows && !self.paint_row(grid, row, budget) {
                return;
            }
        }
        // whatever else writes to the terminal is to be read
        let (row, column) = grid.cursor;
        if self.piece.len() + 16 <= budget {
            self.dress(Style::PLAIN);
            self.go(row, column);
        }
    }

    fn begin(&mut self, grid: &Grid) {
        (self.columns, self.rows) = (grid.columns, grid.rows);
        self.shown.clear();
        self.shown.resize(grid.glyphs.len(), BLANK);
        self.lost = false;
        self.scroll = None;
        self.cursor = Some((0, 0));
        self.style = Style::PLAIN;
        self.piece.extend_from_slice(BEGIN);
    }

    /// Paints what is to be another in a row; whether there was room for all of it.
    fn paint_row(&mut self, grid: &Grid, row: u8, budget: usize) -> bool {
        let mut from = 0;
        // where the blanks at its end begin
        let mut end = grid.columns;
        while end > 0 && self.wanted(grid, row, end - 1) == BLANK {
            end -= 1;
        }
        while let Some(mut column) = self.difference(grid, row, from) {
            // a few letters in between are shorter than a move
            if let Some((at, left)) = self.cursor
                && at == row
                && left < column
                && column - left <= 4
                && (left..column).all(|between| self.seen(row, between).style == self.style)
            {
                column = left;
            }
            if self.piece.len() + 22 > budget {
                return false;
            }
            if column >= end && self.is_left_blank(row, column) {
                self.go(row, column);
                self.dress(Style::PLAIN);
                self.piece.extend_from_slice(b"\x1b[K");
                for column in column..grid.columns {
                    self.show(row, column, BLANK);
                }
                return true;
            }
            let glyph = self.wanted(grid, row, column);
            self.go(row, column);
            self.dress(glyph.style);
            self.piece.push(glyph.letter);
            self.show(row, column, glyph);
            from = column + 1;
            // at the right edge terminals differ
            self.cursor = (from < grid.columns).then_some((row, from));
        }
        true
    }

    /// Whether erasing the rest of a row is shorter than spaces.
    fn is_left_blank(&self, row: u8, column: u8) -> bool {
        let rest = column..self.columns;
        rest.filter(|column| self.seen(row, *column) != BLANK)
            .count()
            > 3
    }

    fn show(&mut self, row: u8, column: u8, glyph: Glyph) {
        let place = self.place(row, column);
        if let Some(shown) = self.shown.get_mut(place) {
            *shown = glyph;
        }
    }

    /// `ESC [ number letter`; 1 is left out.
    fn control(&mut self, number: u8, letter: u8) {
        self.piece.extend_from_slice(b"\x1b[");
        if number != 1 {
            digits(&mut self.piece, number.into());
        }
        self.piece.push(letter);
    }

    /// Moves the cursor, the shortest way.
    fn go(&mut self, row: u8, column: u8) {
        let before = self.cursor;
        self.cursor = Some((row, column));
        let start = self.piece.len();
        if let Some((at, left)) = before
            && (at..=at.saturating_add(3)).contains(&row)
        {
            for _ in at..row {
                self.piece.push(b'\n');
            }
            self.sideways(left, column);
        } else {
            self.absolute(row, column);
            return;
        }
        // ESC [ r r ; c c H
        let length = |number: u8| 1 + usize::from(number >= 10) + usize::from(number >= 100);
        let absolute = 4 + length(row + 1) + length(column + 1);
        if self.piece.len() - start > absolute {
            self.piece.truncate(start);
            self.absolute(row, column);
        }
    }

    fn sideways(&mut self, from: u8, to: u8) {
        if to < from && from - to <= 4 && to > 0 {
            for _ in to..from {
                self.piece.push(8);
            }
            return;
        }
        let mut from = from;
        if to < from {
            self.piece.push(b'\r');
            from = 0;
        }
        if to > from {
            self.control(to - from, b'C');
        }
    }

    fn absolute(&mut self, row: u8, column: u8) {
        self.piece.extend_from_slice(b"\x1b[");
        if (row, column) != (0, 0) {
            digits(&mut self.piece, u64::from(row) + 1);
            if column > 0 {
                self.piece.push(b';');
                digits(&mut self.piece, u64::from(column) + 1);
            }
        }
        self.piece.push(b'H');
    }

    /// Makes what is written next look so.
    fn dress(&mut self, style: Style) {
        let Style(changed) = Style(self.style.0 ^ style.0);
        if changed & Style::LINES.0 != 0 {
            let into = style.0 & Style::LINES.0 != 0;
            self.piece.push(if into { 0x0e } else { 0x0f });
        }
        if changed & !Style::LINES.0 != 0 {
            // what is set goes away only with everything
            let (old, new) = (self.style.0 & !Style::LINES.0, style.0 & !Style::LINES.0);
            let adds = old & 0xf & !new == 0 && (old & 0x70 == 0 || old & 0x70 == new & 0x70);
            self.piece.extend_from_slice(b"\x1b[");
            let added = if adds { new & !old } else { new };
            let mut separate = !adds;
            for (bit, code) in [(Style::BOLD.0, b'1'), (Style::REVERSE.0, b'7')] {
                if added & bit != 0 {
                    if separate {
                        self.piece.push(b';');
                    }
                    self.piece.push(code);
                    separate = true;
                }
            }
            if added & 0x70 != 0 {
                if separate {
                    self.piece.push(b';');
                }
                self.piece.push(b'3');
                self.piece.push(b'0' + (added >> 4));
            }
            self.piece.push(b'm');
        }
        self.style = style;
    }

    /// Scrolls rows on the terminal, and what is known of it.
    fn move_rows(&mut self, top: u8, bottom: u8, up: i8) {
        let (count, upwards) = (up.unsigned_abs(), up > 0);
        // new rows have the colour of the pen
        self.dress(Style::PLAIN);
        self.piece.extend_from_slice(b"\x1b[");
        digits(&mut self.piece, u64::from(top) + 1);
        self.piece.push(b';');
        digits(&mut self.piece, u64::from(bottom) + 1);
        self.piece.push(b'r');
        self.absolute(if upwards { bottom } else { top }, 0);
        for _ in 0..count {
            let step: &[u8] = if upwards { b"\n" } else { b"\x1bM" };
            self.piece.extend_from_slice(step);
        }
        self.piece.extend_from_slice(b"\x1b[r");
        self.cursor = Some((0, 0));
        let (first, end) = (self.place(top, 0), self.place(bottom + 1, 0));
        let by = usize::from(count) * usize::from(self.columns);
        if let Some(rows) = self.shown.get_mut(first..end) {
            let kept = rows.len().saturating_sub(by);
            let (source, to, blank) = if upwards { (by, 0, kept) } else { (0, by, 0) };
            rows.copy_within(source..source + kept, to);
            let blanks = rows.iter_mut().skip(blank).take(by);
            blanks.for_each(|glyph| *glyph = BLANK);
        }
    }

    /// What the terminal shows once it has got everything, for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn shows(&self, row: u8, column: u8) -> Glyph {
        self.seen(row, column)
    }
}

/// What makes the terminal as it is for others: wrapping, nothing set, and the cursor on the last row, which is blank.
#[must_use]
pub fn goodbye(rows: u8) -> Vec<u8> {
    let mut bytes = Vec::from(b"\x0f\x1b[m\x1b[r\x1b[?7h\x1b[");
    digits(&mut bytes, rows.into());
    bytes.extend_from_slice(b"H\x1b[K");
    bytes
}
