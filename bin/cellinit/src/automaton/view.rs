//! What can be seen of a service.

use libcell::control::{LastExit, State};
use libcell::image::Readiness;

use super::Rules;
use super::phase::{Leftover, Next, Phase, Ready, Stage};
use super::service::Service;

impl Service {
    /// Where it is.
    #[must_use]
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Stopped => State::Stopped,
            Phase::Waiting => State::Waiting,
            Phase::Launching => State::Starting,
            Phase::Up { ready, health } => match ready {
                Ready::Preparing | Ready::No | Ready::At(_) => State::Starting,
                Ready::Yes if health.is_some_and(|health| health.failures() > 0) => State::Degraded,
                Ready::Yes => State::Ready,
            },
            Phase::Ending { .. } => State::Stopping,
            Phase::Backoff { .. } => State::Backoff,
            Phase::Exited => State::Exited,
            Phase::CrashLoop => State::CrashLoop,
            Phase::Failed => State::Failed,
        }
    }

    /// When [`Event::Time`](super::Event::Time) has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        match self.phase {
            Phase::Up { ready, health } => {
                let asked = health.and_then(|health| health.deadline());
                match ready {
                    Ready::At(at) => Some(asked.map_or(at, |asked| asked.min(at))),
                    Ready::Preparing | Ready::No | Ready::Yes => asked,
                }
            }
            Phase::Ending { stage, .. } => match stage {
                Stage::Terminating { until } => Some(until),
                Stage::Emptying { check, .. } => check,
            },
            Phase::Backoff { until } => Some(until),
            Phase::Stopped
            | Phase::Waiting
            | Phase::Launching
            | Phase::Exited
            | Phase::CrashLoop
            | Phase::Failed => None,
        }
    }

    /// Whether what depends on it may start.
    #[must_use]
    pub fn is_ready(&self, rules: &Rules) -> bool {
        match self.state() {
            State::Ready | State::Degraded => true,
            State::Exited => {
                rules.readiness == Readiness::Exited && self.last_exit == LastExit::Code(0)
            }
            State::Stopped
            | State::Waiting
            | State::Starting
            | State::Backoff
            | State::CrashLoop
            | State::Failed
            | State::Stopping => false,
        }
    }

    /// Whether a stop would change nothing.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        match self.phase {
            Phase::Stopped => self.leftover != Leftover::Found,
            Phase::Failed => self.leftover == Leftover::Undying,
            Phase::Waiting
            | Phase::Launching
            | Phase::Up { .. }
            | Phase::Ending { .. }
            | Phase::Backoff { .. }
            | Phase::Exited
            | Phase::CrashLoop => false,
        }
    }

    /// Whether it is on its way to be stopped.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        matches!(
            self.phase,
            Phase::Ending {
                next: Next::Stopped,
                ..
            }
        )
    }

    /// Whether an answer to [`Action::Launch`](super::Action::Launch) is awaited.
    #[must_use]
    pub fn is_launching(&self) -> bool {
        matches!(self.phase, Phase::Launching)
    }

    /// Whether it stays down until somebody asks.
    #[must_use]
    pub fn is_settled_down(&self) -> bool {
        matches!(self.phase, Phase::Failed | Phase::CrashLoop | Phase::Exited)
    }

    /// Failures in a row, as far as the run that goes on has not outlived them.
    #[must_use]
    pub fn failures(&self, rules: &Rules, now: u64) -> u16 {
        if matches!(self.phase, Phase::Up { .. }) && self.is_stable(rules, now) {
            0
        } else {
            self.failures
        }
    }

    fn is_stable(&self, rules: &Rules, now: u64) -> bool {
        now.saturating_sub(self.ran_since) >= u64::from(rules.restart.stable_ms)
    }

    /// Failures of the health command in a row.
    #[must_use]
    pub fn health_failures(&self) -> u8 {
        if let Phase::Up { health, .. } = self.phase {
            health.map_or(0, |health| health.failures())
        } else {
            0
        }
    }

    /// Milliseconds until it starts again; 0 unless in backoff.
    #[must_use]
    pub fn backoff_ms(&self, now: u64) -> u32 {
        if let Phase::Backoff { until } = self.phase {
            u32::try_from(until.saturating_sub(now)).unwrap_or(u32::MAX)
        } else {
            0
        }
    }

    /// When the state that is shown began.
    #[must_use]
    pub const fn since(&self) -> u64 {
        self.since
    }

    /// Runs that were started.
    #[must_use]
    pub const fn runs(&self) -> u32 {
        self.runs
    }

    /// Whether its process has not been reaped.
    #[must_use]
    pub const fn is_alive(&self) -> bool {
        self.alive
    }

    /// How the last run ended.
    #[must_use]
    pub const fn last_exit(&self) -> LastExit {
        self.last_exit
    }
}
