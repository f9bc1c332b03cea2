//! A volume becomes an archive.

use alloc::{string::String, vec::Vec};

use super::file::File;
use super::source::{CHANGED, Take, Tree};
use super::{Backup, PART, delete, list, name};
use crate::archive::{Allow, Digest, Entry, Manifest, Sums, Writer};
use crate::platform::{Errno, Open, Platform};
use crate::problem::{Problem, Why};
use crate::progress::{Stage, Watch};
use crate::restore::{Places, check_unused, has_room, joined, lock};
use crate::tree;

/// What to save, and where.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The volume.
    pub volume: &'a str,
    /// The name of the board, `-` if unknown.
    pub board: &'a str,
    /// SHA-256 of the image in hexadecimal, `-` if unknown.
    pub image: &'a str,
    /// The directory that it is saved in; `None` is that of the device.
    pub directory: Option<&'a str>,
    /// What it may have.
    pub allow: Allow,
    /// How many of this volume are to be there afterwards; `None` is all.
    pub keep: Option<u16>,
    /// What to do where it may not fit.
    pub tight: Tight,
}

/// What to do where an archive fits only if it becomes smaller than what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tight {
    /// Nothing.
    Refuse,
    /// Try.
    Try,
}

/// An archive that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its path.
    pub path: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its digest.
    pub digest: Digest,
    /// Older ones that were deleted.
    pub deleted: Vec<Backup>,
}

/// Saves a volume. Nothing is left when this fails.
///
/// # Errors
/// Why not.
pub fn create<P: Platform>(
    platform: &P,
    prefix: &str,
    plan: &Plan<'_>,
    watch: &mut dyn Watch,
) -> Result<Saved, Problem> {
    let places = Places::new(prefix);
    // a data partition that cannot be written any more is one to be saved elsewhere all the more
    let _lock = match lock(platform, &places) {
        Err(Problem {
            why: Why::System(Errno::EROFS),
            ..
        }) if plan.directory.is_some() => None,
        lock => Some(lock?),
    };
    if cell_abi::CellName::new(plan.volume).is_err() || crate::state::is_reserved(plan.volume) {
        return Err(Problem::of(&[plan.volume], "not the name of a volume"));
    }
    let path = places.volume(plan.volume);
    check_unused(platform, &path)?;
    let own = joined(&[prefix, super::DIRECTORY]);
    let directory = plan.directory.unwrap_or(&own);
    if plan.directory.is_none() {
        make_directory(platform, &places, directory)?;
    }
    let mut tree = Tree::new(platform, &path, plan.allow);
    let mut sums = Counted(Sums::default());
    tree.give(&mut sums)?;
    if plan.tight == Tight::Refuse {
        has_room(platform, directory, sums.0.space_kib)?;
    }
    let manifest = Manifest {
        name: plan.volume.into(),
        board: plan.board.into(),
        image: plan.image.into(),
        created: time(platform, directory, plan.volume)?,
        sums: sums.0,
    };
    let whole = joined(&[directory, "/", &name(plan.volume, manifest.created)]);
    let part = joined(&[&whole, PART]);
    let made = write(platform, &mut tree, (&part, &manifest), watch).and_then(|digest| {
        platform
            .rename(&part, &whole)
            .and_then(|()| tree::sync_directory(platform, directory))
            .map_err(|errno| Problem::of(&[&whole], errno))?;
        Ok(digest)
    });
    if made.is_err() {
        let _ = platform.unlink(&part);
    }
    let digest = made?;
    let mut deleted = Vec::new();
    if let Some(keep) = plan.keep {
        let old = list(platform, directory, Some(plan.volume))?;
        for backup in old.into_iter().skip(usize::from(keep.max(1))) {
            delete(platform, directory, &backup.file())?;
            deleted.push(backup);
        }
    }
    Ok(Saved {
        path: whole,
        manifest,
        digest,
        deleted,
    })
}

