//! What went wrong, as `object: what: why`. It travels: to a terminal it is a line on standard error, over a protocol a
//! message.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt::{Display, Write};

use libcell::options::push;
use libcell::platform::utf8;
use libcell::table::{Line, clean, digits};

/// Exit status: it was not done.
pub(crate) const FAILED: u8 = 1;

/// Exit status: there is drift, or nothing matched.
pub(crate) const DRIFT: u8 = 2;

/// A command that failed. One word: it is the answer of almost every function.
#[derive(Debug)]
pub(crate) struct Failure(Box<Told>);

#[derive(Debug)]
struct Told {
    status: u8,
    line: String,
}

impl Failure {
    /// With this exit status and this line.
    #[inline(never)]
    pub fn new(status: u8, line: String) -> Self {
        Self(Box::new(Told { status, line }))
    }

    /// Its exit status.
    pub fn status(&self) -> u8 {
        self.0.status
    }

    /// What is to be said, without the program's name; nothing if it was said.
    pub fn line(&self) -> &str {
        &self.0.line
    }
}

/// These, one after the other.
#[inline(never)]
pub(crate) fn text(parts: &[&str]) -> String {
    let mut text = String::new();
    push(&mut text, parts);
    text
}

/// A number in decimal.
pub(crate) fn decimal(number: u32) -> String {
    let mut line = Line::new();
    digits(&mut line, number.into());
    utf8(&line).unwrap_or_default().into()
}

/// Anything as text.
#[inline(never)]
pub(crate) fn told(why: &dyn Display) -> String {
    let mut text = String::new();
    let _ = write!(text, "{why}");
    text
}

/// It was not done, for this reason.
#[inline(never)]
pub(crate) fn failed(object: &str, what: &str, why: &dyn Display) -> Failure {
    Failure::new(FAILED, line(object, what, &told(why)))
}

/// It was not done, for a reason that is known.
#[inline(never)]
pub(crate) fn refused(object: &str, what: &str, why: &str) -> Failure {
    Failure::new(FAILED, line(object, what, why))
}

/// It was not asked properly.
#[inline(never)]
pub(crate) fn misused(object: &str, what: &str, why: &str) -> Failure {
    Failure::new(libcell::entry::USAGE, line(object, what, why))
}

/// There is none of that name, or nothing to do.
#[inline(never)]
pub(crate) fn nothing(object: &str, what: &str, why: &str) -> Failure {
    Failure::new(DRIFT, line(object, what, why))
}

/// What failed was said already.
pub(crate) fn said(status: u8) -> Failure {
    Failure::new(status, String::new())
}

fn line(object: &str, what: &str, why: &str) -> String {
    let mut line = Line::new();
    // an argument may hold anything; a message is one line
    for part in [object, what, why] {
        if !line.is_empty() {
            line.extend_from_slice(b": ");
        }
        clean(&mut line, part, b'?');
    }
    utf8(&line).unwrap_or_default().into()
}
