//! `delete`: archives that are on the device itself.

use libcell::backup;
use libcell::job::{Job, joined};
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::progress::Unwatched;
use libcell::table::{Line, clean};

use crate::question::confirmed;
use crate::voice::{Failure, failed, operands};

/// Deletes.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let directory = joined(&[platform.prefix(), backup::DIRECTORY]);
    let files = operands(platform, parsed, "file")?;
    if !parsed.has(b'y') {
        let mut question = Line::from(*b"delete");
        for file in files {
            question.push(b' ');
            clean(&mut question, file, b'?');
        }
        confirmed(platform, "archives", &question)?;
    }
    let mut watch = Unwatched;
    let mut job = Job::new(platform, platform.prefix(), &mut watch);
    for file in files {
        backup::delete(&mut job, &directory, file).map_err(|why| failed(&job, why))?;
    }
    Ok(())
}
