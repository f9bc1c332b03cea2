//! One service among the others: its rules, and what is to become of it.

use libcell::control::State;

use super::{Rules, Service};

/// How long a critical cell may wait or start before the watchdog is left to bite, in milliseconds.
const PATIENCE_MS: u64 = 60_000;

/// Failures in a row that a critical cell whose definition names none may have before the watchdog is left to bite.
const FLAPPING: u16 = 5;

/// What is to become of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    Up,
    /// Up, also from where it would stay down.
    Afresh,
    Down,
    /// Down, then up.
    Again,
}

/// Whether the watchdog looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Critical,
    Ordinary,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) rules: Rules,
    pub(super) service: Service,
    pub(super) intent: Intent,
    pub(super) weight: Weight,
    pub(super) autostart: bool,
    /// One bit a cell.
    pub(super) depends: u64,
    pub(super) dependents: u64,
}

impl Member {
    pub(super) fn is_ready(&self) -> bool {
        self.intent == Intent::Up && self.service.is_ready(&self.rules)
    }

    /// Whether what this one depends on may stop.
    pub(super) fn is_out_of_the_way(&self) -> bool {
        match self.intent {
            Intent::Down | Intent::Again => self.service.is_at_rest(),
            Intent::Up | Intent::Afresh => {
                matches!(self.service.state(), State::Stopped | State::Waiting)
            }
        }
    }

    pub(super) fn is_well(&self, now: u64) -> bool {
        let most = match self.rules.restart.max_failures {
            0 => FLAPPING,
            most => most,
        };
        let steady = self.service.failures(&self.rules, now) < most;
        let waited = now.saturating_sub(self.service.since());
        let unwanted = self.intent != Intent::Up;
        match self.service.state() {
            State::Ready | State::Degraded => steady,
            State::Waiting | State::Starting => steady && waited < PATIENCE_MS,
            State::Stopped | State::Stopping => unwanted || waited < PATIENCE_MS,
            State::Backoff | State::CrashLoop | State::Exited | State::Failed => unwanted,
        }
    }
}

/// The set of one cell.
pub(super) const fn bit(index: u8) -> u64 {
    match 1_u64.checked_shl(index as u32) {
        Some(bit) => bit,
        None => 0,
    }
}
