//! Every cut of every run, and every cut of what goes on after it.

use std::prelude::rust_2024::*;
use std::{panic, vec};

use super::*;

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Nothing,
    Old,
    /// A new one that is not whole.
    Part,
    New,
    /// Some of the old one.
    Ruin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct World {
    phase: Phase,
    target: Held,
    staged: Held,
    aside: Held,
}

impl World {
    fn seen(&self) -> Seen {
        let is = |held| held != Held::Nothing;
        Seen {
            target: is(self.target),
            staged: is(self.staged),
            aside: is(self.aside),
        }
    }

    /// Does a step; what there is after it, and what there can be when it was cut.
    fn step(mut self, action: Action) -> (Self, Vec<Self>) {
        let before = self;
        match action {
            Action::MoveAside => {
                assert_eq!(self.aside, Held::Nothing);
                (self.aside, self.target) = (self.target, Held::Nothing);
            }
            Action::MoveIn => {
                assert_eq!(self.target, Held::Nothing);
                (self.target, self.staged) = (self.staged, Held::Nothing);
            }
            Action::MoveBack => {
                assert_eq!(self.target, Held::Nothing);
                (self.target, self.aside) = (self.aside, Held::Nothing);
            }
            Action::RemoveStaged => {
                let part = Self {
                    staged: Held::Part,
                    ..self
                };
                self.staged = Held::Nothing;
                return (self, vec![before, part, self]);
            }
            Action::RemoveAside => {
                let ruin = Self {
                    aside: Held::Ruin,
                    ..self
                };
                self.aside = Held::Nothing;
                return (self, vec![before, ruin, self]);
            }
            Action::Record(phase) => self.phase = phase,
            Action::RemoveEmptyTarget | Action::Done | Action::NeedArchive | Action::Strange => {
                panic!("{action:?} in {before:?}")
            }
        }
        (self, vec![before, self])
    }

    /// Goes on until nothing is left to do, cut at every step, and again.
    fn resume(self, cuts: u32) {
        let mut world = self;
        for _ in 0..20 {
            let action = next(world.phase, world.seen());
            match action {
                Action::Done => return world.is_as_promised(),
                Action::NeedArchive => {
                    assert_eq!(world.phase, Phase::GivenUp);
                    return;
                }
                _ => {}
            }
            let (after, cut) = world.step(action);
            if cuts > 0 {
                for world in cut {
                    world.resume(cuts - 1);
                }
            }
            world = after;
        }
        panic!("no end: {self:?}");
    }

    /// Old or new, and nothing beside it.
    fn is_as_promised(&self) {
        assert_eq!(
            (self.staged, self.aside),
            (Held::Nothing, Held::Nothing),
            "{self:?}"
        );
        assert!(
            matches!(self.target, Held::Old | Held::New | Held::Nothing),
            "{self:?}"
        );
    }
}

/// What is there after each step of a restore.
fn run(old: Held, given_up: bool) -> Vec<World> {
    let mut world = World {
        phase: Phase::Idle,
        target: old,
        staged: Held::Nothing,
        aside: Held::Nothing,
    };
    let mut all = vec![world];
    if given_up {
        for action in [
            Action::Record(Phase::GivingUp),
            Action::MoveAside,
            Action::Record(Phase::GivenUp),
            Action::RemoveAside,
        ] {
            let (after, cut) = world.step(action);
            all.extend(cut);
            world = after;
        }
    }
    for staged in [Held::Part, Held::New] {
        world.staged = staged;
        all.push(world);
    }
    world.phase = Phase::Switching;
    all.push(world);
    all
}

#[test]
fn whenever_it_is_cut_there_is_the_old_or_the_new_one() {
    let mut cuts = 0;
    for old in [Held::Old, Held::Nothing] {
        for world in run(old, false) {
            world.resume(3);
            cuts += 1;
        }
    }
    for world in run(Held::Old, true) {
        world.resume(3);
        cuts += 1;
    }
    assert!(cuts > 20);
}

#[test]
fn what_was_switched_is_the_new_one_and_what_was_not_is_the_old_one() {
    for world in run(Held::Old, false) {
        let mut end = world;
        loop {
            let action = next(end.phase, end.seen());
            if action == Action::Done {
                break;
            }
            (end, _) = end.step(action);
        }
        let wanted = match world.phase {
            Phase::Switching => Held::New,
            _ => Held::Old,
        };
        assert_eq!(end.target, wanted, "{world:?}");
    }
}

#[test]
fn an_empty_directory_in_the_place_of_a_volume_is_no_volume() {
    let seen = |target, staged, aside| Seen {
        target,
        staged,
        aside,
    };
    for (phase, seen) in [
        (Phase::Switching, seen(true, true, true)),
        (Phase::GivingUp, seen(true, false, true)),
        (Phase::GivenUp, seen(true, false, false)),
    ] {
        assert_eq!(next(phase, seen), Action::RemoveEmptyTarget);
    }
    assert_eq!(next(Phase::Idle, seen(true, false, true)), Action::Strange);
}
