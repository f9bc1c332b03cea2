//! What cellbake does, as a library: a board's definitions in, `cells.bin` and the cells' roots out.
//!
//! - [`board::load`] reads and checks a board's directory, all mistakes at once
//! - [`bake`] gives the bytes of `cells.bin`
//! - [`roots::lay_out`] lays out the cells' read-only roots
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod board;
mod definition;
pub mod device;
mod disk;
mod files;
mod keys;
mod page;
pub mod report;
mod resolve;
pub mod roots;
pub mod size;

mod arguments;
mod command;
mod elf;
mod facts;
mod failure;
mod firmware;
mod import;
mod paths;
mod pwd_db;
mod quantity;
mod reader;
mod signing;
mod stand_in;
mod suggest;
mod words;

use std::io::{self, Write};

use argh::FromArgs;

use arguments::Arguments;
use command::Said;
use failure::Failure;

/// Does what the arguments say; `arguments[0]` is the program. The exit status, as the manual page lists it.
pub fn run(arguments: &[&str]) -> u8 {
    let rest = arguments.get(1..).unwrap_or_default();
    let result = match Arguments::from_args(&["cellbake"], rest) {
        Ok(arguments) => command::run(arguments),
        Err(exit) if exit.status.is_ok() => Ok(Said {
            out: exit.output.into_bytes(),
            ..Said::default()
        }),
        Err(exit) => Err(Failure::Usage(one_line(&exit.output))),
    };
    let said = result.unwrap_or_else(|failure| Said {
        failure: Some(failure),
        ..Said::default()
    });
    for note in &said.notes {
        eprintln!("cellbake: {note}");
    }
    let mut out = io::stdout().lock();
    let written = out.write_all(&said.out).and_then(|()| out.flush());
    let failure = match written {
        Ok(()) => said.failure,
        Err(why) => Some(Failure::Other(format!("standard output: {why}"))),
    };
    match failure {
        None => said.status,
        Some(failure) => {
            eprintln!("{failure}");
            failure.status()
        }
    }
}

/// What argh says of wrong arguments, without the usage after it.
fn one_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or("arguments");
    match lines.next() {
        Some(second) if first.ends_with(':') => format!("{first} {second}; see --help"),
        Some(_) | None => format!("{first}; see --help"),
    }
}

/// The bytes of a board's `cells.bin`, unsigned: the same definitions and source give the same bytes.
#[must_use]
pub fn bake(board: &board::Board) -> &[u8] {
    &board.image
}
