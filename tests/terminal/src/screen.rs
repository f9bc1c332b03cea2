//! The vt100 crate's parser, which does not know the line drawing set, behind a filter that does.

use std::num::NonZero;

/// What a terminal shows.
pub struct Screen {
    parser: vt100::Parser,
    shifted: bool,
    in_escape: bool,
    bytes: usize,
}

/// How a letter looks. Of a blank only whether it is reversed is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The letter.
    pub text: String,
    /// Bright.
    pub bold: bool,
    /// Dark on bright.
    pub reverse: bool,
    /// One of eight colours, or the terminal's.
    pub colour: Option<u8>,
}

/// A letter of the line drawing set, those of it that are used.
#[must_use]
pub const fn line_letter(letter: u8) -> &'static str {
    match letter {
        b'q' => "─",
        b'x' => "│",
        _ => "┼",
    }
}

impl Screen {
    /// Blank.
    ///
    /// # Panics
    /// For no columns or no rows.
    #[must_use]
    pub fn new(columns: u16, rows: u16) -> Self {
        let size = |of: u16| NonZero::new(of).expect("a size");
        Self {
            parser: vt100::Parser::new(size(rows), size(columns), 0),
            shifted: false,
            in_escape: false,
            bytes: 0,
        }
    }

    /// Takes what is written to it.
    pub fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        let mut out = vec![];
        for byte in bytes {
            match byte {
                0x1b => self.in_escape = true,
                0x0e => self.shifted = true,
                0x0f => self.shifted = false,
                _ => {}
            }
            if self.shifted && !self.in_escape && *byte >= b'_' {
                out.extend_from_slice(line_letter(*byte).as_bytes());
            } else {
                out.push(*byte);
            }
            if byte.is_ascii_alphabetic() || *byte == b'0' && out.ends_with(b"\x1b)0") {
                self.in_escape = false;
            }
        }
        self.parser.process(&out);
    }

    /// How many bytes were written so far.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is seen at a place.
    ///
    /// # Panics
    /// Outside of the screen.
    #[must_use]
    pub fn shows(&self, row: u16, column: u16) -> Shown {
        let cell = self.parser.screen().cell(row, column).expect("a place");
        let text = match cell.contents() {
            "" => " ",
            text => text,
        };
        let is_seen = text != " ";
        Shown {
            text: text.to_owned(),
            bold: cell.bold() && is_seen,
            reverse: cell.inverse(),
            colour: match cell.fgcolor() {
                vt100::Color::Idx(number) if is_seen => Some(number),
                _ => None,
            },
        }
    }

    /// Row and column of the cursor.
    #[must_use]
    pub fn cursor(&self) -> (u16, u16) {
        self.parser.screen().cursor_position()
    }

    /// The rows, without the blanks at their ends.
    #[must_use]
    pub fn rows(&self) -> Vec<String> {
        let (_, columns) = self.parser.screen().size();
        let rows = self.parser.screen().rows(0, columns.into());
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    /// Whether a row has that text.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        self.rows().iter().any(|row| row.contains(text))
    }

    /// The size changes.
    ///
    /// # Panics
    /// For no columns or no rows.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = |of: u16| NonZero::new(of).expect("a size");
        self.parser.screen_mut().set_size(size(rows), size(columns));
    }
}
