//! The automaton of one service.

use std::prelude::rust_2024::*;
use std::vec;

use libcell::control::State;
use libcell::image::{Readiness, RestartPolicy};
use libcell::platform::Exit;

use super::bench::Bench;
use crate::automaton::{Action, Cure, Event, Output, Report};

#[test]
fn delays_climb_one_two_four_eight_ten_ten() {
    let mut bench = Bench::new(|_| {});
    bench.up();
    for delay in [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000] {
        assert_eq!(bench.crash().report, Some(Report::Again(delay)));
        assert_eq!(bench.service.state(), State::Backoff);
        assert_eq!(bench.service.backoff_ms(bench.now), delay);
        let before = bench.now;
        bench.wait();
        assert_eq!(bench.now - before, u64::from(delay));
        assert_eq!(bench.service.state(), State::Waiting);
        bench.start();
    }
    assert_eq!(bench.service.runs(), 8);
}

#[test]
fn a_run_of_the_stable_time_forgives() {
    let mut bench = Bench::new(|_| {});
    bench.up();
    for _ in 0..4 {
        bench.crash();
        bench.wait();
        bench.start();
    }
    assert_eq!(bench.service.failures(&bench.rules, bench.now), 4);
    bench.now += 29_999;
    assert_eq!(bench.service.failures(&bench.rules, bench.now), 4);
    bench.now += 1;
    assert_eq!(bench.service.failures(&bench.rules, bench.now), 0);
    assert_eq!(bench.crash().report, Some(Report::Again(1000)));
    assert_eq!(bench.service.failures(&bench.rules, bench.now), 1);
}

#[test]
fn a_run_one_millisecond_short_of_stable_does_not_forgive() {
    let mut bench = Bench::new(|_| {});
    bench.up();
    bench.crash();
    bench.wait();
    bench.start();
    bench.now += 29_999;
    assert_eq!(bench.crash().report, Some(Report::Again(2000)));
}

#[test]
fn it_crash_loops_after_the_failures_it_may_have() {
    let mut bench = Bench::new(|cell| cell.restart.max_failures = 3);
    bench.up();
    for _ in 0..2 {
        bench.crash();
        bench.wait();
        bench.start();
    }
    assert_eq!(bench.crash().report, Some(Report::CrashLoop(3)));
    assert_eq!(bench.service.state(), State::CrashLoop);
    assert_eq!(bench.service.deadline(), None);
    bench.tell(Event::Want);
    assert_eq!(bench.service.state(), State::Waiting);
    assert_eq!(bench.service.failures(&bench.rules, bench.now), 0);
}

#[test]
fn a_clean_end_restarts_what_restarts_always_with_the_same_delays() {
    let mut bench = Bench::new(|cell| cell.restart.max_failures = 2);
    bench.up();
    for delay in [1000, 2000, 4000] {
        assert_eq!(
            bench.end(Exit::Code(0)).report,
            Some(Report::Again(delay)),
            "clean ends are no failures and never a crash loop"
        );
        assert_eq!(bench.service.failures(&bench.rules, bench.now), 0);
        bench.wait();
        bench.start();
    }
}

#[test]
fn a_clean_end_is_the_end_of_what_restarts_on_failure() {
    let mut bench = Bench::new(|cell| cell.restart.policy = RestartPolicy::OnFailure);
    bench.up();
    bench.end(Exit::Code(0));
    assert_eq!(bench.service.state(), State::Exited);
    assert!(!bench.service.is_ready(&bench.rules));
    assert_eq!(bench.service.deadline(), None);
}

#[test]
fn a_signal_is_a_failure() {
    let mut bench = Bench::new(|cell| cell.restart.policy = RestartPolicy::OnFailure);
    bench.up();
    assert_eq!(
        bench.end(Exit::Signal(11)).report,
        Some(Report::Again(1000))
    );
}

#[test]
fn what_is_never_restarted_stays_down_however_it_ended() {
    for exit in [Exit::Code(0), Exit::Code(1), Exit::Signal(9)] {
        let mut bench = Bench::new(|cell| cell.restart.policy = RestartPolicy::Never);
        bench.up();
        bench.end(exit);
        assert_eq!(bench.service.state(), State::Exited);
    }
}

#[test]
fn a_preparation_is_ready_once_it_is_done_and_runs_again_until_it_is() {
    let mut bench = Bench::new(|cell| cell.readiness = Readiness::Exited);
    bench.up();
    assert_eq!(bench.service.state(), State::Starting);
    bench.crash();
    assert!(!bench.service.is_ready(&bench.rules));
    bench.wait();
    bench.start();
    bench.end(Exit::Code(0));
    assert_eq!(bench.service.state(), State::Exited);
    assert!(bench.service.is_ready(&bench.rules));
}

#[test]
fn what_is_ready_after_a_time_is_ready_then_and_not_before() {
    let mut bench = Bench::new(|cell| cell.readiness = Readiness::After(700));
    bench.up();
    assert_eq!(bench.service.state(), State::Starting);
    bench.now = 699;
    bench.tell(Event::Time);
    assert!(!bench.service.is_ready(&bench.rules));
    assert_eq!(bench.wait().report, Some(Report::Ready));
    assert_eq!(bench.now, 700);
    assert!(bench.service.is_ready(&bench.rules));
}

#[test]
fn a_preparation_that_fails_is_a_failure_of_the_service() {
    let mut bench = Bench::new(|_| {});
    bench.tell(Event::Want);
    bench.tell(Event::Start);
    bench.tell(Event::Preparing);
    assert_eq!(bench.crash().report, Some(Report::Again(1000)));
}

