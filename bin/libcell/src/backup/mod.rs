//! Archives of volumes: made, listed, deleted, so many kept.
//!
//! They are files `VOLUME_YYYYmmddHHMMSS.tar.gz` in a directory, by default in [`DIRECTORY`]; the time is UTC and part of the
//! name, so that names sort by age. One that is being written has `.part` at its end: it is whole when it has its name.

mod file;
mod save;
mod source;

use alloc::{string::String, vec::Vec};

pub use save::{Plan, Tight, create};

use crate::job::{Job, joined};
use crate::platform::{Errno, Platform, utf8};
use crate::problem::{Rule, Why};
use crate::table::Line;
use crate::time::{Form, Seconds};
use crate::tree;

/// Where they are, below the prefix.
pub const DIRECTORY: &str = "/volumes/.state/backups/volumes";

/// What their names end with.
pub const SUFFIX: &str = ".tar.gz";

/// What the name of a signature ends with, after the name of the archive.
pub const SIGNATURE: &str = ".minisig";

/// What is added to the name of one that is not whole.
const PART: &str = ".part";

/// Digits of a time in a name.
const DIGITS: usize = 14;

/// Most that are listed, the newest.
const LIST_MAX: usize = 1000;

/// An archive by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// When it was made.
    pub created: Seconds,
    /// Of which volume.
    pub volume: String,
    /// Bytes.
    pub size: u64,
}

impl Backup {
    /// The name of its file.
    #[must_use]
    pub fn file(&self) -> String {
        name(&self.volume, self.created)
    }
}

/// The name of an archive.
#[must_use]
pub fn name(volume: &str, created: Seconds) -> String {
    let mut time = Line::new();
    Form::Name.write(&mut time, created);
    joined(&[volume, "_", utf8(&time).unwrap_or_default(), SUFFIX])
}

/// The volume and the time in the name of an archive; `None` if it is none.
#[must_use]
pub fn parse(name: &str) -> Option<(&str, Seconds)> {
    let rest = name.strip_suffix(SUFFIX)?;
    let (volume, time) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    let volume = volume.strip_suffix('_')?;
    cell_abi::CellName::new(volume).ok()?;
    Some((volume, Form::Name.read(time.as_bytes())?))
}

/// The archives in a directory, of one volume or of all, the newest first. A directory that is not there has none.
///
/// # Errors
/// It cannot be read.
pub fn list<P: Platform>(
    platform: &P,
    directory: &str,
    volume: Option<&str>,
) -> Result<Vec<Backup>, Errno> {
    let mut found: Vec<Backup> = Vec::new();
    let fd = match tree::open(platform, directory) {
        Err(Errno::ENOENT) => return Ok(found),
        fd => fd?,
    };
    platform.names(&fd, &mut |file| {
        let Some((of, created)) = utf8(file).and_then(parse) else {
            return;
        };
        if volume.is_some_and(|wanted| wanted != of) {
            return;
        }
        let size = platform.metadata_at(&fd, file).map_or(0, |of| of.size);
        // so few that looking for the place costs nothing beside the call
        let is_after = |other: &Backup| (other.created, other.volume.as_str()) < (created, of);
        let place = found.iter().position(is_after).unwrap_or(found.len());
        let backup = Backup {
            created,
            volume: of.into(),
            size,
        };
        found.insert(place, backup);
        found.truncate(LIST_MAX);
    })?;
    Ok(found)
}

/// Deletes an archive in a directory, and its signature with it.
///
/// # Errors
/// Its name is not one of an archive, or it cannot be deleted.
pub fn delete<P: Platform>(job: &mut Job<'_, P>, directory: &str, file: &str) -> Result<(), Why> {
    let platform = job.platform;
    job.at(&[directory, "/", file]);
    if parse(file).is_none() {
        return Err(Rule::NotAnArchiveName.into());
    }
    platform.unlink(&job.object)?;
    remove_if_there(platform, &joined(&[&job.object, SIGNATURE]))?;
    tree::sync_directory(platform, directory)
}

/// unlink(2) of what need not be there.
fn remove_if_there<P: Platform>(platform: &P, path: &str) -> Result<(), Errno> {
    match platform.unlink(path) {
        Err(Errno::ENOENT) => Ok(()),
        unlinked => unlinked,
    }
}

#[cfg(test)]
mod tests {
    use std::prelude::rust_2024::*;

    use super::*;

    #[test]
    fn a_name_says_the_volume_and_the_time() {
        assert_eq!(
            name("web_data", 1_790_000_000),
            "web_data_20260921141320.tar.gz"
        );
        assert_eq!(
            parse("web_data_20260921141320.tar.gz"),
            Some(("web_data", 1_790_000_000))
        );
        for other in [
            "web.tar.gz",
            "_20260921141320.tar.gz",
            "web_20260931141320.tar.gz",
            "web_20260921141320.tar",
            "web_20260921141320.tar.gz.part",
            "../web_20260921141320.tar.gz",
            "web_2026092114132.tar.gz",
            ".._20260921141320.tar.gz",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
