//! Volumes from archives, so that at every instant there is the old one or the new one: see [`protocol`].
//!
//! Everything is on the data partition: the volume in [`VOLUMES`], what is unpacked and what is to be removed in
//! [`DIRECTORY`], the journal too. So each of the two renames is one of a file system, which has it done or not done.

mod archive;
mod journal;
pub mod protocol;
mod run;
mod source;
mod unpack;

use alloc::string::String;

use archive::Archive;
pub use journal::{Phase, Record};
use run::{Run, read_journal};

use crate::archive::{Allow, Digest, Manifest, Origin, Summary};
use crate::options::push;
use crate::platform::{Errno, FileKind, Open, Platform};
use crate::problem::{Problem, Why};
use crate::progress::Watch;
use crate::state::{DIRECTORY, VOLUMES, is_reserved};
use crate::tree;
use crate::trust::PublicKey;

/// What to restore from, and how.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// The archive.
    pub archive: &'a str,
    /// Who made it.
    pub origin: Origin,
    /// What it may have.
    pub allow: Allow,
    /// The volume; `None` is the one that the archive was made of.
    pub volume: Option<&'a str>,
    /// The board that the archive must have been made on; `None` is any.
    pub board: Option<&'a str>,
    /// The digest that it must have; `None` is any.
    pub digest: Option<Digest>,
    /// The key of its signature, and that; `None` is not verified.
    pub signature: Option<(&'a PublicKey, &'a [u8])>,
    /// What to do where there is no room for the old one and the new one.
    pub room: Room,
}

/// What to do where there is no room for the old one and the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Nothing is done.
    Both,
    /// Verify the archive, then give the old one up before the new one is unpacked.
    InPlace,
}

/// A volume that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Its name.
    pub volume: String,
    /// When its archive was made, seconds since 1970; 0 if it does not say.
    pub created: u32,
    /// What it turned out to be.
    pub summary: Summary,
}

/// What an earlier restore had come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// There was none.
    Clean,
    /// There was one that had not come to the new volume: the old one is there, or none as before.
    Old,
    /// It was finished: the volume is the new one.
    New(Record),
    /// The old volume was given up, and the archive is needed again.
    NeedArchive(Record),
}

/// Where everything is.
pub(crate) struct Places {
    pub volumes: String,
    pub state: String,
    staging: String,
    aside: String,
    lock: String,
}

pub(crate) fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    push(&mut text, parts);
    text
}

impl Places {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            volumes: joined(&[prefix, VOLUMES]),
            state: joined(&[prefix, DIRECTORY]),
            staging: joined(&[prefix, DIRECTORY, "/staging"]),
            aside: joined(&[prefix, DIRECTORY, "/aside"]),
            lock: joined(&[prefix, DIRECTORY, "/restore.lock"]),
        }
    }

    pub(crate) fn volume(&self, name: &str) -> String {
        joined(&[&self.volumes, "/", name])
    }
}

/// Finishes or undoes what an earlier restore had come to. Cheap when there is nothing: two small files are read.
///
/// # Errors
/// What could not be done. It can be tried again.
pub fn resume<P: Platform>(platform: &P, prefix: &str) -> Result<Resumed, Problem> {
    let places = Places::new(prefix);
    let journal = read_journal(platform, &places)?;
    let is_clean = journal.record.phase == Phase::Idle
        && platform.metadata(&places.staging) == Err(Errno::ENOENT);
    if is_clean {
        return Ok(Resumed::Clean);
    }
    let _lock = lock(platform, &places)?;
    // what it says may have changed until it was locked
    Run::new(platform, &places)?.go_on()
}

/// Forgets a volume that was given up: it stays missing.
///
/// # Errors
/// There is none, or the journal cannot be written.
pub fn forget<P: Platform>(platform: &P, prefix: &str) -> Result<Record, Problem> {
    let places = Places::new(prefix);
    let _lock = lock(platform, &places)?;
    let mut run = Run::new(platform, &places)?;
    match run.go_on()? {
        Resumed::NeedArchive(record) => {
            run.record(Record::IDLE)?;
            Ok(record)
        }
        Resumed::Clean | Resumed::Old | Resumed::New(_) => {
            Err(Problem::of(&[&places.state], "no volume is given up"))
        }
    }
}

/// One at a time.
pub(crate) fn lock<P: Platform>(platform: &P, places: &Places) -> Result<P::Fd, Problem> {
    make_state(platform, places)?;
    platform
        .open(&places.lock, Open::Lock, 0o600)
        .map_err(|errno| match errno {
            Errno::EAGAIN => Problem::of(&[&places.state], "another backup or restore is at work"),
            errno => Problem::of(&[&places.lock], errno),
        })
}

/// Makes the directory of the state, if it is missing.
fn make_state<P: Platform>(platform: &P, places: &Places) -> Result<(), Problem> {
    match platform.make_directory(&places.state, 0o700) {
        Ok(()) => tree::sync_directory(platform, &places.volumes),
        Err(Errno::EEXIST) => Ok(()),
        Err(errno) => Err(errno),
    }
    .map_err(|errno| Problem::of(&[&places.state], errno))
}

