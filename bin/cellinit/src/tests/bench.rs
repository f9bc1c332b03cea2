//! One service to do things to.

use std::prelude::rust_2024::*;

use libcell::image::Cell;
use libcell::platform::Exit;

use super::define::cell;
use crate::automaton::{Action, Event, Output, Report, Rules, Service};

/// A service, its rules and the time.
pub(super) struct Bench {
    pub(super) rules: Rules,
    pub(super) service: Service,
    pub(super) now: u64,
}

impl Bench {
    pub(super) fn new(change: impl FnOnce(&mut Cell<'static>)) -> Self {
        let mut cell = cell("one", &[]);
        change(&mut cell);
        Self {
            rules: Rules::of(&cell),
            service: Service::new(0),
            now: 0,
        }
    }

    pub(super) fn tell(&mut self, event: Event) -> Output {
        self.service.step(&self.rules, event, self.now)
    }

    /// Waits for the deadline and says what it brings.
    pub(super) fn wait(&mut self) -> Output {
        let deadline = self.service.deadline().expect("a deadline");
        assert!(deadline >= self.now);
        self.now = deadline;
        self.tell(Event::Time)
    }

    pub(super) fn up(&mut self) {
        self.tell(Event::Want);
        self.start();
    }

    pub(super) fn start(&mut self) {
        assert_eq!(self.tell(Event::Start).action, Action::Launch);
        assert_eq!(self.tell(Event::Launched).report, Some(Report::Started));
    }

    /// The process ends and takes everything in its cell along.
    pub(super) fn end(&mut self, exit: Exit) -> Output {
        assert_eq!(self.tell(Event::Ended(exit)).action, Action::Kill);
        self.tell(Event::Members(0))
    }

    pub(super) fn crash(&mut self) -> Output {
        self.end(Exit::Code(1))
    }
}
