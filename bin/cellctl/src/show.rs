//! Writing to standard output, and the options that say how.

use libcell::{
    output::Output,
    platform::{Errno, Platform},
    table::{Format, Headings, Sink, Style},
};

use crate::failure::{Failure, failed, misused};

/// Writes this.
pub(crate) fn print<P: Platform>(platform: &P, text: &str) -> Result<(), Failure> {
    written(platform, &mut |out| out.write_all(text.as_bytes()))
}

/// Runs `write` over standard output and finishes it.
pub(crate) fn written<P: Platform>(
    platform: &P,
    write: &mut dyn FnMut(Sink<'_>) -> Result<(), Errno>,
) -> Result<(), Failure> {
    let result = Output::standard(platform, 1).and_then(|mut out| {
        write(&mut out)?;
        out.finish()
    });
    result.map_err(|errno| unwritten(platform, errno))
}

/// Standard output took no more.
pub(crate) fn unwritten<P: Platform>(platform: &P, errno: Errno) -> Failure {
    failed(platform, "standard output", "write", &errno)
}

/// The options of a table.
#[derive(Clone, Copy)]
pub(crate) struct Flags {
    pub tsv: bool,
    pub no_header: bool,
    pub json: bool,
}

impl Flags {
    /// The style that they ask for together.
    pub fn style<P: Platform>(self, platform: &P, command: &str) -> Result<Style, Failure> {
        let format = match (self.tsv, self.json) {
            (true, true) => return Err(misused(platform, command, "usage", &"-T or -J, not both")),
            (true, false) => Format::Tsv,
            (false, true) => Format::Json,
            (false, false) => Format::Human,
        };
        if self.no_header && !self.tsv {
            return Err(misused(platform, command, "usage", &"-H needs -T"));
        }
        let headings = if self.no_header {
            Headings::Hidden
        } else {
            Headings::Shown
        };
        Ok(Style { format, headings })
    }
}
