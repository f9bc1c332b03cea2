//! Volumes from archives, so that at every instant there is the old one or the new one: see [`protocol`].
//!
//! Everything is on the data partition: the volume in [`VOLUMES`], what is unpacked and what is to be removed in
//! [`DIRECTORY`], the journal too. So each of the two renames is one of a file system, which has it done or not done.

mod archive;
mod device;
mod journal;
pub mod protocol;
mod question;
mod run;
mod source;
mod unpack;

use alloc::string::String;

use archive::{Archive, Pass};
pub use device::Device;
pub use journal::Phase;
pub use question::question;
use run::{Run, STAGING, read_journal};

use crate::archive::{Allow, Digest, Manifest, Origin, is_within};
use crate::job::{Job, joined};
use crate::platform::{Errno, FileKind, Open, Platform, utf8};
use crate::problem::{Rule, Why};
use crate::state::{DIRECTORY, VOLUMES, is_reserved};
use crate::table::{Line, digits};
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

impl<'a> Order<'a> {
    /// Of an archive of anybody's for the volume that it was made of.
    #[must_use]
    pub fn new(archive: &'a str, origin: Origin) -> Self {
        Self {
            archive,
            origin,
            allow: Allow::default(),
            volume: None,
            board: None,
            digest: None,
            signature: None,
            room: Room::Both,
        }
    }
}

/// What to do where there is no room for the old one and the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Nothing is done.
    Both,
    /// Verify the archive, then give the old one up before the new one is unpacked.
    InPlace,
}

/// What an earlier restore had come to. Which volume, and of which archive, stands in [`Job::found`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// There was none.
    Clean,
    /// There was one that had not come to the new volume: the old one is there, or none as before.
    Old,
    /// It was finished: the volume is the new one.
    New,
    /// The old volume was given up, and the archive is needed again.
    NeedArchive,
}

/// Finishes or undoes what an earlier restore had come to. Cheap when there is nothing: two small files are read.
///
/// # Errors
/// What could not be done. It can be tried again.
pub fn resume<P: Platform>(job: &mut Job<'_, P>) -> Result<Resumed, Why> {
    let journal = read_journal(job)?;
    if journal.phase == Phase::Idle
        && job.platform.metadata(&job.state(STAGING)) == Err(Errno::ENOENT)
    {
        return Ok(Resumed::Clean);
    }
    let _lock = lock(job)?;
    // what it says may have changed until it was locked
    Run::new(job)?.go_on()
}

/// Forgets a volume that was given up: it stays missing.
///
/// # Errors
/// There is none, or the journal cannot be written.
pub fn forget<P: Platform>(job: &mut Job<'_, P>) -> Result<(), Why> {
    let _lock = lock(job)?;
    let mut run = Run::new(job)?;
    match run.go_on()? {
        Resumed::NeedArchive => run.record(Phase::Idle),
        Resumed::Clean | Resumed::Old | Resumed::New => Err(Rule::NoneGivenUp.into()),
    }
}

/// One at a time.
pub(crate) fn lock<P: Platform>(job: &mut Job<'_, P>) -> Result<P::Fd, Why> {
    let platform = job.platform;
    job.at_own(DIRECTORY, "");
    match platform.make_directory(&job.object, 0o700) {
        Ok(()) => tree::sync_directory(platform, &joined(&[job.prefix, VOLUMES]))?,
        Err(Errno::EEXIST) => {}
        Err(errno) => return Err(errno),
    }
    job.at_own(DIRECTORY, "/restore.lock");
    platform
        .open(&job.object, Open::Lock, 0o600)
        .map_err(|errno| match errno {
            Errno::EAGAIN => Rule::Busy.into(),
            errno => errno,
        })
}

