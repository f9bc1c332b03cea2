//! A terminal for tests: what a program writes to it is seen by a parser that others wrote, as fast as a line carries it.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod pty;
mod screen;

pub use pty::{Line, Pty};
pub use screen::{Screen, Shown, line_letter};
