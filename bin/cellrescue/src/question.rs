//! A question that only `yes` answers with yes.

use embedded_io::Write;
use libcell::output::Output;
use libcell::platform::{Event, Platform};
use libcell::problem::Rule;
use libcell::progress::SIGNALS;

use crate::voice::{Failure, fail};

/// Standard input's token.
const INPUT: u32 = 1;

/// Asks on standard error and reads a line of standard input. An end of that, and a signal, are no.
///
/// # Errors
/// No was the answer, which was said of `object`.
pub(crate) fn confirmed<P: Platform>(
    platform: &P,
    object: &str,
    question: &[u8],
) -> Result<(), Failure> {
    if is_yes(platform, question) {
        Ok(())
    } else {
        Err(fail(platform, object, Rule::Declined.why()))
    }
}

fn is_yes<P: Platform>(platform: &P, question: &[u8]) -> bool {
    let asked = Output::standard(platform, 2).and_then(|mut error| {
        error.write_all(question)?;
        error.write_all(b"\nyes, or anything else to leave it: ")?;
        error.finish()
    });
    let (Ok(()), Ok(input)) = (asked, platform.standard(0)) else {
        return false;
    };
    // a file cannot be waited for, and need not be
    let is_watched = platform.watch_read(&input, INPUT).is_ok();
    let (mut line, mut used) = ([0_u8; 16], 0);
    let answer = loop {
        if is_watched {
            let mut events = [Event::Signal(0)];
            match (platform.wait(&mut events, None), events) {
                (Ok(1), [Event::Signal(number)]) if SIGNALS.contains(&number) => break false,
                (Ok(1), [Event::Readable(INPUT)]) => {}
                (Ok(_), _) => continue,
                (Err(_), _) => break false,
            }
        }
        let mut byte = [0];
        match (platform.read(&input, &mut byte), byte) {
            (Ok(1), [b'\n' | b'\r']) => break line.get(..used) == Some(b"yes"),
            (Ok(1), [byte]) => {
                // what is longer is no anyway
                if let Some(place) = line.get_mut(used) {
                    *place = byte;
                    used += 1;
                }
            }
            (Ok(_) | Err(_), _) => break false,
        }
    };
    if is_watched {
        let _ = platform.unwatch(&input);
    }
    answer
}
