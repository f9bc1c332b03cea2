//! `resume`: what an earlier restore had come to.

use alloc::string::String;

use libcell::job::Job;
use libcell::options::Parsed;
use libcell::platform::{Platform, utf8};
use libcell::progress::Unwatched;
use libcell::restore::{self, Resumed};
use libcell::table::Line;
use libcell::time::Form;

use crate::verify::digits_of;
use crate::voice::{FAILED, Failure, failed, say};

/// The command.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let prefix = platform.prefix();
    if parsed.has(b'f') {
        let mut watch = Unwatched;
        let mut job = Job::new(platform, prefix, &mut watch);
        restore::forget(&mut job).map_err(|why| failed(&job, why))?;
        say(platform, &[&job.found.volume, ": stays missing"]);
        return Ok(());
    }
    match resume(platform, prefix)? {
        (Resumed::NeedArchive, _) => Err(FAILED),
        (Resumed::Clean | Resumed::Old | Resumed::New, _) => Ok(()),
    }
}

/// Finishes or undoes what an earlier restore had come to and says which, of which volume; nothing is said when there is
/// nothing to do.
///
/// # Errors
/// It could not be done, which was said.
pub fn resume<P: Platform>(platform: &P, prefix: &str) -> Result<(Resumed, String), Failure> {
    let mut watch = Unwatched;
    let mut job = Job::new(platform, prefix, &mut watch);
    let resumed = restore::resume(&mut job).map_err(|why| failed(&job, why))?;
    let found = &job.found;
    let (mut date, mut digest) = (Line::new(), Line::new());
    Form::People.write(&mut date, found.created);
    digits_of(&mut digest, &found.digest);
    let [date, digest] = [&date, &digest].map(|line| utf8(line).unwrap_or_default());
    let volume = found.volume.as_str();
    match resumed {
        Resumed::Clean => {}
        Resumed::Old => say(
            platform,
            &["a restore was cut before it had all: undone, the old volume is there"],
        ),
        Resumed::New => say(
            platform,
            &[
                volume,
                ": a restore was cut: finished, the volume is the new one, of ",
                date,
            ],
        ),
        Resumed::NeedArchive => say(
            platform,
            &[
                volume,
                ": was given up for a new one that is not there: restore it from the archive of ",
                date,
                ", sha256 ",
                digest,
            ],
        ),
    }
    Ok((resumed, job.found.volume))
}