/// Restores a volume. When this fails the old one is as it was, but for [`Room::InPlace`] after the whole archive was
/// verified: then [`resume`] says that the archive is needed. What was restored is found then.
///
/// # Errors
/// Why not.
pub fn restore<P: Platform>(job: &mut Job<'_, P>, order: &Order<'_>) -> Result<(), Why> {
    let _lock = lock(job)?;
    let mut run = Run::new(job)?;
    let is_waiting = run.go_on()? == Resumed::NeedArchive;
    let archive = Archive::open(run.job, order)?;
    let manifest = archive.manifest(run.job)?;
    let name = order.volume.unwrap_or(manifest.volume());
    check_name(run.job, name)?;
    if manifest.board() != "-" && order.board.is_some_and(|wanted| wanted != manifest.board()) {
        run.job.at(&[order.archive, ": board ", manifest.board()]);
        return Err(Rule::OtherBoard.into());
    }
    if is_waiting && run.journal.name != name {
        run.job.object.clone_from(&run.journal.name);
        return Err(Rule::Waits.into());
    }
    check_target(run.job, name)?;
    // of a foreign one nothing is known that could be wrong
    run.journal.name = String::from(name);
    run.journal.created = manifest.created;
    run.aim();
    let needed = manifest.sums.space_kib;
    let mut fits = run.has_room(needed);
    if order.room == Room::InPlace && fits.is_err() {
        archive.read(run.job, Pass::Verify)?;
        run.journal.digest = run.job.found.digest;
        run.give_up()?;
        fits = run.has_room(needed);
    }
    fits?;
    run.unpack(&archive, order.origin)?;
    let found = core::mem::take(&mut run.job.found);
    run.journal.digest = found.digest;
    run.record(Phase::Switching)?;
    run.go_on()?;
    run.job.found.sums = found.sums;
    Ok(())
}

/// Reads all of an archive and looks whether it is whole; what it is is found then.
///
/// # Errors
/// What is wrong with it.
pub fn verify<P: Platform>(job: &mut Job<'_, P>, order: &Order<'_>) -> Result<Manifest, Why> {
    let archive = Archive::open(job, order)?;
    let manifest = archive.manifest(job)?;
    archive.read(job, Pass::Verify)?;
    Ok(manifest)
}

/// What an archive says of itself. Only its beginning is read, and nothing is verified.
///
/// # Errors
/// It has no manifest that can be read.
pub fn manifest<P: Platform>(job: &mut Job<'_, P>, order: &Order<'_>) -> Result<Manifest, Why> {
    Archive::open(job, order)?.manifest(job)
}

/// That a name is one of a volume.
pub(crate) fn check_name<P: Platform>(job: &mut Job<'_, P>, name: &str) -> Result<(), Why> {
    job.at(&[name]);
    if cell_abi::CellName::new(name).is_err() || is_reserved(name) {
        return Err(Rule::NotAName.into());
    }
    Ok(())
}

/// That a volume may be replaced: a directory or nothing, on the file system of the state, and mounted nowhere.
fn check_target<P: Platform>(job: &mut Job<'_, P>, name: &str) -> Result<(), Why> {
    let platform = job.platform;
    let file_system = |path: &str| {
        let directory = tree::open(platform, path)?;
        Ok::<_, Errno>(platform.status_at(&directory, b".")?.file_system)
    };
    job.at(&[job.prefix, VOLUMES, "/", name]);
    match platform.metadata(&job.object) {
        Ok(of) if of.kind == FileKind::Directory => {
            if file_system(&job.object)? != file_system(&job.state(""))? {
                return Err(Rule::OtherFileSystem.into());
            }
        }
        Ok(_) => return Err(Errno::ENOTDIR),
        Err(Errno::ENOENT) => {}
        Err(errno) => return Err(errno),
    }
    check_unused(job)
}

/// That nothing is mounted in the directory that is the object, and it is shown nowhere else.
pub(crate) fn check_unused<P: Platform>(job: &Job<'_, P>) -> Result<(), Why> {
    let mut is_used = false;
    job.platform.mounts(&mut |mounted| {
        is_used |= is_within(mounted.from, &job.object) || is_within(mounted.on, &job.object);
    })?;
    if is_used {
        Err(Rule::InUse.into())
    } else {
        Ok(())
    }
}

/// That there is room on the file system of the object.
pub(crate) fn has_room<P: Platform>(job: &mut Job<'_, P>, needed_kib: u64) -> Result<(), Why> {
    let free_kib = job.platform.space(&job.object)?.free_kib;
    if needed_kib <= free_kib {
        return Ok(());
    }
    let mut line = Line::from(*b": ");
    digits(&mut line, needed_kib);
    line.extend_from_slice(b" KiB needed, ");
    digits(&mut line, free_kib);
    line.extend_from_slice(b" free");
    job.object.push_str(utf8(&line).unwrap_or_default());
    Err(Rule::NoRoom.into())
}
