//! The console of a device, on a terminal of 80 columns and 24 rows or more, at 9600 baud or more.
//!
//! - `arguments`: what cellui takes; `deed`: what can be done, by which key
//! - [`App`]: what is known, asked and shown, without I/O: `link` (what is asked of cellmgr), `answer` (what it
//!   tells), `input` (keys), `draw`, `sheet` (tables), `detail` (one cell), `text` (lines), `help`
//! - `shell`: the loop that does the I/O; `line` (to cellmgr), `console` (the terminal), `keeper` (gives it back)
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod answer;
mod app;
mod arguments;
mod console;
mod deed;
mod detail;
mod draw;
mod help;
mod input;
mod keeper;
mod line;
mod link;
mod sheet;
mod shell;
mod text;

pub use app::{App, Effect, Place, Wire};
pub use shell::run;

/// What cellui takes, for the test of the manual page.
#[doc(hidden)]
#[must_use]
pub fn program() -> &'static libcell::options::Command {
    &arguments::PROGRAM
}

/// The page of keys, for the test of the manual page.
#[doc(hidden)]
#[must_use]
pub fn keys() -> &'static str {
    help::HELP
}
