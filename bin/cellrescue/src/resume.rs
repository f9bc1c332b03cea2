//! `resume`: what an earlier restore had come to.

use alloc::string::String;

use libcell::options::Parsed;
use libcell::platform::{Platform, utf8};
use libcell::restore::{self, Record, Resumed};
use libcell::table::Line;
use libcell::time::Form;

use crate::verify::digits_of;
use crate::voice::{FAILED, Failure, problem, say};

/// The command.
pub(crate) fn run_command<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let prefix = platform.prefix();
    if parsed.has(b'f') {
        let record = restore::forget(platform, prefix).map_err(|why| problem(platform, &why))?;
        say(platform, format_args!("{}: stays missing", record.name));
        return Ok(());
    }
    match resume(platform, prefix)? {
        Resumed::NeedArchive(_) => Err(FAILED),
        Resumed::Clean | Resumed::Old | Resumed::New(_) => Ok(()),
    }
}

/// Finishes or undoes it and says which; nothing is said when there is nothing to do.
///
/// # Errors
/// It could not be done, which was said.
pub fn resume<P: Platform>(platform: &P, prefix: &str) -> Result<Resumed, Failure> {
    let resumed = restore::resume(platform, prefix).map_err(|why| problem(platform, &why))?;
    match &resumed {
        Resumed::Clean => {}
        Resumed::Old => say(
            platform,
            format_args!("a restore was cut before it had all: undone, the old volume is there"),
        ),
        Resumed::New(record) => say(
            platform,
            format_args!(
                "{}: a restore was cut: finished, the volume is the new one, of {}",
                record.name,
                date(record.created)
            ),
        ),
        Resumed::NeedArchive(record) => {
            let digest = digest(record);
            say(
                platform,
                format_args!(
                    "{}: was given up for a new one that is not there: restore it from the archive of {}, sha256 {digest}",
                    record.name,
                    date(record.created)
                ),
            );
        }
    }
    Ok(resumed)
}

fn date(time: u32) -> String {
    let mut line = Line::new();
    Form::People.write(&mut line, time);
    utf8(&line).unwrap_or_default().into()
}

fn digest(record: &Record) -> String {
    let mut line = Line::new();
    digits_of(&mut line, &record.digest);
    utf8(&line).unwrap_or_default().into()
}