#[test]
fn stopping_is_term_then_grace_then_the_kill_of_all_then_the_end_of_the_cell() {
    let mut bench = Bench::new(|_| {});
    bench.up();
    bench.now = 1000;
    let output = bench.tell(Event::Stop);
    assert_eq!(output.action, Action::Terminate);
    assert_eq!(bench.service.state(), State::Stopping);
    let output = bench.wait();
    assert_eq!(bench.now, 6000);
    assert_eq!(output.action, Action::Kill);
    assert_eq!(output.report, Some(Report::GraceOver));
    assert_eq!(
        bench.tell(Event::Members(2)),
        Output::NONE,
        "asked again later"
    );
    assert_eq!(
        bench.tell(Event::Ended(Exit::Signal(9))).action,
        Action::Kill
    );
    assert_eq!(bench.tell(Event::Members(0)).action, Action::TearDown);
    assert_eq!(bench.service.state(), State::Stopped);
    assert!(bench.service.is_at_rest());
}

#[test]
fn what_a_service_leaves_behind_is_killed_before_it_starts_again() {
    let mut bench = Bench::new(|_| {});
    bench.up();
    assert_eq!(bench.tell(Event::Ended(Exit::Code(1))).action, Action::Kill);
    let mut pauses = vec![];
    for _ in 0..7 {
        assert_eq!(bench.tell(Event::Members(1)), Output::NONE);
        let before = bench.now;
        assert_eq!(bench.wait().action, Action::Kill);
        pauses.push(bench.now - before);
    }
    assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 160]);
    assert_eq!(
        bench.tell(Event::Members(0)).report,
        Some(Report::Again(1000))
    );
}

#[test]
fn an_empty_cell_whose_process_was_not_reaped_is_not_done_yet() {
    let mut bench = Bench::new(|cell| cell.stop_grace_ms = 0);
    bench.up();
    bench.tell(Event::Stop);
    assert_eq!(bench.wait().action, Action::Kill);
    bench.tell(Event::Members(0));
    assert_eq!(bench.service.state(), State::Stopping);
    assert_eq!(
        bench.tell(Event::Ended(Exit::Signal(9))).action,
        Action::Kill
    );
    assert_eq!(bench.tell(Event::Members(0)).action, Action::TearDown);
}

#[test]
fn members_that_cannot_be_killed_fail_the_service_until_somebody_asks_again() {
    let mut bench = Bench::new(|_| {});
    bench.up();
    bench.tell(Event::Ended(Exit::Code(0)));
    let report = loop {
        if let Some(report) = bench.tell(Event::Members(3)).report {
            break report;
        }
        bench.wait();
    };
    assert_eq!(report, Report::Undying(3));
    assert!((5000..=5200).contains(&bench.now));
    assert_eq!(bench.service.state(), State::Failed);
    assert!(bench.service.is_at_rest());
    bench.service.retry();
    assert_eq!(bench.tell(Event::Want).action, Action::Kill);
    bench.tell(Event::Members(0));
    assert_eq!(bench.service.state(), State::Waiting);
}

#[test]
fn a_stop_in_backoff_or_while_waiting_is_at_once() {
    let mut bench = Bench::new(|_| {});
    bench.tell(Event::Want);
    assert_eq!(bench.tell(Event::Stop).action, Action::TearDown);
    bench.up();
    bench.crash();
    assert_eq!(bench.tell(Event::Stop).action, Action::TearDown);
    assert_eq!(bench.service.deadline(), None);
}

#[test]
fn a_stop_while_it_ends_by_itself_is_not_forgotten() {
    let mut bench = Bench::new(|_| {});
    bench.up();
    bench.tell(Event::Ended(Exit::Code(1)));
    assert_eq!(bench.tell(Event::Stop), Output::NONE);
    assert_eq!(bench.tell(Event::Members(0)).action, Action::TearDown);
    assert_eq!(bench.service.state(), State::Stopped);
}

#[test]
fn hurrying_ends_the_grace() {
    let mut bench = Bench::new(|_| {});
    bench.up();
    bench.tell(Event::Stop);
    bench.now = 10;
    bench.service.hurry(bench.now);
    assert_eq!(bench.wait().action, Action::Kill);
    assert_eq!(bench.now, 10);
}

#[test]
fn what_cannot_be_set_up_fails_and_what_may_pass_is_tried_again() {
    let mut bench = Bench::new(|cell| cell.restart.max_failures = 2);
    bench.tell(Event::Want);
    bench.tell(Event::Start);
    bench.tell(Event::NotLaunched(Cure::None));
    assert_eq!(bench.service.state(), State::Failed);
    bench.tell(Event::Want);
    bench.tell(Event::Start);
    assert_eq!(
        bench.tell(Event::NotLaunched(Cure::Wait)).report,
        Some(Report::Again(1000))
    );
    bench.wait();
    bench.tell(Event::Start);
    assert_eq!(
        bench.tell(Event::NotLaunched(Cure::Wait)).report,
        Some(Report::CrashLoop(2))
    );
}

#[test]
fn members_of_an_earlier_supervisor_are_killed_before_the_first_start() {
    let mut bench = Bench::new(|_| {});
    bench.service.found();
    assert!(!bench.service.is_at_rest());
    assert_eq!(bench.tell(Event::Want).action, Action::Kill);
    bench.tell(Event::Members(1));
    assert_eq!(bench.wait().action, Action::Kill);
    bench.tell(Event::Members(0));
    assert_eq!(bench.service.state(), State::Waiting);
}

#[test]
fn a_shown_state_says_since_when() {
    let mut bench = Bench::new(|cell| cell.readiness = Readiness::After(50));
    bench.now = 7;
    bench.up();
    assert_eq!(bench.service.since(), 7);
    bench.wait();
    assert_eq!(bench.service.since(), 57);
}
