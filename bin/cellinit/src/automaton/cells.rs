//! All services of a device: who may start, who must stop first.
//!
//! Starting waits for what a cell depends on to be ready, stopping for what depends on it to be down; both go in waves,
//! as wide as the dependencies allow. [`Cells::poll`] says one thing to do at a time, until there is none.

use alloc::vec::Vec;

use libcell::control::State;
use libcell::drift::{Action, Activity, Changed, Facts, decide};
use libcell::image::Cell;

use super::event::{Event, Output};
use super::member::{Intent, Member, Weight, bit};
use super::{Critical, Rules, Service};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Running,
    ShuttingDown,
    /// Without grace.
    Hurrying,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no cell of that index.
    NoSuchCell,
    /// Everything is being stopped.
    ShuttingDown,
}

/// All services.
#[derive(Clone, Debug)]
pub struct Cells {
    members: Vec<Member>,
    mode: Mode,
}

impl Cells {
    /// The services of these cells (dependencies before dependents, at most 64), none of them started.
    #[must_use]
    pub fn new(cells: &[Cell<'_>], now: u64) -> Self {
        let set = |indices: &[u8]| indices.iter().fold(0, |set, index| set | bit(*index));
        let mut members: Vec<_> = cells
            .iter()
            .map(|cell| Member {
                rules: Rules::of(cell),
                service: Service::new(now),
                intent: Intent::Down,
                weight: match cell.critical {
                    true => Weight::Critical,
                    false => Weight::Ordinary,
                },
                autostart: cell.autostart,
                depends: set(&cell.depends),
                dependents: 0,
            })
            .collect();
        for (index, cell) in (0..).zip(cells) {
            for depends in &cell.depends {
                if let Some(member) = members.get_mut(usize::from(*depends)) {
                    member.dependents |= bit(index);
                }
            }
        }
        Self {
            members,
            mode: Mode::Running,
        }
    }

    /// The same services under other definitions, where they have other indices. Those that have none are not there any
    /// more, new ones were never started.
    #[must_use]
    pub fn renumbered(
        self,
        cells: &[Cell<'_>],
        index_of: impl Fn(usize) -> Option<usize>,
        now: u64,
    ) -> Self {
        let mut renumbered = Self::new(cells, now);
        renumbered.mode = self.mode;
        for (index, member) in self.members.into_iter().enumerate() {
            let place = index_of(index).and_then(|index| renumbered.members.get_mut(index));
            if let Some(place) = place {
                place.service = member.service;
                place.intent = member.intent;
            }
        }
        renumbered
    }

    /// Whether a service was started, or is wanted.
    #[must_use]
    pub fn was_started(&self, index: usize) -> bool {
        self.members
            .get(index)
            .is_some_and(|member| member.service.runs() > 0 || member.intent != Intent::Down)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Bytes of memory.
    #[must_use]
    pub fn size(&self) -> usize {
        self.members.capacity() * size_of::<Member>()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// One of them.
    #[must_use]
    pub fn service(&self, index: usize) -> Option<&Service> {
        self.members.get(index).map(|member| &member.service)
    }

    /// And its rules.
    #[must_use]
    pub fn rules(&self, index: usize) -> Option<&Rules> {
        self.members.get(index).map(|member| &member.rules)
    }

    /// The cell of `index` exists already, with members that an earlier supervisor started or may have.
    pub fn found(&mut self, index: usize) {
        if let Some(member) = self.members.get_mut(index) {
            member.service.found();
        }
    }

    /// Everything that starts by itself is wanted from now on, and what it depends on.
    pub fn boot(&mut self) {
        for index in 0..self.members.len() {
            let facts = self.members.get(index).map(|member| Facts {
                autostart: member.autostart,
                activity: Activity::Down,
                changed: Changed::Nothing,
            });
            if facts.is_some_and(|facts| decide(facts) == Action::Start) {
                self.want(index);
            }
        }
    }

    /// Starts a cell, its dependencies first.
    ///
    /// # Errors
    /// It does not exist, or everything is being stopped.
    pub fn request_start(&mut self, index: usize) -> Result<(), Refusal> {
        self.accept(index)?;
        self.want(index);
        Ok(())
    }

    /// Stops a cell, its dependents first.
    ///
    /// # Errors
    /// It does not exist, or everything is being stopped.
    pub fn request_stop(&mut self, index: usize) -> Result<(), Refusal> {
        self.accept(index)?;
        let unwanted = self.closure(index, |member| member.dependents);
        for (_, member) in self.chosen(unwanted) {
            member.service.retry();
            member.intent = Intent::Down;
        }
        Ok(())
    }

    /// Stops a cell, its dependents first, and starts what of them was up again.
    ///
    /// # Errors
    /// It does not exist, or everything is being stopped.
    pub fn request_restart(&mut self, index: usize) -> Result<(), Refusal> {
        self.accept(index)?;
        self.want(index);
        let affected = self.closure(index, |member| member.dependents);
        for (_, member) in self.chosen(affected) {
            member.service.retry();
            member.intent = match member.intent {
                Intent::Up | Intent::Afresh | Intent::Again => Intent::Again,
                Intent::Down => Intent::Down,
            };
        }
        Ok(())
    }

    /// Stops everything, dependents first; a second time, without waiting for anybody's grace.
    pub fn shut_down(&mut self) {
        self.mode = match self.mode {
            Mode::Running => Mode::ShuttingDown,
            Mode::ShuttingDown | Mode::Hurrying => Mode::Hurrying,
        };
        for member in &mut self.members {
            member.intent = Intent::Down;
        }
    }

    /// Whether everything was stopped on request, as far as it can be.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.mode != Mode::Running
            && self
                .members
                .iter()
                .all(|member| member.service.is_at_rest())
    }

    /// Whether everything is being stopped.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.mode != Mode::Running
    }

    /// Whether a cell is down because somebody wants it so.
    #[must_use]
    pub fn is_stopped(&self, index: usize) -> bool {
        self.members
            .get(index)
            .is_none_or(|member| member.intent != Intent::Down || member.service.is_at_rest())
    }

    /// Whether everything that starts by itself has been executed, or cannot be.
    #[must_use]
    pub fn is_booted(&self) -> bool {
        self.members
            .iter()
            .filter(|member| member.autostart)
            .all(|member| member.service.runs() > 0 || member.service.is_settled_down())
    }

    /// Cells that are ready.
    #[must_use]
    pub fn ready(&self) -> usize {
        let ready = |member: &&Member| member.service.is_ready(&member.rules);
        self.members.iter().filter(ready).count()
    }

    /// How the critical cells are. One is well that runs and is ready, or was stopped by request, or has been getting
    /// there for less than a minute, and does not fail over and over.
    #[must_use]
    pub fn critical(&self, now: u64) -> Critical {
        let mut critical = self
            .members
            .iter()
            .filter(|member| member.weight == Weight::Critical);
        if critical.all(|member| member.is_well(now)) {
            Critical::Well
        } else {
            Critical::Unwell
        }
    }

    /// When [`Self::poll`] has something to do although nothing happened.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        self.members
            .iter()
            .filter_map(|member| member.service.deadline())
            .min()
    }

    /// Tells one service what happened.
    pub fn step(&mut self, index: usize, event: Event, now: u64) -> Output {
        match self.members.get_mut(index) {
            Some(member) => member.service.step(&member.rules, event, now),
            None => Output::NONE,
        }
    }

    /// The next thing to do, and for which cell; `None` when all is as it should be until something happens or
    /// [`Self::deadline`] is over.
    pub fn poll(&mut self, now: u64) -> Option<(usize, Output)> {
        if self.mode == Mode::Hurrying {
            for member in &mut self.members {
                member.service.hurry(now);
            }
        }
        let count = self.members.len();
        let all = || 0..count;
        all()
            .find(|index| self.is_due(*index, now))
            .map(|index| (index, self.step(index, Event::Time, now)))
            .or_else(|| {
                // dependents have the larger indices, so stopping goes backwards
                let index = all().rev().find(|index| self.may_stop(*index))?;
                Some((index, self.step(index, Event::Stop, now)))
            })
            .or_else(|| {
                let index = all().find(|index| self.is_wanted(*index))?;
                if let Some(member) = self.members.get_mut(index) {
                    member.intent = Intent::Up;
                }
                Some((index, self.step(index, Event::Want, now)))
            })
            .or_else(|| {
                let index = all().find(|index| self.may_start(*index))?;
                Some((index, self.step(index, Event::Start, now)))
            })
    }

    fn is_due(&self, index: usize, now: u64) -> bool {
        self.service(index)
            .and_then(Service::deadline)
            .is_some_and(|deadline| deadline <= now)
    }

    fn may_stop(&self, index: usize) -> bool {
        self.members.get(index).is_some_and(|member| {
            let unwanted = matches!(member.intent, Intent::Down | Intent::Again);
            let busy = member.service.is_at_rest()
                || member.service.is_stopping()
                || member.service.is_launching();
            unwanted && !busy && self.all(member.dependents, Member::is_out_of_the_way)
        })
    }

    fn is_wanted(&self, index: usize) -> bool {
        self.members
            .get(index)
            .is_some_and(|member| match member.intent {
                Intent::Up | Intent::Again => member.service.state() == State::Stopped,
                Intent::Afresh => !member.service.is_stopping(),
                Intent::Down => false,
            })
    }

    fn may_start(&self, index: usize) -> bool {
        self.members.get(index).is_some_and(|member| {
            member.intent == Intent::Up
                && member.service.state() == State::Waiting
                && self.all(member.depends, Member::is_ready)
        })
    }

    /// Whether all of a set are so.
    fn all(&self, set: u64, so: impl Fn(&Member) -> bool) -> bool {
        (0..)
            .zip(&self.members)
            .filter(|(index, _)| set & bit(*index) != 0)
            .all(|(_, member)| so(member))
    }

    fn accept(&self, index: usize) -> Result<(), Refusal> {
        if self.mode != Mode::Running {
            Err(Refusal::ShuttingDown)
        } else if index >= self.members.len() {
            Err(Refusal::NoSuchCell)
        } else {
            Ok(())
        }
    }

    fn want(&mut self, index: usize) {
        let wanted = self.closure(index, |member| member.depends);
        for (at, member) in self.chosen(wanted) {
            member.service.retry();
            // a dependency that has done what it had to is ready as it is
            let done = at != index && member.is_ready();
            member.intent = if member.service.is_stopping() {
                Intent::Again
            } else if done {
                Intent::Up
            } else {
                Intent::Afresh
            };
        }
    }

    /// A cell and, step by step, all that `next` leads to.
    fn closure(&self, index: usize, next: impl Fn(&Member) -> u64) -> u64 {
        let mut set = u8::try_from(index).map_or(0, bit);
        loop {
            let grown = (0..)
                .zip(&self.members)
                .filter(|(index, _)| set & bit(*index) != 0)
                .fold(set, |set, (_, member)| set | next(member));
            if grown == set {
                return set;
            }
            set = grown;
        }
    }

    fn chosen(&mut self, set: u64) -> impl Iterator<Item = (usize, &mut Member)> {
        self.members
            .iter_mut()
            .enumerate()
            .filter(move |(index, _)| u8::try_from(*index).is_ok_and(|index| set & bit(index) != 0))
    }
}
