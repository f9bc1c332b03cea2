//! One service: where it is, what happened, what to do.
//!
//! A service is its process. When that ends, by itself or because it was told to, everything else in its cell is killed
//! before anything comes after, so there are never two generations of a service at a time, whatever it forked.

use libcell::control::LastExit;
use libcell::image::{Readiness, RestartPolicy};
use libcell::platform::Exit;

use super::Rules;
use super::event::{Action, Cure, Event, Output, Report, act, tell};
use super::health::{Answer, Health};
use super::phase::{Leftover, Next, Outcome, PAUSE_MAX_MS, Phase, Ready, Stage};

/// Delays before the runs after the first, in milliseconds; the last one stays.
pub(super) const LADDER_MS: [u32; 5] = [1000, 2000, 4000, 8000, 10_000];

/// One service.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    pub(super) phase: Phase,
    /// When the state that is shown began.
    pub(super) since: u64,
    /// Start of the last run.
    pub(super) ran_since: u64,
    pub(super) runs: u32,
    pub(super) failures: u16,
    /// Index into [`LADDER_MS`] of the next delay.
    pub(super) rung: u8,
    /// Its process has not been reaped.
    pub(super) alive: bool,
    pub(super) leftover: Leftover,
    pub(super) last_exit: LastExit,
}

impl Service {
    /// A service that was never started.
    #[must_use]
    pub const fn new(now: u64) -> Self {
        Self {
            phase: Phase::Stopped,
            since: now,
            ran_since: now,
            runs: 0,
            failures: 0,
            rung: 0,
            alive: false,
            leftover: Leftover::None,
            last_exit: LastExit::None,
        }
    }

    /// Its cell has members that an earlier supervisor started, or may have.
    pub const fn found(&mut self) {
        self.leftover = Leftover::Found;
    }

    /// Members that could not be killed may be tried again.
    pub fn retry(&mut self) {
        if self.leftover == Leftover::Undying {
            self.leftover = Leftover::Found;
        }
    }

    /// Ends the grace of a service that is being stopped.
    pub fn hurry(&mut self, now: u64) {
        if let Phase::Ending {
            stage: Stage::Terminating { until },
            ..
        } = &mut self.phase
        {
            *until = now.min(*until);
        }
    }

    /// Takes an event.
    pub fn step(&mut self, rules: &Rules, event: Event, now: u64) -> Output {
        let before = self.state();
        let output = match event {
            Event::Want => self.want(now),
            Event::Start => self.start(),
            Event::Stop => self.stop(rules, now),
            Event::Preparing => self.preparing(now),
            Event::Launched => self.launched(rules, now),
            Event::NotLaunched(cure) => self.not_launched(rules, cure, now),
            Event::Ended(exit) => self.ended(exit, now),
            Event::Members(count) => self.members(rules, count, now),
            Event::HealthEnded(Exit::Code(0)) => self.health(rules, Answer::Well, now),
            Event::HealthEnded(Exit::Code(_) | Exit::Signal(_)) | Event::NoHealth => {
                self.health(rules, Answer::Unwell, now)
            }
            Event::Time => self.time(rules, now),
        };
        if self.state() != before {
            self.since = now;
        }
        output
    }

    fn want(&mut self, now: u64) -> Output {
        match self.phase {
            Phase::Stopped
            | Phase::Exited
            | Phase::CrashLoop
            | Phase::Failed
            | Phase::Backoff { .. } => {}
            Phase::Waiting | Phase::Launching | Phase::Up { .. } | Phase::Ending { .. } => {
                return Output::NONE;
            }
        }
        self.failures = 0;
        self.rung = 0;
        match self.leftover {
            Leftover::None => {
                self.phase = Phase::Waiting;
                Output::NONE
            }
            Leftover::Found | Leftover::Undying => self.empty(Next::Waiting, now),
        }
    }

    fn start(&mut self) -> Output {
        if !matches!(self.phase, Phase::Waiting) {
            return Output::NONE;
        }
        self.phase = Phase::Launching;
        act(Action::Launch)
    }

    fn stop(&mut self, rules: &Rules, now: u64) -> Output {
        match &mut self.phase {
            Phase::Launching => Output::NONE,
            Phase::Up { .. } => {
                self.terminate(rules, Next::Stopped, now);
                tell(Action::Terminate, Report::Stopping)
            }
            Phase::Ending { next, .. } => {
                *next = Next::Stopped;
                Output::NONE
            }
            Phase::Stopped
            | Phase::Waiting
            | Phase::Backoff { .. }
            | Phase::Exited
            | Phase::CrashLoop
            | Phase::Failed => match self.leftover {
                Leftover::None => {
                    self.phase = Phase::Stopped;
                    act(Action::TearDown)
                }
                Leftover::Found | Leftover::Undying => self.empty(Next::Stopped, now),
            },
        }
    }

    fn preparing(&mut self, now: u64) -> Output {
        if matches!(self.phase, Phase::Launching) {
            self.alive = true;
            self.ran_since = now;
            self.phase = Phase::Up {
                ready: Ready::Preparing,
                health: None,
            };
        }
        Output::NONE
    }