/// Restores a volume. When this fails the old one is as it was, but for [`Room::InPlace`] after the whole archive was
/// verified: then [`resume`] says that the archive is needed.
///
/// # Errors
/// Why not.
pub fn restore<P: Platform>(
    platform: &P,
    prefix: &str,
    order: &Order<'_>,
    watch: &mut dyn Watch,
) -> Result<Restored, Problem> {
    let places = Places::new(prefix);
    let _lock = lock(platform, &places)?;
    let mut run = Run::new(platform, &places)?;
    let waiting = match run.go_on()? {
        Resumed::NeedArchive(record) => Some(record.name),
        Resumed::Clean | Resumed::Old | Resumed::New(_) => None,
    };
    let archive = Archive::open(platform, order)?;
    let manifest = archive.manifest(watch)?;
    let name = match (order.volume, &manifest) {
        (Some(name), _) => name,
        (None, Some(manifest)) => &manifest.name,
        (None, None) => {
            return Err(Problem::of(
                &[order.archive],
                "does not say of which volume it is",
            ));
        }
    };
    if cell_abi::CellName::new(name).is_err() || is_reserved(name) {
        return Err(Problem::of(&[name], "not the name of a volume"));
    }
    if let (Some(wanted), Some(manifest)) = (order.board, &manifest)
        && manifest.board != "-"
        && manifest.board != wanted
    {
        return Err(Problem::of(
            &[order.archive, ": board ", &manifest.board],
            "made on another board",
        ));
    }
    if let Some(waiting) = waiting.filter(|waiting| waiting != name) {
        return Err(Problem::of(
            &[&waiting],
            "was given up and needs its archive first (resume --forget leaves it missing)",
        ));
    }
    run.target = places.volume(name);
    check_target(platform, &places, &run.target)?;
    let created = manifest.as_ref().map_or(0, |manifest| manifest.created);
    let record = |phase, digest| Record {
        phase,
        name: name.into(),
        created,
        digest,
    };
    let needed = archive.space_kib(manifest.as_ref());
    let fits = has_room(platform, &places.state, needed);
    if order.room == Room::InPlace && fits.is_err() {
        let verified = archive.verify(watch)?;
        run.give_up(&|phase| record(phase, verified.digest), needed)?;
    } else {
        fits?;
    }
    let summary = run.unpack(&archive, watch)?;
    run.record(record(Phase::Switching, summary.digest))?;
    run.go_on()?;
    Ok(Restored {
        volume: name.into(),
        created,
        summary,
    })
}

/// Reads all of an archive and looks whether it is whole.
///
/// # Errors
/// What is wrong with it.
pub fn verify<P: Platform>(
    platform: &P,
    order: &Order<'_>,
    watch: &mut dyn Watch,
) -> Result<(Option<Manifest>, Summary), Problem> {
    let archive = Archive::open(platform, order)?;
    let manifest = archive.manifest(watch)?;
    Ok((manifest, archive.verify(watch)?))
}

/// What an archive says of itself. Only its beginning is read, and nothing is verified.
///
/// # Errors
/// It has no manifest that can be read.
pub fn manifest<P: Platform>(platform: &P, path: &str) -> Result<Manifest, Problem> {
    let order = Order {
        archive: path,
        origin: Origin::Picocell,
        allow: Allow::default(),
        volume: None,
        board: None,
        digest: None,
        signature: None,
        room: Room::Both,
    };
    let archive = Archive::open(platform, &order)?;
    let manifest = archive.manifest(&mut crate::progress::Unwatched)?;
    manifest.ok_or_else(|| Problem::of(&[path], "has no manifest"))
}

/// That a volume may be replaced: a directory or nothing, on the file system of the state, and mounted nowhere.
fn check_target<P: Platform>(platform: &P, places: &Places, target: &str) -> Result<(), Problem> {
    let refuse = |why: Why| Problem::of(&[target], why);
    let file_system = |path: &str| {
        let directory = tree::open(platform, path)?;
        Ok(platform.status_at(&directory, b".")?.file_system)
    };
    match platform.metadata(target) {
        Ok(of) if of.kind == FileKind::Directory => {
            let of = file_system(target).map_err(|errno: Errno| refuse(errno.into()))?;
            let state = file_system(&places.state).map_err(|errno| refuse(errno.into()))?;
            if of != state {
                return Err(refuse(
                    "not on the file system of the state directory: cannot be renamed".into(),
                ));
            }
        }
        Ok(_) => return Err(refuse(Errno::ENOTDIR.into())),
        Err(Errno::ENOENT) => {}
        Err(errno) => return Err(refuse(errno.into())),
    }
    check_unused(platform, target)
}

/// That nothing is mounted in a directory and it is shown nowhere else.
pub(crate) fn check_unused<P: Platform>(platform: &P, path: &str) -> Result<(), Problem> {
    let mut is_used = false;
    let listed = platform.mounts(&mut |mounted| {
        is_used |= [mounted.from, mounted.on]
            .into_iter()
            .any(|at| crate::archive::is_within(at, path));
    });
    match listed {
        Err(errno) => Err(Problem::of(&["mounts"], errno)),
        Ok(()) if is_used => Err(Problem::of(&[path], "in use: stop the cells that mount it")),
        Ok(()) => Ok(()),
    }
}

/// That there is room.
pub(crate) fn has_room<P: Platform>(
    platform: &P,
    path: &str,
    needed_kib: u64,
) -> Result<(), Problem> {
    let space = platform.space(path);
    let space = space.map_err(|errno| Problem::of(&[path], errno))?;
    if needed_kib <= space.free_kib {
        return Ok(());
    }
    let number = |kib| u32::try_from(kib).unwrap_or(u32::MAX);
    let why = Why::Room {
        needed_kib: number(needed_kib),
        free_kib: number(space.free_kib),
    };
    Err(Problem::of(&[path], why))
}
