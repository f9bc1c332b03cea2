//! A command list: what `celltest init` runs, line by line.
//!
//! ```text
//! # a remark
//! COMMAND ARGUMENT...           runs it; its status is good if it is 0
//! expect N COMMAND ARGUMENT...  runs it; its status is good if it is N
//! bg COMMAND ARGUMENT...        starts it and goes on
//! signal N                      sends signal N to what was started last
//! wait                          waits for what was started last; any status is good
//! sleep MILLISECONDS
//! tmpfs DIRECTORY               mounts a memory file system
//! mkdir DIRECTORY
//! ```
//!
//! Words are parted by blanks; nothing is quoted, expanded or redirected. A command without a slash is looked for in
//! /sbin, /bin, /usr/sbin and /usr/bin.

use alloc::vec::Vec;
use core::fmt;

#[cfg(test)]
mod tests;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Nothing to do.
    Remark,
    /// Run and wait.
    Run {
        /// The good status.
        good: u8,
        /// Program and arguments; at least one.
        words: Vec<&'a str>,
    },
    /// Start.
    Background(Vec<&'a str>),
    /// To what was started last.
    Signal(u8),
    /// For what was started last.
    Wait,
    /// So many milliseconds.
    Sleep(u64),
    /// Mounted there.
    Tmpfs(&'a str),
    /// Made.
    Directory(&'a str),
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake<'a> {
    /// A word is missing after this one.
    Incomplete(&'a str),
    /// Not a number, or too large.
    Number(&'a str),
    /// Words after the end of this one's.
    TooMuch(&'a str),
}

impl fmt::Display for Mistake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete(word) => write!(f, "{word}: something must follow"),
            Self::Number(word) => write!(f, "{word}: not a number it can be"),
            Self::TooMuch(word) => write!(f, "{word}: too many words"),
        }
    }
}

/// Reads one line.
///
/// # Errors
/// What is wrong with it.
pub fn line(text: &str) -> Result<Line<'_>, Mistake<'_>> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    match words.as_slice() {
        [] => Ok(Line::Remark),
        [first, ..] if first.starts_with('#') => Ok(Line::Remark),
        ["wait"] => Ok(Line::Wait),
        ["wait", ..] => Err(Mistake::TooMuch("wait")),
        [only @ ("expect" | "bg" | "signal" | "sleep" | "tmpfs" | "mkdir")] => {
            Err(Mistake::Incomplete(only))
        }
        ["expect", good] => Err(Mistake::Incomplete(good)),
        ["expect", good, words @ ..] => Ok(Line::Run {
            good: number(good)?,
            words: words.to_vec(),
        }),
        ["bg", words @ ..] => Ok(Line::Background(words.to_vec())),
        ["signal", signal] => Ok(Line::Signal(number(signal)?)),
        ["sleep", time] => Ok(Line::Sleep(number(time)?)),
        ["tmpfs", directory] => Ok(Line::Tmpfs(directory)),
        ["mkdir", directory] => Ok(Line::Directory(directory)),
        [word @ ("signal" | "sleep" | "tmpfs" | "mkdir"), ..] => Err(Mistake::TooMuch(word)),
        [..] => Ok(Line::Run { good: 0, words }),
    }
}

fn number<T: core::str::FromStr>(word: &str) -> Result<T, Mistake<'_>> {
    word.parse().map_err(|_| Mistake::Number(word))
}
