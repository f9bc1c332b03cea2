//! What is said: `cellrescue: object: what` on standard error.

use embedded_io::Write as _;
use libcell::job::Job;
use libcell::options::Parsed;
use libcell::output::Output;
use libcell::platform::Platform;
use libcell::problem::Why;
use libcell::table::{Line, clean};

/// A command that failed and has said so: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub u8);

/// It was not done.
pub(crate) const FAILED: Failure = Failure(1);

/// There was nothing to do it to.
pub(crate) const NOTHING: Failure = Failure(2);

/// It was not asked properly.
pub(crate) const USAGE: Failure = Failure(libcell::entry::USAGE);

/// Says a line. Where standard error is gone there is nobody to tell.
#[inline(never)]
pub(crate) fn say<P: Platform>(platform: &P, parts: &[&str]) {
    let mut line = Line::from(*b"cellrescue: ");
    for part in parts {
        // a name may hold anything; a message is one line
        clean(&mut line, part, b'?');
    }
    line.push(b'\n');
    if let Ok(mut error) = Output::standard(platform, 2) {
        let _ = error.write_all(&line);
        let _ = error.finish();
    }
}

/// Why, in words. An error of the system that has none is told by its number elsewhere.
pub(crate) fn words(why: Why) -> &'static str {
    match why {
        Why::System(errno) => errno
            .text()
            .unwrap_or("an error of the system that has no name here"),
        Why::Rule(rule) => rule.text(),
    }
}

/// Says what was not done to something, and why.
#[inline(never)]
pub(crate) fn fail<P: Platform>(platform: &P, object: &str, why: impl Into<Why>) -> Failure {
    say(platform, &[object, ": ", words(why.into())]);
    FAILED
}

/// Says why a job ended.
#[inline(never)]
pub(crate) fn failed<P: Platform>(job: &Job<'_, P>, why: Why) -> Failure {
    fail(job.platform, &job.object, why)
}

/// Says what was not asked properly.
#[inline(never)]
pub(crate) fn misused<P: Platform>(platform: &P, object: &str, why: &str) -> Failure {
    say(platform, &[object, ": ", why]);
    USAGE
}

/// The operands of a command that takes some. An option after the first would be one of them.
pub(crate) fn operands<'p, 'a, P: Platform>(
    platform: &P,
    parsed: &'p Parsed<'a>,
) -> Result<&'p [&'a str], Failure> {
    let words = parsed.rest(0);
    match words.iter().find(|word| word.starts_with('-')) {
        Some(word) => Err(misused(platform, word, "options go before operands")),
        None => Ok(words),
    }
}
