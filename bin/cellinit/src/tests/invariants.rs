//! What holds whatever happens, tried with random events on random cells.

use std::prelude::rust_2024::*;
use std::vec;

use libcell::control::State;
use libcell::image::{Cell, Readiness, RestartPolicy};
use libcell::platform::Exit;
use proptest::prelude::*;

use super::define::{cell, health};
use crate::automaton::{Action, Cells, Cure, Event, Output, Report};

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Something from outside.
#[derive(Clone, Debug)]
enum Happening {
    Pass(u64),
    Exit(usize, Exit),
    HealthExit(usize, Exit),
    Start(usize),
    Stop(usize),
    Restart(usize),
}

fn exit() -> impl Strategy<Value = Exit> {
    prop_oneof![
        Just(Exit::Code(0)),
        Just(Exit::Code(1)),
        Just(Exit::Signal(11))
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let cell = 0..NAMES.len();
    prop_oneof![
        3 => prop_oneof![0_u64..50, 500_u64..3000, Just(31_000)].prop_map(Happening::Pass),
        3 => (cell.clone(), exit()).prop_map(|(cell, exit)| Happening::Exit(cell, exit)),
        2 => (cell.clone(), exit()).prop_map(|(cell, exit)| Happening::HealthExit(cell, exit)),
        1 => cell.clone().prop_map(Happening::Start),
        1 => cell.clone().prop_map(Happening::Stop),
        1 => cell.prop_map(Happening::Restart),
    ]
}

prop_compose! {
    fn definition(index: usize)(
        depends in prop::collection::btree_set(0..index.max(1) as u8, 0..=index.min(3)),
        policy in prop_oneof![
            3 => Just(RestartPolicy::Always),
            1 => Just(RestartPolicy::OnFailure),
            1 => Just(RestartPolicy::Never),
        ],
        readiness in prop_oneof![
            2 => Just(Readiness::Started),
            1 => Just(Readiness::Healthy),
            1 => Just(Readiness::After(200)),
            1 => Just(Readiness::Exited),
        ],
        asked in any::<bool>(),
        autostart in prop::bool::weighted(0.8),
        max_failures in prop_oneof![Just(0_u16), Just(3)],
        grace in prop_oneof![Just(0_u32), Just(1000)],
    ) -> Cell<'static> {
        let depends: Vec<u8> = if index == 0 { vec![] } else { depends.into_iter().collect() };
        let mut cell = cell(NAMES[index], &depends);
        cell.restart.policy = policy;
        cell.restart.max_failures = max_failures;
        cell.readiness = readiness;
        cell.health = asked.then(health);
        cell.autostart = autostart;
        cell.stop_grace_ms = grace;
        cell
    }
}

fn definitions() -> impl Strategy<Value = Vec<Cell<'static>>> {
    (0..NAMES.len()).map(definition).collect::<Vec<_>>()
}

/// What is true of one cell out there.
#[derive(Clone, Copy, Default)]
struct Truth {
    alive: bool,
    /// Members besides the service's process.
    orphans: u32,
    asked: bool,
    /// Its process is a preparation.
    preparing: bool,
    /// Delays in a row, as an operator would count them.
    rung: usize,
    ran_since: u64,
}

struct World {
    definitions: Vec<Cell<'static>>,
    cells: Cells,
    truth: Vec<Truth>,
    now: u64,
    /// Decides what a launch does and leaves behind.
    dice: u32,
}

impl World {
    fn new(definitions: Vec<Cell<'static>>) -> Self {
        let mut cells = Cells::new(&definitions, 0);
        cells.boot();
        Self {
            truth: vec![Truth::default(); definitions.len()],
            cells,
            definitions,
            now: 0,
            dice: 1,
        }
    }

    fn throw(&mut self, sides: u32) -> u32 {
        self.dice = self
            .dice
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        (self.dice >> 8) % sides
    }

    fn settle(&mut self) {
        let mut steps = 0;
        while let Some((index, output)) = self.cells.poll(self.now) {
            self.perform(index, output);
            steps += 1;
            assert!(steps < 1000, "it never comes to rest");
        }
        assert!(
            self.cells
                .deadline()
                .is_none_or(|deadline| deadline > self.now),
            "a deadline that is over wakes for ever"
        );
    }

    fn perform(&mut self, index: usize, first: Output) {
        let mut output = first;
        loop {
            self.check(index, output);
            let event = match output.action {
                Action::None | Action::KillHealth => return,
                Action::Launch => self.launch(index),
                Action::Terminate => {
                    if self.throw(3) > 0 && self.truth[index].alive {
                        self.truth[index].alive = false;
                        Event::Ended(Exit::Code(0))
                    } else {
                        return;
                    }
                }
                Action::Kill => self.kill(index),
                Action::Health => {
                    assert!(self.truth[index].alive && !self.truth[index].asked);
                    if self.throw(8) == 0 {
                        Event::NoHealth
                    } else {
                        self.truth[index].asked = true;
                        return;
                    }
                }
                Action::TearDown => {
                    assert!(!self.truth[index].alive && self.truth[index].orphans == 0);
                    return;
                }
            };
            output = self.cells.step(index, event, self.now);
        }
    }

