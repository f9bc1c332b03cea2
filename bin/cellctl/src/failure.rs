//! What went wrong, told as `cellctl: object: what: why`.
//!
//! It is told where it happens: a failure that travels is one byte, and no path carries text for another to print.

use alloc::string::String;
use core::fmt::{Display, Write as _};

use libcell::{output::Output, platform::Platform};

/// Exit status: it was not done.
const FAILED: u8 = 1;

/// Exit status: not what cellctl takes (`EX_USAGE` of sysexits(3)).
const USAGE: u8 = 64;

/// A command that failed and has said so: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub u8);

/// It was not done.
pub(crate) fn failed<P: Platform>(
    platform: &P,
    object: &str,
    what: &str,
    why: &dyn Display,
) -> Failure {
    tell(platform, object, what, why);
    Failure(FAILED)
}

/// It was not asked properly.
pub(crate) fn misused<P: Platform>(
    platform: &P,
    object: &str,
    what: &str,
    why: &dyn Display,
) -> Failure {
    tell(platform, object, what, why);
    Failure(USAGE)
}

/// What argh said, on one line, about the command that was meant.
pub(crate) fn not_understood<P: Platform>(platform: &P, arguments: &[&str], said: &str) -> Failure {
    let command = match arguments.first() {
        Some(first) if !first.starts_with('-') => first,
        Some(_) | None => "arguments",
    };
    let mut line = String::new();
    for word in said.split_ascii_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    misused(platform, command, "usage", &line)
}

/// One line on standard error. Where that is gone there is nobody to tell.
pub(crate) fn tell<P: Platform>(platform: &P, object: &str, what: &str, why: &dyn Display) {
    // an argument may hold anything; a message is one line
    let object = object.replace(char::is_control, "?");
    if let Ok(mut error) = Output::standard(platform, 2) {
        let _ = writeln!(error, "cellctl: {object}: {what}: {why}");
        let _ = error.finish();
    }
}
