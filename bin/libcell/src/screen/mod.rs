//! A screen of text for VT100 and what came after it, over a slow line: what changed is sent, and nothing else.
//!
//! What is to be seen is drawn into a grid ([`Grid`]); the [`Painter`] knows what the terminal shows and sends the
//! difference, at most so many bytes at a time. Whatever is drawn meanwhile goes into the next piece: nothing waits
//! behind a repaint.
//!
//! Letters are ASCII; anything else is shown as `?`. Lines are drawn with the DEC special graphics set, designated as G1
//! and shifted to (VT100 User Guide, chapter 3), or with `-`, `|` and `+` ([`Drawing::Ascii`]).
//!
//! The terminal does not wrap at its right edge meanwhile (DECAWM off).

mod grid;
mod painter;

#[cfg(test)]
mod tests;

pub use grid::{COLUMNS_MAX, Glyph, Grid, ROWS_MAX, Style};
pub use painter::{Colour, Drawing, PIECE_MAX, PIECE_MIN, Painter, Progress, goodbye};