/// Makes the directory of the device's own archives, and takes away what was not finished in it.
fn make_directory<P: Platform>(
    platform: &P,
    places: &Places,
    directory: &str,
) -> Result<(), Problem> {
    let below = directory.get(places.state.len() + 1..).unwrap_or_default();
    let mut above = places.state.len();
    for part in below.split('/') {
        let end = above + 1 + part.len();
        let path = directory.get(..end).unwrap_or_default();
        match platform.make_directory(path, 0o700) {
            Ok(()) => tree::sync_directory(platform, directory.get(..above).unwrap_or_default()),
            Err(Errno::EEXIST) => Ok(()),
            Err(errno) => Err(errno),
        }
        .map_err(|errno| Problem::of(&[path], errno))?;
        above = end;
    }
    let problem = |errno| Problem::of(&[directory], errno);
    let fd = tree::open(platform, directory).map_err(problem)?;
    let mut parts = Vec::new();
    let listed = platform.names(&fd, &mut |file| {
        if file.ends_with(PART.as_bytes()) && parts.len() < 100 {
            parts.push(Vec::from(file));
        }
    });
    listed.map_err(problem)?;
    for part in parts {
        let removed = platform.remove_at(&fd, &part, crate::platform::Removal::File);
        removed.map_err(problem)?;
    }
    Ok(())
}

/// Now, but later than any archive of this volume that is there: a device may have no clock.
fn time<P: Platform>(platform: &P, directory: &str, volume: &str) -> Result<u32, Problem> {
    let now = u32::try_from(platform.clock().seconds.max(0)).unwrap_or(u32::MAX);
    let before = list(platform, directory, Some(volume))?;
    let newest = before.first().map_or(0, |newest| newest.created);
    Ok(now.max(newest.saturating_add(1)))
}

fn write<P: Platform>(
    platform: &P,
    tree: &mut Tree<'_, P>,
    (part, manifest): (&str, &Manifest),
    watch: &mut dyn Watch,
) -> Result<Digest, Problem> {
    let problem = |errno| Problem::of(&[part], errno);
    match platform.unlink(part) {
        Ok(()) | Err(Errno::ENOENT) => {}
        Err(errno) => return Err(problem(errno)),
    }
    let fd = platform
        .open(part, Open::CreateNew, 0o600)
        .map_err(problem)?;
    let sink = File { platform, fd };
    let mut writing = Writing {
        writer: Writer::new(sink, manifest).map_err(problem)?,
        sums: Sums::default(),
        done: 0,
        total: manifest.sums.bytes,
        watch,
    };
    let given = tree.give(&mut writing);
    if let Err(problem) = given
        && problem.why != Why::Rule(FAILED)
    {
        return Err(problem);
    }
    if writing.sums != manifest.sums && !writing.writer.has_failed() {
        return Err(Problem::of(&[&manifest.name], CHANGED));
    }
    let (file, digest) = writing.writer.finish(manifest).map_err(problem)?;
    platform.sync(&file.fd).map_err(problem)?;
    Ok(digest)
}

/// Instead of the reason, which the writer knows.
const FAILED: &str = "the archive cannot be written";

/// Only counts.
struct Counted(Sums);

impl Take for Counted {
    fn entry(&mut self, entry: &Entry) -> Result<(), Why> {
        self.0.add(entry);
        Ok(())
    }

    fn wants_data(&self) -> bool {
        false
    }

    fn data(&mut self, _: &[u8]) -> Result<(), Why> {
        Ok(())
    }
}

/// Writes.
struct Writing<'a, P: Platform> {
    writer: Writer<File<'a, P>>,
    sums: Sums,
    done: u64,
    total: u64,
    watch: &'a mut dyn Watch,
}

impl<P: Platform> Take for Writing<'_, P> {
    fn entry(&mut self, entry: &Entry) -> Result<(), Why> {
        self.sums.add(entry);
        self.watch.step(Stage::Save, self.done, self.total)?;
        if self.writer.entry(entry) {
            Ok(())
        } else {
            Err(FAILED.into())
        }
    }

    fn wants_data(&self) -> bool {
        true
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), Why> {
        self.done += bytes.len() as u64;
        self.watch.step(Stage::Save, self.done, self.total)?;
        if self.writer.data(bytes) {
            Ok(())
        } else {
            Err(FAILED.into())
        }
    }
}
