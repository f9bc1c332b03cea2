//! What is to be seen.

use alloc::vec::Vec;

/// Most columns; a wider terminal stays blank on the right.
pub const COLUMNS_MAX: u8 = 132;

/// Most rows; a higher terminal stays blank below.
pub const ROWS_MAX: u8 = 50;

/// How a letter looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style(pub(super) u8);

impl Style {
    /// As the terminal has it.
    pub const PLAIN: Self = Self(0);
    /// Bright.
    pub const BOLD: Self = Self(1);
    /// Dark on bright.
    pub const REVERSE: Self = Self(2);
    /// A letter of the line drawing set.
    pub const LINES: Self = Self(4);
    /// Red, where there are colours.
    pub const RED: Self = Self(1 << 4);
    /// Green, where there are colours.
    pub const GREEN: Self = Self(2 << 4);
    /// Yellow, where there are colours.
    pub const YELLOW: Self = Self(3 << 4);
    /// Cyan, where there are colours.
    pub const CYAN: Self = Self(6 << 4);

    /// Both. Of two colours the result is neither.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A letter on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// ASCII, printable.
    pub letter: u8,
    /// How it looks.
    pub style: Style,
}

/// Nothing.
pub(super) const BLANK: Glyph = Glyph {
    letter: b' ',
    style: Style::PLAIN,
};

/// Letters in rows and columns.
#[derive(Debug)]
pub struct Grid {
    pub(super) columns: u8,
    pub(super) rows: u8,
    pub(super) glyphs: Vec<Glyph>,
    /// Where the cursor is to stay: row and column.
    pub(super) cursor: (u8, u8),
    /// Rows that are painted before others.
    pub(super) first: [u8; 3],
}

impl Grid {
    /// Blank, of that size or the largest there is.
    #[must_use]
    pub fn new(columns: u16, rows: u16) -> Self {
        let columns = columns.clamp(1, COLUMNS_MAX.into()) as u8;
        let rows = rows.clamp(1, ROWS_MAX.into()) as u8;
        let mut glyphs = Vec::new();
        glyphs.resize(usize::from(columns) * usize::from(rows), BLANK);
        Self {
            columns,
            rows,
            glyphs,
            cursor: (0, 0),
            first: [0; 3],
        }
    }

    /// How many columns it has.
    #[must_use]
    pub const fn columns(&self) -> u8 {
        self.columns
    }

    /// How many rows it has.
    #[must_use]
    pub const fn rows(&self) -> u8 {
        self.rows
    }

    fn at(&self, row: u8, column: u8) -> Option<usize> {
        let inside = row < self.rows && column < self.columns;
        inside.then(|| usize::from(row) * usize::from(self.columns) + usize::from(column))
    }

    /// What is to be seen there; blank outside.
    #[must_use]
    pub fn glyph(&self, row: u8, column: u8) -> Glyph {
        let glyph = self.at(row, column).and_then(|at| self.glyphs.get(at));
        glyph.copied().unwrap_or(BLANK)
    }

    /// Makes everything blank.
    pub fn clear(&mut self) {
        self.glyphs.fill(BLANK);
        self.cursor = (0, 0);
    }

    /// Sets one letter. What is outside is not seen.
    pub fn set(&mut self, row: u8, column: u8, glyph: Glyph) {
        if let Some(at) = self.at(row, column)
            && let Some(place) = self.glyphs.get_mut(at)
        {
            *place = glyph;
        }
    }

    /// Writes text from there on, cut at the right edge; the column after it. What is not printable ASCII is a `?`, one
    /// for each letter of UTF-8.
    pub fn put(&mut self, row: u8, column: u8, style: Style, text: &[u8]) -> u8 {
        let mut column = column;
        for byte in text {
            let letter = match byte {
                0x20..=0x7e => *byte,
                // the rest of a letter
                0x80..0xc0 => continue,
                _ => b'?',
            };
            if column >= self.columns {
                break;
            }
            self.set(row, column, Glyph { letter, style });
            column += 1;
        }
        column
    }

    /// Fills a row from there on with a letter.
    pub fn fill(&mut self, row: u8, column: u8, glyph: Glyph) {
        for column in column..self.columns {
            self.set(row, column, glyph);
        }
    }

    /// A line across.
    pub fn rule(&mut self, row: u8) {
        let style = Style::LINES;
        let letter = b'q';
        self.fill(row, 0, Glyph { letter, style });
    }

    /// Where the cursor is to stay.
    pub fn point(&mut self, row: u8, column: u8) {
        self.cursor = (row.min(self.rows - 1), column.min(self.columns - 1));
    }

    /// These rows are painted first: what answers a key.
    pub const fn urge(&mut self, rows: [u8; 3]) {
        self.first = rows;
    }
}
