//! Writing to standard output, and the options that say how.

use libcell::{
    output::Output,
    platform::{Errno, Platform},
    table::{Format, Headings, Style},
};

use crate::failure::Failure;

/// Runs `write` over standard output and finishes it.
pub(crate) fn written<'p, P: Platform>(
    platform: &'p P,
    write: impl FnOnce(&mut Output<'p, P>) -> Result<(), Errno>,
) -> Result<(), Failure> {
    let result = Output::standard(platform, 1).and_then(|mut out| {
        write(&mut out)?;
        out.finish()
    });
    result.map_err(unwritten)
}

/// Standard output that took no more.
pub(crate) fn unwritten(errno: Errno) -> Failure {
    Failure::new("standard output", "write", errno)
}

/// The options of a table.
pub(crate) struct Flags {
    pub tsv: bool,
    pub no_header: bool,
    pub json: bool,
}

impl Flags {
    /// The style that they ask for together.
    pub fn style(&self, command: &str) -> Result<Style, Failure> {
        let format = match (self.tsv, self.json) {
            (true, true) => return Err(Failure::usage(command, "usage", "-T or -J, not both")),
            (true, false) => Format::Tsv,
            (false, true) => Format::Json,
            (false, false) => Format::Human,
        };
        if self.no_header && !self.tsv {
            return Err(Failure::usage(command, "usage", "-H needs -T"));
        }
        Ok(Style {
            format,
            headings: if self.no_header {
                Headings::Hidden
            } else {
                Headings::Shown
            },
        })
    }
}
