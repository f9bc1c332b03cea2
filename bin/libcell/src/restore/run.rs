//! A restore under way: what the protocol says is done.

use alloc::string::String;

use super::archive::Archive;
use super::journal::{Journal, Phase, Record};
use super::protocol::{self, Action, Seen};
use super::unpack::Unpack;
use super::{Places, Resumed, has_room};
use crate::archive::Summary;
use crate::platform::{Errno, Open, Platform};
use crate::problem::{Problem, Why};
use crate::progress::{Stage, Watch};
use crate::tree;

/// A restore under way, or one that goes on.
pub(super) struct Run<'p, P: Platform> {
    platform: &'p P,
    places: &'p Places,
    pub(super) target: String,
    pub(super) journal: Journal,
}

pub(super) fn read_journal<P: Platform>(platform: &P, places: &Places) -> Result<Journal, Problem> {
    Journal::read(platform, &places.state).map_err(|errno| {
        let why = match errno {
            Errno::EIO => "both records of the journal are damaged: nothing is touched".into(),
            errno => Why::from(errno),
        };
        Problem::of(&[&places.state, "/restore"], why)
    })
}

impl<'p, P: Platform> Run<'p, P> {
    pub(super) fn new(platform: &'p P, places: &'p Places) -> Result<Self, Problem> {
        Ok(Self {
            platform,
            places,
            target: String::new(),
            journal: read_journal(platform, places)?,
        })
    }

    pub(super) fn record(&mut self, record: Record) -> Result<(), Problem> {
        let written = self.journal.write(self.platform, record);
        written.map_err(|errno| Problem::of(&[&self.places.state, "/restore"], errno))
    }

    fn is_there(&self, path: &str) -> Result<bool, Problem> {
        match self.platform.metadata(path) {
            Ok(_) => Ok(true),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(Problem::of(&[path], errno)),
        }
    }

    fn seen(&self) -> Result<Seen, Problem> {
        Ok(Seen {
            target: !self.target.is_empty() && self.is_there(&self.target)?,
            staged: self.is_there(&self.places.staging)?,
            aside: self.is_there(&self.places.aside)?,
        })
    }

    /// Does what is left to do.
    pub(super) fn go_on(&mut self) -> Result<Resumed, Problem> {
        let begun = self.journal.record.clone();
        if !begun.name.is_empty() {
            self.target = self.places.volume(&begun.name);
        }
        let mut resumed = Resumed::Clean;
        loop {
            if self.journal.record.phase == Phase::Cleaning {
                resumed = Resumed::New(self.journal.record.clone());
            }
            let action = protocol::next(self.journal.record.phase, self.seen()?);
            match action {
                Action::Done => return Ok(resumed),
                Action::NeedArchive => return Ok(Resumed::NeedArchive(begun)),
                Action::Strange => {
                    let why = "there without a record of it: nothing is touched";
                    return Err(Problem::of(&[&self.places.aside], why));
                }
                _ if resumed == Resumed::Clean => resumed = Resumed::Old,
                _ => {}
            }
            match action {
                Action::Record(Phase::Idle) => self.record(Record::IDLE)?,
                Action::Record(phase) => {
                    let record = Record {
                        phase,
                        ..self.journal.record.clone()
                    };
                    self.record(record)?;
                }
                other => self.act(other)?,
            }
        }
    }

    /// Changes what is there.
    fn act(&self, action: Action) -> Result<(), Problem> {
        let Places { staging, aside, .. } = self.places;
        let target = &self.target;
        match action {
            Action::MoveAside => self.rename(target, aside),
            Action::MoveIn => self.rename(staging, target),
            Action::MoveBack => self.rename(aside, target),
            Action::RemoveStaged => self.remove(staging),
            Action::RemoveAside => self.remove(aside),
            Action::RemoveEmptyTarget => self
                .platform
                .remove_directory(target)
                .map_err(|errno| Problem::of(&[target], errno)),
            Action::Record(_) | Action::Done | Action::NeedArchive | Action::Strange => Ok(()),
        }
    }

    /// Renames; it is on the medium when this returns.
    fn rename(&self, from: &str, to: &str) -> Result<(), Problem> {
        let sync = |path| tree::sync_directory(self.platform, path);
        self.platform
            .rename(from, to)
            .and_then(|()| sync(&self.places.volumes))
            .and_then(|()| sync(&self.places.state))
            .map_err(|errno| Problem::of(&[from], errno))
    }

    fn remove(&self, path: &str) -> Result<(), Problem> {
        tree::remove(self.platform, path)
            .and_then(|()| tree::sync_directory(self.platform, &self.places.state))
            .map_err(|errno| Problem::of(&[path], errno))
    }

    /// Gives the old one up, for the room that it takes.
    pub(super) fn give_up(
        &mut self,
        record: &dyn Fn(Phase) -> Record,
        needed_kib: u64,
    ) -> Result<(), Problem> {
        if self.journal.record.phase == Phase::GivenUp {
            return has_room(self.platform, &self.places.state, needed_kib);
        }
        self.record(record(Phase::GivingUp))?;
        if self.is_there(&self.target)? {
            self.act(Action::MoveAside)?;
        }
        self.record(record(Phase::GivenUp))?;
        if self.is_there(&self.places.aside)? {
            self.act(Action::RemoveAside)?;
        }
        has_room(self.platform, &self.places.state, needed_kib)
    }

    /// Unpacks into the staging place, all of it to the medium. What fails is removed again.
    pub(super) fn unpack(
        &mut self,
        archive: &Archive<'_, P>,
        watch: &mut dyn Watch,
    ) -> Result<Summary, Problem> {
        let unpacked = self.unpack_and_sync(archive, watch);
        if unpacked.is_err() && self.is_there(&self.places.staging) == Ok(true) {
            // what cannot be removed now is when this goes on
            let _ = self.remove(&self.places.staging);
        }
        unpacked
    }

    fn unpack_and_sync(
        &self,
        archive: &Archive<'_, P>,
        watch: &mut dyn Watch,
    ) -> Result<Summary, Problem> {
        let Self {
            platform, places, ..
        } = self;
        let staging = &places.staging;
        let staged = |errno: Errno| Problem::of(&[staging], errno);
        platform.make_directory(staging, 0o700).map_err(staged)?;
        let top = platform.open(staging, Open::Directory, 0).map_err(staged)?;
        let summary = archive.unpack(Unpack::new(*platform, top, archive.order.origin), watch)?;
        watch.step(Stage::Sync, 0, 0).map_err(staged)?;
        tree::sync(*platform, staging)
            .and_then(|()| tree::sync_directory(*platform, &places.state))
            .map_err(staged)?;
        Ok(summary)
    }
}
