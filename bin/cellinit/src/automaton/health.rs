//! The health command of a running service.

use super::HealthRules;

/// Until a run has been found well once, it is asked after so many milliseconds, then after twice as many, up to its
/// interval: dependents wait for the answer.
const FIRST_MS: u32 = 100;

/// Where the asking is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The next one starts at `at`.
    Idle { at: u64 },
    /// One runs, until then at most.
    Asking { until: u64 },
    /// One took too long and was killed; it has not been reaped.
    Killed,
}

/// The health of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Health {
    step: Step,
    failures: u8,
    /// Milliseconds to the next one.
    pause_ms: u32,
    /// Start of the run.
    since: u64,
}

/// What to do with the health command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Nothing.
    None,
    /// Start it.
    Start,
    /// Kill it.
    Kill,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is known that was not known before.
    None,
    /// It is well.
    Well,
    /// It failed, so many times in a row.
    Failing(u8),
    /// It failed as often as the definition bears.
    Lost(u8),
}

impl Health {
    /// Of a run that begins now.
    pub(super) fn new(rules: &HealthRules, now: u64) -> Self {
        let pause_ms = FIRST_MS.min(rules.interval_ms);
        Self {
            step: Step::Idle {
                at: now + u64::from(pause_ms),
            },
            failures: 0,
            pause_ms,
            since: now,
        }
    }

    /// Failures in a row that count.
    pub(super) const fn failures(self) -> u8 {
        self.failures
    }

    /// When [`Self::time`] has something to do.
    pub(super) const fn deadline(self) -> Option<u64> {
        match self.step {
            Step::Idle { at } => Some(at),
            Step::Asking { until } => Some(until),
            Step::Killed => None,
        }
    }

    /// The deadline is over.
    pub(super) fn time(&mut self, rules: &HealthRules, now: u64) -> (Command, Verdict) {
        match self.step {
            Step::Idle { at } if at <= now => {
                self.step = Step::Asking {
                    until: now + u64::from(rules.timeout_ms),
                };
                (Command::Start, Verdict::None)
            }
            Step::Asking { until } if until <= now => {
                self.step = Step::Killed;
                (Command::Kill, self.failed(rules, now))
            }
            Step::Idle { .. } | Step::Asking { .. } | Step::Killed => {
                (Command::None, Verdict::None)
            }
        }
    }

    /// The command ended, or could not be started: `well` if with status 0.
    pub(super) fn answered(&mut self, rules: &HealthRules, well: Answer, now: u64) -> Verdict {
        let verdict = match (self.step, well) {
            (Step::Idle { .. }, _) => return Verdict::None,
            (Step::Killed, _) => Verdict::None,
            (Step::Asking { .. }, Answer::Well) => {
                self.failures = 0;
                self.pause_ms = rules.interval_ms;
                Verdict::Well
            }
            (Step::Asking { .. }, Answer::Unwell) => self.failed(rules, now),
        };
        self.pause_ms = self.pause_ms.saturating_mul(2).min(rules.interval_ms);
        self.step = Step::Idle {
            at: now + u64::from(self.pause_ms),
        };
        verdict
    }

    fn failed(&mut self, rules: &HealthRules, now: u64) -> Verdict {
        if now.saturating_sub(self.since) < u64::from(rules.start_period_ms) {
            return Verdict::None;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= rules.retries {
            Verdict::Lost(self.failures)
        } else {
            Verdict::Failing(self.failures)
        }
    }
}

/// What a health command said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Status 0.
    Well,
    /// Anything else.
    Unwell,
}
