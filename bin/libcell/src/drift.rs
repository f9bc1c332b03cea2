//! What is to be done with a cell that is not as it is desired: the rules of `cellmgr apply`, and of a boot.

/// Where its service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It does not run and nothing will start it.
    Down,
    /// It runs, or is about to.
    Up,
    /// It ended and is to stay so.
    Done,
}

/// What of its definition is not what it runs by, the gravest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// Nothing.
    Nothing,
    /// What the kernel enforces.
    Policy,
    /// What its service runs by, or its plan.
    Service,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// It is to run.
    pub autostart: bool,
    /// Where it is.
    pub activity: Activity,
    /// What has changed.
    pub changed: Changed,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: it is as it is desired.
    Nothing,
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Stop it and start it by its new definition.
    Restart,
    /// Tell that the kernel enforces something else, until somebody restarts it.
    Tell,
}

/// The rules. A cell that is not to run is stopped, one that is to run is started; a service that runs by another
/// definition is restarted; a policy is restarted for on request only.
#[must_use]
pub const fn decide(facts: Facts) -> Action {
    match (facts.autostart, facts.activity, facts.changed) {
        (false, Activity::Up, _) => Action::Stop,
        (false, Activity::Down | Activity::Done, _) => Action::Nothing,
        (true, Activity::Down, _) => Action::Start,
        (true, Activity::Up | Activity::Done, Changed::Service) => Action::Restart,
        (true, Activity::Up | Activity::Done, Changed::Policy) => Action::Tell,
        (true, Activity::Up | Activity::Done, Changed::Nothing) => Action::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Facts> {
        let activities = [Activity::Down, Activity::Up, Activity::Done];
        [false, true].into_iter().flat_map(move |autostart| {
            activities.into_iter().flat_map(move |activity| {
                let changed = [Changed::Nothing, Changed::Policy, Changed::Service];
                changed.into_iter().map(move |changed| Facts {
                    autostart,
                    activity,
                    changed,
                })
            })
        })
    }

    #[test]
    fn what_was_done_leaves_nothing_to_do() {
        for facts in all() {
            let after = match decide(facts) {
                Action::Start | Action::Restart => Facts {
                    activity: Activity::Up,
                    changed: Changed::Nothing,
                    ..facts
                },
                Action::Stop => Facts {
                    activity: Activity::Down,
                    changed: Changed::Nothing,
                    ..facts
                },
                Action::Nothing => facts,
                // it is told again until somebody restarts it
                Action::Tell => continue,
            };
            assert_eq!(decide(after), Action::Nothing, "{facts:?}");
        }
    }

    #[test]
    fn a_first_and_a_thousandth_boot_start_what_is_to_run_and_do_nothing_else() {
        for facts in all().filter(|facts| facts.activity == Activity::Down) {
            let expected = if facts.autostart {
                Action::Start
            } else {
                Action::Nothing
            };
            assert_eq!(decide(facts), expected);
        }
    }

    #[test]
    fn a_policy_alone_restarts_nothing() {
        for facts in all().filter(|facts| facts.changed == Changed::Policy) {
            assert_ne!(decide(facts), Action::Restart);
        }
    }
}
