//! The automaton of all services together.

use std::prelude::rust_2024::*;
use std::vec;

use libcell::control::State;
use libcell::image::{Cell, Readiness};
use libcell::platform::Exit;

use super::define::cell;
use crate::automaton::{Action, Cells, Critical, Event, Refusal, Report};

/// Services whose programs do as they are told at once, and what was done in which order.
struct Bench {
    cells: Cells,
    now: u64,
    done: Vec<(usize, Action)>,
}

impl Bench {
    fn new(cells: &[Cell<'static>]) -> Self {
        Self {
            cells: Cells::new(cells, 0),
            now: 0,
            done: vec![],
        }
    }

    fn booted(cells: &[Cell<'static>]) -> Self {
        let mut bench = Self::new(cells);
        bench.cells.boot();
        bench.settle();
        bench
    }

    /// Does everything that is to be done now. TERM ends a process.
    fn settle(&mut self) {
        while let Some((index, mut output)) = self.cells.poll(self.now) {
            loop {
                let event = match output.action {
                    Action::None => break,
                    Action::Launch => Event::Launched,
                    Action::Terminate => Event::Ended(Exit::Signal(15)),
                    Action::Kill => Event::Members(0),
                    Action::Health => Event::HealthEnded(Exit::Code(0)),
                    Action::KillHealth | Action::TearDown => Event::Time,
                };
                self.done.push((index, output.action));
                output = self.cells.step(index, event, self.now);
            }
        }
    }

    fn tell(&mut self, index: usize, event: Event) {
        let mut output = self.cells.step(index, event, self.now);
        while output.action == Action::Kill {
            output = self.cells.step(index, Event::Members(0), self.now);
        }
        self.settle();
    }

    fn states(&self) -> Vec<State> {
        (0..self.cells.len())
            .filter_map(|index| Some(self.cells.service(index)?.state()))
            .collect()
    }

    fn order(&mut self, action: Action) -> Vec<usize> {
        let order = self.done.iter().filter(|(_, done)| *done == action);
        let order = order.map(|(index, _)| *index).collect();
        self.done.clear();
        order
    }
}

fn after(mut cell: Cell<'static>, ms: u32) -> Cell<'static> {
    cell.readiness = Readiness::After(ms);
    cell
}

/// base <- two in the middle <- top
fn diamond() -> [Cell<'static>; 4] {
    [
        after(cell("base", &[]), 100),
        after(cell("left", &[0]), 50),
        after(cell("right", &[0]), 70),
        cell("top", &[1, 2]),
    ]
}

use State::{Backoff, CrashLoop, Ready, Starting, Stopped, Waiting};

#[test]
fn cells_start_in_waves_as_their_dependencies_get_ready() {
    let mut bench = Bench::booted(&diamond());
    assert_eq!(bench.states(), [Starting, Waiting, Waiting, Waiting]);
    bench.now = 100;
    bench.settle();
    assert_eq!(bench.states(), [Ready, Starting, Starting, Waiting]);
    bench.now = 150;
    bench.settle();
    assert_eq!(bench.states(), [Ready, Ready, Starting, Waiting]);
    bench.now = 170;
    bench.settle();
    assert_eq!(bench.states(), [Ready, Ready, Ready, Ready]);
    assert_eq!(bench.cells.deadline(), None, "nothing more to wait for");
    assert!(bench.cells.is_booted());
}

fn all_ready() -> Bench {
    let mut bench = Bench::booted(&diamond());
    for time in [100, 150, 170] {
        bench.now = time;
        bench.settle();
    }
    bench.done.clear();
    bench
}

#[test]
fn everything_stops_in_reverse() {
    let mut bench = all_ready();
    bench.cells.shut_down();
    bench.settle();
    assert_eq!(bench.order(Action::Terminate), [3, 2, 1, 0]);
    assert!(bench.cells.is_finished());
    assert_eq!(bench.cells.request_start(0), Err(Refusal::ShuttingDown));
}

#[test]
fn stopping_waits_for_the_dependents_to_be_gone() {
    let mut bench = all_ready();
    bench.cells.request_stop(0).expect("accepted");
    let (index, output) = bench.cells.poll(bench.now).expect("a step");
    assert_eq!((index, output.action), (3, Action::Terminate));
    assert_eq!(
        bench.cells.poll(bench.now),
        None,
        "the middle waits for the top"
    );
    assert!(!bench.cells.is_stopped(0));
    bench.tell(3, Event::Ended(Exit::Code(0)));
    assert_eq!(bench.order(Action::Terminate), [2, 1, 0]);
    assert!(bench.cells.is_stopped(0));
    assert_eq!(bench.states(), [Stopped; 4]);
}

#[test]
fn stopping_a_leaf_leaves_the_rest() {
    let mut bench = all_ready();
    bench.cells.request_stop(1).expect("accepted");
    bench.settle();
    assert_eq!(bench.states(), [Ready, Stopped, Ready, Stopped]);
}

#[test]
fn starting_brings_up_what_it_depends_on_first() {
    let mut bench = all_ready();
    bench.cells.request_stop(0).expect("accepted");
    bench.settle();
    bench.cells.request_start(2).expect("accepted");
    bench.settle();
    assert_eq!(bench.states(), [Starting, Stopped, Waiting, Stopped]);
    bench.now += 100;
    bench.settle();
    assert_eq!(bench.states(), [Ready, Stopped, Starting, Stopped]);
}

#[test]
fn restarting_takes_dependents_down_first_and_brings_them_back() {
    let mut bench = all_ready();
    bench.cells.request_restart(1).expect("accepted");
    bench.settle();
    let done = bench.done.clone();
    let at = |entry| done.iter().position(|done| *done == entry);
    assert!(at((3, Action::Terminate)) < at((1, Action::Terminate)));
    assert!(at((1, Action::Terminate)) < at((1, Action::Launch)));
    assert_eq!(at((3, Action::Launch)), None, "its dependency is not ready");
    assert_eq!(bench.states(), [Ready, Starting, Ready, Waiting]);
    bench.now += 50;
    bench.settle();
    assert_eq!(bench.states(), [Ready, Ready, Ready, Ready]);
}

#[test]
fn restarting_does_not_start_a_dependent_that_was_stopped() {
    let mut bench = all_ready();
    bench.cells.request_stop(3).expect("accepted");
    bench.settle();
    bench.cells.request_restart(1).expect("accepted");
    bench.settle();
    bench.now += 50;
    bench.settle();
    assert_eq!(bench.states(), [Ready, Ready, Ready, Stopped]);
}

#[test]
fn a_start_during_a_stop_stops_and_starts() {
    let mut bench = all_ready();
    bench.cells.request_stop(3).expect("accepted");
    let (_, output) = bench.cells.poll(bench.now).expect("a step");
    assert_eq!(output.action, Action::Terminate);
    bench.cells.request_start(3).expect("accepted");
    bench.settle();
    assert_eq!(bench.states()[3], State::Stopping);
    bench.tell(3, Event::Ended(Exit::Code(0)));
    assert_eq!(bench.states(), [Ready, Ready, Ready, Ready]);
}

#[test]
fn a_dependent_of_what_crashes_goes_on_but_does_not_start_meanwhile() {
    let mut bench = all_ready();
    bench.tell(0, Event::Ended(Exit::Code(1)));
    assert_eq!(bench.states(), [Backoff, Ready, Ready, Ready]);
    bench.tell(3, Event::Ended(Exit::Code(1)));
    bench.tell(1, Event::Ended(Exit::Code(1)));
    bench.now += 1000;
    bench.settle();
    assert_eq!(bench.states(), [Starting, Waiting, Ready, Waiting]);
}

#[test]
fn a_failed_cell_leaves_those_that_do_not_need_it() {
    let mut bench = Bench::new(&[cell("a", &[]), cell("b", &[0]), cell("c", &[])]);
    bench.cells.boot();
    let (index, output) = [
        bench.cells.poll(0),
        bench.cells.poll(0),
        bench.cells.poll(0),
    ]
    .into_iter()
    .chain(std::iter::repeat_with(|| bench.cells.poll(0)))
    .flatten()
    .find(|(_, output)| output.action == Action::Launch)
    .expect("a launch");
    assert_eq!((index, output.action), (0, Action::Launch));
    bench.tell(0, Event::NotLaunched(crate::automaton::Cure::None));
    assert_eq!(bench.states(), [State::Failed, Waiting, Ready]);
    assert!(!bench.cells.is_booted(), "b was never executed");
}

#[test]
fn what_does_not_start_by_itself_waits_to_be_asked_or_needed() {
    let mut hold = cell("hold", &[]);
    hold.autostart = false;
    let mut needed = cell("needed", &[]);
    needed.autostart = false;
    let mut bench = Bench::booted(&[hold, needed, cell("c", &[1])]);
    assert_eq!(bench.states(), [Stopped, Ready, Ready]);
    bench.cells.request_start(0).expect("accepted");
    bench.settle();
    assert_eq!(bench.states(), [Ready, Ready, Ready]);
    assert_eq!(bench.cells.request_start(3), Err(Refusal::NoSuchCell));
}

#[test]
fn a_crash_loop_ends_by_request() {
    let mut one = cell("one", &[]);
    one.restart.max_failures = 1;
    let mut bench = Bench::booted(&[one]);
    bench.tell(0, Event::Ended(Exit::Code(1)));
    assert_eq!(bench.states(), [CrashLoop]);
    bench.cells.request_start(0).expect("accepted");
    bench.settle();
    assert_eq!(bench.states(), [Ready]);
}

#[test]
fn a_done_preparation_is_not_run_again_for_a_dependent_but_for_itself() {
    let mut prepare = cell("prepare", &[]);
    prepare.readiness = Readiness::Exited;
    let mut bench = Bench::booted(&[prepare, cell("user", &[0])]);
    bench.tell(0, Event::Ended(Exit::Code(0)));
    assert_eq!(bench.states(), [State::Exited, Ready]);
    bench.done.clear();
    bench.cells.request_restart(1).expect("accepted");
    bench.settle();
    assert_eq!(bench.order(Action::Launch), [1]);
    bench.cells.request_start(0).expect("accepted");
    bench.settle();
    assert_eq!(bench.order(Action::Launch), [0]);
}

#[test]
fn what_an_earlier_supervisor_left_is_emptied_first_and_removed_if_nobody_wants_it() {
    let mut hold = cell("hold", &[]);
    hold.autostart = false;
    let mut bench = Bench::new(&[cell("one", &[]), hold]);
    bench.cells.found(0);
    bench.cells.found(1);
    bench.cells.boot();
    bench.settle();
    assert_eq!(
        bench.done,
        [
            (1, Action::Kill),
            (1, Action::TearDown),
            (0, Action::Kill),
            (0, Action::Launch),
        ]
    );
    assert_eq!(bench.states(), [Ready, Stopped]);
}

#[test]
fn a_second_shutdown_does_not_wait_for_anybodys_grace() {
    let mut bench = all_ready();
    bench.cells.shut_down();
    assert!(bench.cells.poll(bench.now).is_some());
    assert_eq!(bench.cells.poll(bench.now), None);
    bench.cells.shut_down();
    let (index, output) = bench.cells.poll(bench.now).expect("a step");
    assert_eq!(
        (index, output.action, output.report),
        (3, Action::Kill, Some(Report::GraceOver))
    );
}

fn critical(max_failures: u16) -> Bench {
    let mut one = cell("one", &[]);
    one.critical = true;
    one.restart.max_failures = max_failures;
    Bench::booted(&[one, cell("other", &[])])
}

#[test]
fn only_critical_cells_are_looked_at_by_the_watchdog() {
    let mut bench = critical(0);
    assert_eq!(bench.cells.critical(bench.now), Critical::Well);
    bench.tell(1, Event::Ended(Exit::Code(1)));
    assert_eq!(bench.cells.critical(bench.now), Critical::Well);
    bench.tell(0, Event::Ended(Exit::Code(1)));
    assert_eq!(bench.cells.critical(bench.now), Critical::Unwell);
    bench.now += 1000;
    bench.settle();
    assert_eq!(
        bench.cells.critical(bench.now),
        Critical::Well,
        "one failure is no flapping"
    );
}

#[test]
fn a_critical_cell_that_fails_over_and_over_is_not_well_until_it_is_stable() {
    let mut bench = critical(0);
    for _ in 0..5 {
        bench.tell(0, Event::Ended(Exit::Code(1)));
        bench.now += 10_000;
        bench.settle();
    }
    assert_eq!(bench.states()[0], Ready);
    assert_eq!(bench.cells.critical(bench.now), Critical::Unwell);
    assert_eq!(bench.cells.critical(bench.now + 30_000), Critical::Well);
}

#[test]
fn a_critical_cell_that_was_stopped_by_request_is_as_it_should_be() {
    let mut bench = critical(0);
    bench.cells.request_stop(0).expect("accepted");
    bench.settle();
    assert_eq!(bench.cells.critical(bench.now + 1_000_000), Critical::Well);
}

#[test]
fn a_critical_cell_that_never_gets_started_is_well_for_a_minute_only() {
    let mut one = cell("one", &[0]);
    one.critical = true;
    let mut never = cell("never", &[]);
    never.readiness = Readiness::Exited;
    let bench = Bench::booted(&[never, one]);
    assert_eq!(bench.states(), [Starting, Waiting]);
    assert_eq!(bench.cells.critical(59_999), Critical::Well);
    assert_eq!(bench.cells.critical(60_000), Critical::Unwell);
}