    fn launched(&mut self, rules: &Rules, now: u64) -> Output {
        let expected = match self.phase {
            Phase::Launching => true,
            Phase::Up { ready, .. } => ready == Ready::Preparing,
            Phase::Stopped
            | Phase::Waiting
            | Phase::Ending { .. }
            | Phase::Backoff { .. }
            | Phase::Exited
            | Phase::CrashLoop
            | Phase::Failed => false,
        };
        if !expected {
            return Output::NONE;
        }
        self.alive = true;
        self.runs = self.runs.saturating_add(1);
        self.ran_since = now;
        let health = rules.health.as_ref();
        self.phase = Phase::Up {
            ready: match rules.readiness {
                Readiness::Started => Ready::Yes,
                Readiness::Healthy if health.is_none() => Ready::Yes,
                Readiness::Healthy | Readiness::Exited => Ready::No,
                Readiness::After(ms) => Ready::At(now + u64::from(ms)),
            },
            health: health.map(|rules| Health::new(rules, now)),
        };
        tell(Action::None, Report::Started)
    }

    fn not_launched(&mut self, rules: &Rules, cure: Cure, now: u64) -> Output {
        if !matches!(self.phase, Phase::Launching) {
            return Output::NONE;
        }
        self.ran_since = now;
        match cure {
            Cure::Wait => self.decide(rules, Outcome::Failed, now),
            Cure::None => {
                self.phase = Phase::Failed;
                Output::NONE
            }
        }
    }

    fn ended(&mut self, exit: Exit, now: u64) -> Output {
        if !self.alive {
            return Output::NONE;
        }
        self.alive = false;
        self.last_exit = match exit {
            Exit::Code(code) => LastExit::Code(code),
            Exit::Signal(signal) => LastExit::Signal(signal),
        };
        let action = match &mut self.phase {
            Phase::Up { .. } => {
                self.phase = Phase::Ending {
                    next: Next::Ended,
                    stage: Stage::emptying(now),
                };
                Action::Kill
            }
            Phase::Ending { stage, .. } => match stage {
                Stage::Terminating { .. } => {
                    *stage = Stage::emptying(now);
                    Action::Kill
                }
                // an answer is awaited, and will ask again while there are members
                Stage::Emptying { check: None, .. } => Action::None,
                Stage::Emptying { check, .. } => {
                    *check = None;
                    Action::Kill
                }
            },
            Phase::Stopped
            | Phase::Waiting
            | Phase::Launching
            | Phase::Backoff { .. }
            | Phase::Exited
            | Phase::CrashLoop
            | Phase::Failed => Action::None,
        };
        tell(action, Report::Ended(exit))
    }

    fn members(&mut self, rules: &Rules, count: u32, now: u64) -> Output {
        let Phase::Ending {
            next,
            stage:
                Stage::Emptying {
                    check: check @ None,
                    pause,
                    give_up,
                },
        } = &mut self.phase
        else {
            return Output::NONE;
        };
        if count == 0 && !self.alive {
            let next = *next;
            return self.emptied(rules, next, now);
        }
        if *give_up <= now {
            self.phase = Phase::Failed;
            self.leftover = Leftover::Undying;
            return tell(Action::None, Report::Undying(count));
        }
        *check = Some(now + *pause);
        *pause = (*pause * 2).min(PAUSE_MAX_MS);
        Output::NONE
    }

    fn emptied(&mut self, rules: &Rules, next: Next, now: u64) -> Output {
        self.leftover = Leftover::None;
        match next {
            Next::Stopped => {
                self.phase = Phase::Stopped;
                act(Action::TearDown)
            }
            Next::Waiting => {
                self.phase = Phase::Waiting;
                Output::NONE
            }
            Next::Ended => match self.last_exit {
                LastExit::Code(0) => self.decide(rules, Outcome::Done, now),
                LastExit::None | LastExit::Code(_) | LastExit::Signal(_) => {
                    self.decide(rules, Outcome::Failed, now)
                }
            },
            Next::Lost => self.decide(rules, Outcome::Failed, now),
        }
    }

    /// What the restart policy makes of the end of a run.
    fn decide(&mut self, rules: &Rules, outcome: Outcome, now: u64) -> Output {
        let restart = &rules.restart;
        if now.saturating_sub(self.ran_since) >= u64::from(restart.stable_ms) && self.runs > 0 {
            self.failures = 0;
            self.rung = 0;
        }
        self.failures = match outcome {
            Outcome::Done => 0,
            Outcome::Failed => self.failures.saturating_add(1),
        };
        let stays = match (restart.policy, outcome) {
            (RestartPolicy::Never, Outcome::Done | Outcome::Failed)
            | (RestartPolicy::OnFailure, Outcome::Done) => true,
            (RestartPolicy::Always, Outcome::Done) => rules.readiness == Readiness::Exited,
            (RestartPolicy::Always | RestartPolicy::OnFailure, Outcome::Failed) => false,
        };
        if stays {
            self.phase = Phase::Exited;
            return Output::NONE;
        }
        if restart.max_failures != 0 && self.failures >= restart.max_failures {
            self.phase = Phase::CrashLoop;
            return tell(Action::None, Report::CrashLoop(self.failures));
        }
        let last = LADDER_MS.len() - 1;
        let delay = LADDER_MS
            .get(usize::from(self.rung).min(last))
            .copied()
            .unwrap_or_default();
        self.rung = self.rung.saturating_add(1);
        self.phase = Phase::Backoff {
            until: now + u64::from(delay),
        };
        tell(Action::None, Report::Again(delay))
    }

    pub(super) fn terminate(&mut self, rules: &Rules, next: Next, now: u64) {
        self.phase = Phase::Ending {
            next,
            stage: Stage::Terminating {
                until: now + u64::from(rules.grace_ms),
            },
        };
    }

    fn empty(&mut self, next: Next, now: u64) -> Output {
        self.phase = Phase::Ending {
            next,
            stage: Stage::emptying(now),
        };
        act(Action::Kill)
    }
}
