//! `delete`: archives that are on the device itself.

use libcell::backup;
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::table::{Line, clean};

use crate::device::joined;
use crate::question::confirmed;
use crate::voice::{FAILED, Failure, USAGE, problem, say};

/// Deletes.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let directory = joined(&[platform.prefix(), backup::DIRECTORY]);
    let files = parsed.rest(0);
    if files.is_empty() {
        say(platform, format_args!("delete: file: missing"));
        return Err(USAGE);
    }
    if !parsed.has(b'y') {
        let mut question = Line::from(*b"delete");
        for file in files {
            question.push(b' ');
            clean(&mut question, file, b'?');
        }
        if !confirmed(platform, &question) {
            say(
                platform,
                format_args!("{}: left as it is", files.first().unwrap_or(&"")),
            );
            return Err(FAILED);
        }
    }
    for file in files {
        backup::delete(platform, &directory, file).map_err(|why| problem(platform, &why))?;
    }
    Ok(())
}
