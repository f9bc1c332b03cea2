//! What went wrong, as `object: what: why`. It travels: to a terminal it is a line on standard error, over a protocol a
//! message.

use alloc::string::String;
use core::fmt::Display;

use libcell::options::push;
use libcell::table::{Line, clean};

/// Exit status: it was not done.
pub(crate) const FAILED: u8 = 1;

/// Exit status: there is drift, or nothing matched.
pub(crate) const DRIFT: u8 = 2;

/// A command that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Its exit status.
    pub status: u8,
    /// What is to be said, without the program's name; nothing if it was said.
    pub line: String,
}

/// A text that is the same whatever happens.
pub(crate) fn text(parts: &[&str]) -> String {
    let mut text = String::new();
    push(&mut text, parts);
    text
}

/// Anything as text.
pub(crate) fn told(why: &dyn Display) -> String {
    use core::fmt::Write;

    let mut text = String::new();
    let _ = write!(text, "{why}");
    text
}

/// It was not done, for this reason.
#[inline(never)]
pub(crate) fn failed(object: &str, what: &str, why: &dyn Display) -> Failure {
    Failure {
        status: FAILED,
        line: line(object, what, &told(why)),
    }
}

/// It was not asked properly.
#[inline(never)]
pub(crate) fn misused(object: &str, what: &str, why: &str) -> Failure {
    Failure {
        status: libcell::entry::USAGE,
        line: line(object, what, why),
    }
}

/// What failed was said already.
pub(crate) const fn said(status: u8) -> Failure {
    Failure {
        status,
        line: String::new(),
    }
}

fn line(object: &str, what: &str, why: &str) -> String {
    let mut line = Line::new();
    // an argument may hold anything; a message is one line
    for (at, part) in [object, what, why].iter().enumerate() {
        if at > 0 {
            line.extend_from_slice(b": ");
        }
        clean(&mut line, part, b'?');
    }
    String::from_utf8(line).unwrap_or_default()
}
