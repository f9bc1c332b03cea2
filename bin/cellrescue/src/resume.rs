//! `resume`: what an earlier restore had come to.

use alloc::string::String;

use libcell::job::Job;
use libcell::options::Parsed;
use libcell::platform::{Platform, utf8};
use libcell::progress::Unwatched;
use libcell::restore::{self, Resumed};
use libcell::table::Line;
use libcell::time::Form;

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
    let what = match resumed {
        Resumed::Clean => "",
        Resumed::Old => "undone, the old volume is there: of the new one not all was there, of ",
        Resumed::New => "finished, the volume is the new one, of ",
        Resumed::NeedArchive => "the old volume was given up: restore it from the archive of ",
    };
    let volume = job.found.volume;
    if !what.is_empty() {
        let mut date = Line::new();
        Form::People.write(&mut date, job.found.created);
        let date = utf8(&date).unwrap_or_default();
        say(platform, &[&volume, ": a restore was cut: ", what, date]);
    }
    Ok((resumed, volume))
}
