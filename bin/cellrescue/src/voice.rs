//! What is said: `cellrescue: object: what` on standard error, and results on standard output.

use embedded_io::Write as _;
use libcell::archive::hex;
use libcell::job::{Found, Job};
use libcell::options::Parsed;
use libcell::output::Output;
use libcell::platform::{Errno, Platform};
use libcell::problem::{Rule, Why, words};
use libcell::table::{Line, clean, digits, size};
use libcell::time::Form;

/// A command that failed and has said so: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub u8);

/// It was not done.
pub(crate) const FAILED: Failure = Failure(1);

/// There was nothing to do it to.
pub(crate) const NOTHING: Failure = Failure(2);

/// It was not asked properly.
pub(crate) const USAGE: Failure = Failure(libcell::entry::USAGE);

/// Writes to standard output (1) or error (2).
#[inline(never)]
pub(crate) fn write<P: Platform>(platform: &P, number: u8, line: &[u8]) -> Result<(), Errno> {
    let mut output = Output::standard(platform, number)?;
    output.write_all(line)?;
    output.finish()
}

/// Says a line. Where standard error is gone there is nobody to tell.
#[inline(never)]
pub(crate) fn say<P: Platform>(platform: &P, parts: &[&str]) {
    let mut line = Line::from(*b"cellrescue: ");
    for part in parts {
        // a name may hold anything; a message is one line
        clean(&mut line, part, b'?');
    }
    line.push(b'\n');
    let _ = write(platform, 2, &line);
}

/// Says what was not done to something, and why.
#[inline(never)]
pub(crate) fn fail<P: Platform>(platform: &P, object: &str, why: Why) -> Failure {
    say(platform, &[object, ": ", words(why)]);
    FAILED
}

/// Says why a job ended.
#[inline(never)]
pub(crate) fn failed<P: Platform>(job: &Job<'_, P>, why: Why) -> Failure {
    fail(job.platform, &job.object, why)
}

/// Says what was not asked properly.
#[inline(never)]
pub(crate) fn misused<P: Platform>(platform: &P, object: &str, rule: Rule) -> Failure {
    fail(platform, object, rule.why());
    USAGE
}

/// The operands of a command that takes some: of what kind. An option after the first would be one of them.
pub(crate) fn operands<'p, 'a, P: Platform>(
    platform: &P,
    parsed: &'p Parsed<'a>,
    kind: &str,
) -> Result<&'p [&'a str], Failure> {
    let words = parsed.rest(0);
    if words.is_empty() {
        return Err(misused(platform, kind, Rule::Missing));
    }
    match words.iter().find(|word| word.starts_with('-')) {
        Some(word) => Err(misused(platform, word, Rule::OptionsFirst)),
        None => Ok(words),
    }
}

/// Says on standard output what came of something: of which archive, and how much there was in it.
#[inline(never)]
pub(crate) fn tell<P: Platform>(
    platform: &P,
    parts: &[&str],
    found: &Found,
) -> Result<(), Failure> {
    let mut line = Line::new();
    for part in parts {
        clean(&mut line, part, b'?');
    }
    if found.created != 0 {
        line.extend_from_slice(b", the one of ");
        Form::People.write(&mut line, found.created);
    }
    line.extend_from_slice(b", ");
    digits(&mut line, found.sums.entries.into());
    line.extend_from_slice(b" entries, ");
    size(&mut line, found.sums.bytes);
    line.extend_from_slice(b", sha256 ");
    hex(&found.digest, &mut line);
    line.push(b'\n');
    write(platform, 1, &line).map_err(|errno| fail(platform, "standard output", errno))
}