    fn launch(&mut self, index: usize) -> Event {
        let truth = self.truth[index];
        assert!(
            !truth.alive && truth.orphans == 0,
            "two generations of a service"
        );
        for depends in &self.definitions[index].depends {
            let depends = usize::from(*depends);
            let (service, rules) = (self.cells.service(depends), self.cells.rules(depends));
            assert!(
                service.expect("a service").is_ready(rules.expect("rules")),
                "started before what it depends on was ready"
            );
        }
        self.truth[index].ran_since = self.now;
        match self.throw(12) {
            0 => Event::NotLaunched(Cure::Wait),
            1 => Event::NotLaunched(Cure::None),
            face => {
                self.truth[index].preparing = face == 2;
                self.truth[index].alive = true;
                self.truth[index].asked = false;
                self.truth[index].orphans = self.throw(3);
                if face == 2 {
                    Event::Preparing
                } else {
                    Event::Launched
                }
            }
        }
    }

    /// Members take a while to go, and the process to be reaped.
    fn kill(&mut self, index: usize) -> Event {
        let truth = &mut self.truth[index];
        let members = truth.orphans + u32::from(truth.alive);
        truth.orphans = truth.orphans.saturating_sub(1);
        Event::Members(members)
    }

    fn check(&mut self, index: usize, output: Output) {
        match output.report {
            Some(Report::Stopping) => {
                for (other, definition) in self.definitions.iter().enumerate() {
                    let depends = definition
                        .depends
                        .iter()
                        .any(|one| usize::from(*one) == index);
                    assert!(
                        !depends || !self.truth[other].alive,
                        "stopped before what depends on it"
                    );
                }
            }
            Some(Report::Again(delay)) => {
                let service = self.cells.service(index).expect("a service");
                if self.now - self.truth[index].ran_since >= 30_000 && service.runs() > 0 {
                    self.truth[index].rung = 0;
                }
                let ladder = [1000, 2000, 4000, 8000, 10_000];
                let due = ladder[self.truth[index].rung.min(4)];
                // a request forgives, which begins the ladder anew
                assert!(delay == due || delay == 1000, "{delay} instead of {due}");
                let at = ladder.iter().position(|step| *step == delay);
                self.truth[index].rung = at.expect("a step of the ladder") + 1;
            }
            _ => {}
        }
    }

    fn happen(&mut self, happening: &Happening) {
        match *happening {
            Happening::Pass(ms) => self.pass(ms),
            Happening::Exit(index, Exit::Code(0))
                if self.truth[index].preparing && self.truth[index].alive =>
            {
                // the next process takes its place; on its way to be stopped, none does
                self.truth[index].preparing = false;
                let service = self.cells.service(index).expect("a service");
                if service.state() == State::Starting {
                    self.truth[index].ran_since = self.now;
                    self.tell(index, Event::Launched);
                } else {
                    self.truth[index].alive = false;
                    self.tell(index, Event::Ended(Exit::Code(0)));
                }
            }
            Happening::Exit(index, exit) if self.truth[index].alive => {
                self.truth[index].alive = false;
                self.tell(index, Event::Ended(exit));
            }
            Happening::HealthExit(index, exit) if self.truth[index].asked => {
                self.truth[index].asked = false;
                self.tell(index, Event::HealthEnded(exit));
            }
            Happening::Exit(..) | Happening::HealthExit(..) => {}
            Happening::Start(index) => self.cells.request_start(index).expect("accepted"),
            Happening::Stop(index) => self.cells.request_stop(index).expect("accepted"),
            Happening::Restart(index) => self.cells.request_restart(index).expect("accepted"),
        }
        self.settle();
    }

    fn tell(&mut self, index: usize, event: Event) {
        let output = self.cells.step(index, event, self.now);
        self.perform(index, output);
    }

    /// Time passes; deadlines on the way are met on time.
    fn pass(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(deadline) = self.cells.deadline().filter(|deadline| *deadline <= end) {
            self.now = deadline;
            self.settle();
            // what was killed is reaped
            for index in 0..self.truth.len() {
                let stopping =
                    self.cells.service(index).map(|one| one.state()) == Some(State::Stopping);
                if stopping && self.truth[index].alive && self.throw(2) == 0 {
                    self.truth[index].alive = false;
                    self.tell(index, Event::Ended(Exit::Signal(9)));
                }
            }
            self.settle();
        }
        self.now = end;
        self.settle();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn never_two_generations_never_before_what_it_needs_never_under_what_needs_it(
        definitions in definitions(),
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let mut world = World::new(definitions);
        world.settle();
        for happening in &happenings {
            world.happen(happening);
        }
        world.cells.shut_down();
        world.settle();
        for _ in 0..NAMES.len() {
            world.pass(4000);
        }
        prop_assert!(world.cells.is_finished(), "a shutdown comes to its end");
        prop_assert_eq!(world.cells.deadline(), None);
        prop_assert!(world.truth.iter().all(|truth| !truth.alive && truth.orphans == 0));
    }
}
