//! A volume becomes an archive.

use alloc::{string::String, vec::Vec};

use super::file::File;
use super::source::{Take, Tree};
use super::{PART, delete, list, name, remove_if_there};
use crate::archive::{Allow, Entry, Manifest, Sums, Writer};
use crate::job::{Job, joined};
use crate::platform::{Errno, Open, Platform, Removal};
use crate::problem::{Rule, Why};
use crate::progress::{Stage, Watch};
use crate::restore::{check_name, check_unused, has_room, lock};
use crate::state::VOLUMES;
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
    /// How many of this volume are to be there afterwards; 0 is all.
    pub keep: u16,
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

/// Saves a volume. Nothing is left when this fails. What was saved is found then, and the object is the archive's path.
///
/// # Errors
/// Why not.
pub fn create<P: Platform>(job: &mut Job<'_, P>, plan: &Plan<'_>) -> Result<(), Why> {
    let platform = job.platform;
    // a data partition that cannot be written any more is one to be saved elsewhere all the more
    let _lock = match lock(job) {
        Err(Errno::EROFS) if plan.directory.is_some() => None,
        lock => Some(lock?),
    };
    check_name(job, plan.volume)?;
    let path = joined(&[job.prefix, VOLUMES, "/", plan.volume]);
    job.object.clone_from(&path);
    check_unused(job)?;
    let own = joined(&[job.prefix, super::DIRECTORY]);
    let directory = plan.directory.unwrap_or(&own);
    if plan.directory.is_none() {
        make_directory(job)?;
    }
    let mut volume = Tree::new(platform, &path, plan.allow);
    let mut counted = Counted(Sums::default());
    volume.give(&mut job.object, &mut counted)?;
    job.at(&[directory]);
    if plan.tight == Tight::Refuse {
        has_room(job, counted.0.space_kib)?;
    }
    // later than any archive of this volume that is there: a device may have no clock
    let now = u32::try_from(platform.clock().seconds.max(0)).unwrap_or(u32::MAX);
    let before = list(platform, directory, Some(plan.volume))?;
    let newest = before.first().map_or(0, |newest| newest.created);
    let created = now.max(newest.saturating_add(1));
    let manifest = Manifest::new(plan.volume, plan.board, plan.image, created, counted.0);
    let whole = joined(&[directory, "/", &name(plan.volume, created)]);
    let part = joined(&[&whole, PART]);
    let mut made = write(job, &mut volume, (&part, &manifest));
    if made.is_ok() {
        job.object.clone_from(&whole);
        made = platform
            .rename(&part, &whole)
            .and_then(|()| tree::sync_directory(platform, directory));
    }
    if made.is_err() {
        let _ = platform.unlink(&part);
        return made;
    }
    job.found.volume = String::from(plan.volume);
    (job.found.created, job.found.sums) = (created, counted.0);
    if plan.keep != 0 {
        let older = before.iter().skip(usize::from(plan.keep - 1));
        for backup in older {
            delete(job, directory, &backup.file())?;
        }
    }
    job.object = whole;
    Ok(())
}

/// Makes the directory of the device's own archives, and takes away what was not finished in it.
fn make_directory<P: Platform>(job: &mut Job<'_, P>) -> Result<(), Why> {
    let platform = job.platform;
    // the state is there, or it could not be locked
    let mut above = job.state("");
    for name in ["/backups", "/backups/volumes"] {
        job.object = job.state(name);
        match platform.make_directory(&job.object, 0o700) {
            Ok(()) => tree::sync_directory(platform, &above)?,
            Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
        above.clone_from(&job.object);
    }
    let fd = tree::open(platform, &above)?;
    let mut parts: Vec<Vec<u8>> = Vec::new();
    platform.names(&fd, &mut |file| {
        if file.ends_with(PART.as_bytes()) && parts.len() < 100 {
            parts.push(file.into());
        }
    })?;
    for part in parts {
        platform.remove_at(&fd, &part, Removal::File)?;
    }
    Ok(())
}

fn write<P: Platform>(
    job: &mut Job<'_, P>,
    volume: &mut Tree<'_, P>,
    (part, manifest): (&str, &Manifest),
) -> Result<(), Why> {
    let platform = job.platform;
    job.at(&[part]);
    remove_if_there(platform, part)?;
    let fd = platform.open(part, Open::CreateNew, 0o600)?;
    let mut writing = Writing {
        writer: Writer::new(File { platform, fd }, manifest)?,
        sums: Sums::default(),
        done: 0,
        total: manifest.sums.bytes,
        watch: job.watch,
    };
    let given = volume.give(&mut job.object, &mut writing);
    // what the writer's own failure was comes at its end
    if !writing.writer.has_failed() {
        given?;
        if writing.sums != manifest.sums {
            return Err(Rule::Changed.into());
        }
    }
    let finished = writing.writer.finish(manifest);
    job.at(&[part]);
    let (file, digest) = finished?;
    job.found.digest = digest;
    platform.sync(&file.fd)
}

/// Only counts.
struct Counted(Sums);

impl Take for Counted {
    fn entry(&mut self, entry: &Entry) -> Result<(), Why> {
        self.0.add(entry);
        Ok(())
    }

    fn data(&mut self, _: &[u8]) -> Result<bool, Why> {
        Ok(false)
    }
}

/// Writes.
struct Writing<'a, 'w, P: Platform> {
    writer: Writer<File<'a, P>>,
    sums: Sums,
    done: u64,
    total: u64,
    watch: &'w mut dyn Watch,
}

impl<P: Platform> Writing<'_, '_, P> {
    /// Ends it when the writer has failed.
    fn go_on(&mut self, has_written: bool) -> Result<bool, Why> {
        self.watch.step(Stage::Save, self.done, self.total)?;
        if has_written {
            Ok(true)
        } else {
            Err(Errno::EIO)
        }
    }
}

impl<P: Platform> Take for Writing<'_, '_, P> {
    fn entry(&mut self, entry: &Entry) -> Result<(), Why> {
        self.sums.add(entry);
        let has_written = self.writer.entry(entry);
        self.go_on(has_written).map(drop)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<bool, Why> {
        self.done += bytes.len() as u64;
        let has_written = self.writer.data(bytes);
        self.go_on(has_written)
    }
}
