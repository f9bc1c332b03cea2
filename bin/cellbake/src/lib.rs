//! What cellbake does, as a library: a board's definitions in, `cells.bin` and the cells' roots out.
//!
//! - [`board::load`] reads and checks a board's directory, all mistakes at once
//! - [`bake`] gives the bytes of `cells.bin`
//! - [`roots::lay_out`] lays out the cells' read-only roots
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod board;
mod definition;
mod files;
mod keys;
pub mod report;
mod resolve;
pub mod roots;
pub mod size;

mod elf;
mod paths;
mod quantity;
mod reader;
mod suggest;
mod words;

/// The bytes of a board's `cells.bin`, unsigned: the same definitions and source give the same bytes.
#[must_use]
pub fn bake(board: &board::Board) -> &[u8] {
    &board.image
}
