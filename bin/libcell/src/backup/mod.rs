//! Archives of volumes: made, listed, deleted, so many kept.
//!
//! They are files `VOLUME_YYYYmmddHHMMSS.tar.gz` in a directory, by default in [`DIRECTORY`]; the time is UTC and part of the
//! name, so that names sort by age. One that is being written has `.part` at its end: it is whole when it has its name.

mod file;
mod save;
mod source;

use alloc::{string::String, vec::Vec};

pub use save::{Plan, Saved, Tight, create};

use crate::platform::{Errno, Platform, utf8};
use crate::problem::Problem;
use crate::restore::joined;
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
) -> Result<Vec<Backup>, Problem> {
    let problem = |errno| Problem::of(&[directory], errno);
    let fd = match tree::open(platform, directory) {
        Err(Errno::ENOENT) => return Ok(Vec::new()),
        fd => fd.map_err(problem)?,
    };
    let mut found: Vec<Backup> = Vec::new();
    let listed = platform.names(&fd, &mut |file| {
        let parsed = utf8(file).and_then(parse);
        if let Some((of, created)) =
            parsed.filter(|(of, _)| volume.is_none_or(|wanted| wanted == *of))
        {
            let size = platform.metadata_at(&fd, file);
            let backup = Backup {
                created,
                volume: of.into(),
                size: size.map_or(0, |of| of.size),
            };
            // so few that looking for the place costs nothing beside the call
            let place = found.iter().position(|other| *other < backup);
            found.insert(place.unwrap_or(found.len()), backup);
            found.truncate(LIST_MAX);
        }
    });
    listed.map_err(problem)?;
    Ok(found)
}

/// Deletes an archive, and its signature with it.
///
/// # Errors
/// Its name is not one of an archive, or it cannot be deleted.
pub fn delete<P: Platform>(platform: &P, directory: &str, file: &str) -> Result<(), Problem> {
    let path = joined(&[directory, "/", file]);
    if parse(file).is_none() {
        return Err(Problem::of(&[&path], "not the name of an archive"));
    }
    let signature = joined(&[&path, SIGNATURE]);
    platform
        .unlink(&path)
        .and_then(|()| match platform.unlink(&signature) {
            Err(Errno::ENOENT) => Ok(()),
            unlinked => unlinked,
        })
        .and_then(|()| tree::sync_directory(platform, directory))
        .map_err(|errno| Problem::of(&[&path], errno))
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
