//! The command line.

use core::ffi::CStr;

use super::Outcome;

/// What follows the program's name.
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a>(&'a [&'a CStr]);

impl<'a> Arguments<'a> {
    /// Of these words.
    #[must_use]
    pub const fn new(words: &'a [&'a CStr]) -> Self {
        Self(words)
    }

    /// The first word and what follows it.
    #[must_use]
    pub fn split(self) -> Option<(&'a CStr, Self)> {
        let (first, rest) = self.0.split_first()?;
        Some((first, Self(rest)))
    }

    /// The word at that place, from 0.
    ///
    /// # Errors
    /// There is none.
    pub fn text(self, at: usize) -> Result<&'a CStr, Outcome> {
        self.0
            .get(at)
            .copied()
            .ok_or(Outcome::Untried("an argument is missing"))
    }

    /// The decimal number at that place, which may be negative.
    ///
    /// # Errors
    /// There is none.
    pub fn number(self, at: usize) -> Result<i32, Outcome> {
        core::str::from_utf8(self.text(at)?.to_bytes())
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or(Outcome::Untried("an argument is not a number"))
    }

    /// All words.
    #[must_use]
    pub const fn words(self) -> &'a [&'a CStr] {
        self.0
    }
}
