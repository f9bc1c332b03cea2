//! Writing to standard output, and the options that say how.

use alloc::string::String;

use libcell::{
    options::{self, Parsed},
    output::Output,
    platform::{Errno, Platform},
    table::{self, Format, Headings, Line, Sink, Style},
};

use crate::failure::{Failure, failed_by, misused, said};

/// These, one after the other.
pub(crate) fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    options::push(&mut text, parts);
    text
}

/// Writes this.
pub(crate) fn print<P: Platform>(platform: &P, text: &[u8]) -> Result<(), Failure> {
    written(platform, &mut |out| out.put(text))
}

/// Writes a word and a number on a line.
pub(crate) fn print_number<P: Platform>(
    platform: &P,
    word: &str,
    number: u32,
) -> Result<(), Failure> {
    let mut line = Line::from(word);
    table::digits(&mut line, number.into());
    line.push(b'\n');
    print(platform, &line)
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
    failed_by(platform, "standard output", "write", errno.into())
}

/// The style that the options of a table ask for together.
pub(crate) fn style<P: Platform>(
    platform: &P,
    command: &str,
    parsed: &Parsed<'_>,
) -> Result<Style, Failure> {
    let (tsv, json) = (parsed.has(b'T'), parsed.has(b'J'));
    if tsv && json {
        return Err(misused(
            platform,
            command,
            &const { said("-J", "not with -T") },
        ));
    }
    let mut style = Style {
        format: Format::Human,
        headings: Headings::Shown,
    };
    if tsv {
        style.format = Format::Tsv;
    } else if json {
        style.format = Format::Json;
    }
    if parsed.has(b'H') {
        style.headings = Headings::Hidden;
        if !tsv {
            return Err(misused(
                platform,
                command,
                &const { said("-H", "needs -T") },
            ));
        }
    }
    Ok(style)
}
