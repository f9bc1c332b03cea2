//! What the health command does to a service.

use std::prelude::rust_2024::*;

use libcell::control::State;
use libcell::image::{Cell, Readiness, RestartPolicy};
use libcell::platform::Exit;

use super::bench::Bench;
use super::define::health;
use crate::automaton::{Action, Event, Output, Report};

#[test]
fn a_service_is_not_ready_while_a_preparation_runs_in_its_place() {
    let mut bench = healthy(|cell| cell.readiness = Readiness::Started);
    bench.tell(Event::Want);
    bench.tell(Event::Start);
    assert_eq!(bench.tell(Event::Preparing), Output::NONE);
    assert_eq!(bench.service.state(), State::Starting);
    assert_eq!(bench.service.deadline(), None, "its health is not asked");
    assert_eq!(bench.service.runs(), 0);
    bench.now = 5000;
    assert_eq!(bench.tell(Event::Launched).report, Some(Report::Started));
    assert_eq!(bench.service.state(), State::Ready);
    assert_eq!(bench.tell(Event::Launched), Output::NONE, "it runs once");
    assert_eq!(bench.service.runs(), 1);
}

fn healthy(change: impl FnOnce(&mut Cell<'static>)) -> Bench {
    Bench::new(|cell| {
        cell.readiness = Readiness::Healthy;
        cell.health = Some(health());
        change(cell);
    })
}

#[test]
fn readiness_by_health_waits_for_the_first_good_answer() {
    let mut bench = healthy(|cell| {
        cell.health.as_mut().expect("health").start_period_ms = 5000;
    });
    bench.up();
    for (asked_at, ended_at) in [(100, 150), (350, 400), (800, 900)] {
        assert_eq!(bench.wait().action, Action::Health);
        assert_eq!(bench.now, asked_at, "asked sooner until it was well once");
        bench.now = ended_at;
        assert_eq!(bench.tell(Event::HealthEnded(Exit::Code(1))), Output::NONE);
        assert_eq!(bench.service.state(), State::Starting);
        assert_eq!(bench.service.health_failures(), 0);
    }
    bench.wait();
    assert_eq!(
        bench.tell(Event::HealthEnded(Exit::Code(0))).report,
        Some(Report::Ready)
    );
    assert_eq!(bench.service.state(), State::Ready);
    let well_at = bench.now;
    assert_eq!(bench.wait().action, Action::Health);
    assert_eq!(bench.now - well_at, 10_000, "then by its interval");
}

#[test]
fn failures_count_from_the_end_of_the_start_period() {
    let mut bench = healthy(|cell| {
        cell.health.as_mut().expect("health").start_period_ms = 150;
    });
    bench.up();
    bench.wait();
    bench.now = 149;
    bench.tell(Event::HealthEnded(Exit::Code(1)));
    assert_eq!(bench.service.health_failures(), 0);
    bench.wait();
    bench.tell(Event::HealthEnded(Exit::Code(1)));
    assert_eq!(bench.service.health_failures(), 1);
}

#[test]
fn a_failing_health_command_degrades_and_then_restarts() {
    let mut bench = healthy(|cell| cell.readiness = Readiness::Started);
    bench.up();
    bench.wait();
    bench.tell(Event::HealthEnded(Exit::Code(0)));
    for failures in 1..=2 {
        bench.wait();
        assert_eq!(
            bench.tell(Event::HealthEnded(Exit::Code(1))).report,
            Some(Report::Unwell(failures))
        );
        assert_eq!(bench.service.state(), State::Degraded);
        assert!(bench.service.is_ready(&bench.rules));
    }
    bench.wait();
    let output = bench.tell(Event::HealthEnded(Exit::Signal(9)));
    assert_eq!(output.action, Action::Terminate);
    assert_eq!(output.report, Some(Report::Lost(3)));
    assert_eq!(bench.service.state(), State::Stopping);
    assert_eq!(
        bench.end(Exit::Code(0)).report,
        Some(Report::Again(1000)),
        "it failed although it exits with 0"
    );
    assert_eq!(bench.service.failures(&bench.rules, bench.now), 1);
}

#[test]
fn a_good_answer_clears_the_failures() {
    let mut bench = healthy(|_| {});
    bench.up();
    bench.wait();
    bench.tell(Event::HealthEnded(Exit::Code(0)));
    bench.wait();
    bench.tell(Event::NoHealth);
    assert_eq!(bench.service.state(), State::Degraded);
    bench.wait();
    assert_eq!(
        bench.tell(Event::HealthEnded(Exit::Code(0))).report,
        Some(Report::Well)
    );
    assert_eq!(bench.service.state(), State::Ready);
}

#[test]
fn a_slow_health_command_is_killed_and_has_failed_and_is_not_asked_twice() {
    let mut bench = healthy(|_| {});
    bench.up();
    bench.wait();
    let asked = bench.now;
    let output = bench.wait();
    assert_eq!(bench.now - asked, 1000);
    assert_eq!(output.action, Action::KillHealth);
    assert_eq!(output.report, Some(Report::Unwell(1)));
    assert_eq!(
        bench.service.deadline(),
        None,
        "the next one waits for this one to be reaped"
    );
    bench.tell(Event::HealthEnded(Exit::Signal(9)));
    assert_eq!(bench.service.health_failures(), 1, "counted once");
    assert_eq!(bench.wait().action, Action::Health);
}

#[test]
fn an_answer_from_the_run_before_says_nothing_of_this_one() {
    let mut bench = healthy(|_| {});
    bench.up();
    bench.wait();
    bench.crash();
    bench.wait();
    bench.start();
    assert_eq!(bench.tell(Event::HealthEnded(Exit::Code(0))), Output::NONE);
    assert_eq!(bench.service.state(), State::Starting);
}

#[test]
fn what_is_never_restarted_is_not_ended_for_its_health() {
    let mut bench = healthy(|cell| {
        cell.restart.policy = RestartPolicy::Never;
        cell.readiness = Readiness::Started;
    });
    bench.up();
    for failures in 1..=5 {
        bench.wait();
        let output = bench.tell(Event::HealthEnded(Exit::Code(1)));
        assert_eq!(output.action, Action::None);
        assert_eq!(output.report, Some(Report::Unwell(failures)));
    }
    assert_eq!(bench.service.state(), State::Degraded);
}
