//! A restore under way: what the protocol says is done.

use alloc::string::String;

use super::archive::{Archive, Pass};
use super::journal::{Journal, Phase};
use super::protocol::{self, Action, Seen};
use super::unpack::Unpack;
use super::{Resumed, has_room};
use crate::archive::Origin;
use crate::job::{Job, joined};
use crate::platform::{Errno, Open, Platform};
use crate::problem::{Rule, Why};
use crate::progress::Stage;
use crate::state::{DIRECTORY, VOLUMES};
use crate::tree;

/// Where what is unpacked is, in the directory of the state.
pub(super) const STAGING: &str = "/staging";

/// Where the old one waits to be removed.
const ASIDE: &str = "/aside";

/// A restore under way, or one that goes on.
pub(super) struct Run<'r, 'j, P: Platform> {
    pub(super) job: &'r mut Job<'j, P>,
    pub(super) journal: Journal,
    staging: String,
    aside: String,
    target: String,
}

/// Reads the journal.
pub(super) fn read_journal<P: Platform>(job: &mut Job<'_, P>) -> Result<Journal, Why> {
    job.at_own(DIRECTORY, "/restore");
    Journal::read(job.platform, &job.state(""))
}

impl<'r, 'j, P: Platform> Run<'r, 'j, P> {
    pub(super) fn new(job: &'r mut Job<'j, P>) -> Result<Self, Why> {
        let journal = read_journal(job)?;
        let mut run = Self {
            staging: job.state(STAGING),
            aside: job.state(ASIDE),
            target: String::new(),
            journal,
            job,
        };
        run.aim();
        Ok(run)
    }

    /// Takes the journal's volume as the target.
    pub(super) fn aim(&mut self) {
        self.target = joined(&[self.job.prefix, VOLUMES, "/", &self.journal.name]);
    }

    #[inline(never)]
    pub(super) fn record(&mut self, phase: Phase) -> Result<(), Why> {
        self.job.at_own(DIRECTORY, "/restore");
        self.journal.write(self.job.platform, phase)
    }

    #[inline(never)]
    fn is_there(&mut self, place: Place) -> Result<bool, Why> {
        let path = self.path(place);
        match self.job.platform.metadata(&path) {
            Err(Errno::ENOENT) => Ok(false),
            Ok(_) => Ok(true),
            Err(errno) => {
                self.job.object = path;
                Err(errno)
            }
        }
    }

    fn path(&self, place: Place) -> String {
        match place {
            Place::Target => self.target.clone(),
            Place::Staging => self.staging.clone(),
            Place::Aside => self.aside.clone(),
        }
    }

    /// Does what is left to do.
    pub(super) fn go_on(&mut self) -> Result<Resumed, Why> {
        let found = &mut self.job.found;
        found.volume.clone_from(&self.journal.name);
        (found.created, found.digest) = (self.journal.created, self.journal.digest);
        let mut resumed = Resumed::Clean;
        loop {
            let phase = self.journal.phase;
            if phase == Phase::Cleaning {
                resumed = Resumed::New;
            }
            let seen = Seen {
                target: phase != Phase::Idle && self.is_there(Place::Target)?,
                staged: self.is_there(Place::Staging)?,
                aside: self.is_there(Place::Aside)?,
            };
            let action = protocol::next(phase, seen);
            match action {
                Action::Done => return Ok(resumed),
                Action::NeedArchive => return Ok(Resumed::NeedArchive),
                Action::Strange => {
                    self.job.object.clone_from(&self.aside);
                    return Err(Rule::Strange.into());
                }
                _ => {}
            }
            if resumed == Resumed::Clean {
                resumed = Resumed::Old;
            }
            self.act(action)?;
        }
    }

    /// Changes what is there.
    fn act(&mut self, action: Action) -> Result<(), Why> {
        let platform = self.job.platform;
        let (from, to) = match action {
            Action::MoveAside => (Place::Target, Some(Place::Aside)),
            Action::MoveIn => (Place::Staging, Some(Place::Target)),
            Action::MoveBack => (Place::Aside, Some(Place::Target)),
            Action::RemoveStaged => (Place::Staging, None),
            Action::RemoveAside => (Place::Aside, None),
            Action::RemoveEmptyTarget => {
                self.job.object.clone_from(&self.target);
                return platform.remove_directory(&self.target);
            }
            Action::Record(phase) => return self.record(phase),
            Action::Done | Action::NeedArchive | Action::Strange => return Ok(()),
        };
        self.job.object = self.path(from);
        match to {
            Some(to) => {
                platform.rename(&self.job.object, &self.path(to))?;
                // both are on the medium when this returns
                let volumes = joined(&[self.job.prefix, VOLUMES]);
                tree::sync_directory(platform, &volumes)?;
            }
            None => tree::remove(platform, &self.job.object)?,
        }
        tree::sync_directory(platform, &self.job.state(""))
    }

    /// Gives the old one up, for the room that it takes.
    pub(super) fn give_up(&mut self) -> Result<(), Why> {
        if self.journal.phase == Phase::GivenUp {
            return Ok(());
        }
        self.record(Phase::GivingUp)?;
        if self.is_there(Place::Target)? {
            self.act(Action::MoveAside)?;
        }
        self.record(Phase::GivenUp)?;
        if self.is_there(Place::Aside)? {
            self.act(Action::RemoveAside)?;
        }
        Ok(())
    }

    /// Unpacks into the staging place, all of it to the medium. What fails is removed again.
    pub(super) fn unpack(&mut self, archive: &Archive<'_, P>, origin: Origin) -> Result<(), Why> {
        let unpacked = self.unpack_and_sync(archive, origin);
        if unpacked.is_err() {
            let object = core::mem::take(&mut self.job.object);
            if self.is_there(Place::Staging) == Ok(true) {
                // what cannot be removed now is when this goes on
                let _ = self.act(Action::RemoveStaged);
            }
            self.job.object = object;
        }
        unpacked
    }

    fn unpack_and_sync(&mut self, archive: &Archive<'_, P>, origin: Origin) -> Result<(), Why> {
        let platform = self.job.platform;
        self.job.object.clone_from(&self.staging);
        platform.make_directory(&self.staging, 0o700)?;
        let top = platform.open(&self.staging, Open::Directory, 0)?;
        let mut unpack = Unpack::new(platform, top, origin);
        archive.read(self.job, Pass::Unpack(&mut unpack))?;
        self.job.object.clone_from(&self.staging);
        match origin {
            Origin::Picocell => unpack.end()?,
            // others may come back to a directory at any time: what it gets is known at the end
            Origin::Foreign => archive.read(self.job, Pass::Directories(&mut unpack))?,
        }
        self.job.object.clone_from(&self.staging);
        self.job.watch.step(Stage::Sync, 0, 0)?;
        tree::sync(platform, &self.staging)?;
        tree::sync_directory(platform, &self.job.state(""))
    }

    /// That there is room.
    pub(super) fn has_room(&mut self, needed_kib: u64) -> Result<(), Why> {
        self.job.at_own(DIRECTORY, "");
        has_room(self.job, needed_kib)
    }
}

/// One of the three places.
#[derive(Clone, Copy)]
enum Place {
    Target,
    Staging,
    Aside,
}
