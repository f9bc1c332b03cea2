//! What time and the health command do to a service.

use libcell::image::{Readiness, RestartPolicy};

use super::Rules;
use super::event::{Action, Output, Report, act, tell};
use super::health::{Answer, Command, Verdict};
use super::phase::{Next, Phase, Ready, Stage};
use super::service::Service;

impl Service {
    pub(super) fn health(&mut self, rules: &Rules, answer: Answer, now: u64) -> Output {
        let (
            Some(health_rules),
            Phase::Up {
                health: Some(health),
                ..
            },
        ) = (&rules.health, &mut self.phase)
        else {
            return Output::NONE;
        };
        let failures = health.failures();
        let verdict = health.answered(health_rules, answer, now);
        self.verdict(rules, verdict, failures, now)
            .unwrap_or(Output::NONE)
    }

    /// What an answer of the health command changes; `None` if nothing.
    fn verdict(
        &mut self,
        rules: &Rules,
        verdict: Verdict,
        failures_before: u8,
        now: u64,
    ) -> Option<Output> {
        match verdict {
            Verdict::None => None,
            Verdict::Well => {
                let Phase::Up { ready, .. } = &mut self.phase else {
                    return None;
                };
                if rules.readiness == Readiness::Healthy && *ready == Ready::No {
                    *ready = Ready::Yes;
                    return Some(tell(Action::None, Report::Ready));
                }
                (failures_before > 0).then_some(tell(Action::None, Report::Well))
            }
            Verdict::Failing(failures) => Some(tell(Action::None, Report::Unwell(failures))),
            // ending what nobody would start again helps nobody: it goes on, and shows
            Verdict::Lost(failures) if rules.restart.policy == RestartPolicy::Never => {
                Some(tell(Action::None, Report::Unwell(failures)))
            }
            Verdict::Lost(failures) => {
                self.terminate(rules, Next::Lost, now);
                Some(tell(Action::Terminate, Report::Lost(failures)))
            }
        }
    }

    pub(super) fn time(&mut self, rules: &Rules, now: u64) -> Output {
        match &mut self.phase {
            Phase::Backoff { until } if *until <= now => {
                self.phase = Phase::Waiting;
                Output::NONE
            }
            Phase::Up { ready, health } => {
                if let Ready::At(at) = *ready
                    && at <= now
                {
                    *ready = Ready::Yes;
                    return tell(Action::None, Report::Ready);
                }
                let (Some(health), Some(health_rules)) = (health, &rules.health) else {
                    return Output::NONE;
                };
                let failures = health.failures();
                let (command, verdict) = health.time(health_rules, now);
                let mut output = self
                    .verdict(rules, verdict, failures, now)
                    .unwrap_or(Output::NONE);
                // what ends with its cell need not be killed before
                if output.action == Action::None {
                    output.action = match command {
                        Command::None => Action::None,
                        Command::Start => Action::Health,
                        Command::Kill => Action::KillHealth,
                    };
                }
                output
            }
            Phase::Ending { stage, .. } => match stage {
                Stage::Terminating { until } if *until <= now => {
                    *stage = Stage::emptying(now);
                    tell(Action::Kill, Report::GraceOver)
                }
                Stage::Emptying {
                    check: check @ Some(_),
                    ..
                } if *check <= Some(now) => {
                    *check = None;
                    act(Action::Kill)
                }
                Stage::Terminating { .. } | Stage::Emptying { .. } => Output::NONE,
            },
            Phase::Stopped
            | Phase::Waiting
            | Phase::Launching
            | Phase::Backoff { .. }
            | Phase::Exited
            | Phase::CrashLoop
            | Phase::Failed => Output::NONE,
        }
    }
}
