//! `delete`: archives that are on the device itself.

use libcell::backup;
use libcell::job::{Job, joined};
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::progress::Unwatched;
use libcell::table::{Line, clean};

use crate::question::confirmed;
use crate::voice::{FAILED, Failure, failed, misused, operands, say};

/// Deletes.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let directory = joined(&[platform.prefix(), backup::DIRECTORY]);
    let files = operands(platform, parsed)?;
    if files.is_empty() {
        return Err(misused(platform, "delete", "file: missing"));
    }
    if !parsed.has(b'y') {
        let mut question = Line::from(*b"delete");
        for file in files {
            question.push(b' ');
            clean(&mut question, file, b'?');
        }
        if !confirmed(platform, &question) {
            say(platform, &["archives: left as they are"]);
            return Err(FAILED);
        }
    }
    let mut watch = Unwatched;
    let mut job = Job::new(platform, platform.prefix(), &mut watch);
    for file in files {
        backup::delete(&mut job, &directory, file).map_err(|why| failed(&job, why))?;
    }
    Ok(())
}
