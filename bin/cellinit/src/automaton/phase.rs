//! Where a service is, in full.

use super::health::Health;

/// How long a killed cell may take to be empty, in milliseconds. Longer is a process that the kernel cannot end.
const EMPTY_MS: u64 = 5000;

/// First pause before asking again whether a killed cell is empty; it doubles up to [`PAUSE_MAX_MS`].
const PAUSE_MS: u64 = 5;
pub(super) const PAUSE_MAX_MS: u64 = 160;

#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    Stopped,
    Waiting,
    /// [`Action::Launch`] is not answered yet.
    Launching,
    Up {
        ready: Ready,
        health: Option<Health>,
    },
    /// It has ended or is to end.
    Ending {
        next: Next,
        stage: Stage,
    },
    Backoff {
        until: u64,
    },
    Exited,
    CrashLoop,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// The process is not the service yet.
    Preparing,
    No,
    At(u64),
    Yes,
}

/// What comes when the cell is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Stopped,
    Waiting,
    /// The restart policy decides; its exit says whether it failed.
    Ended,
    /// The restart policy decides; it failed, however it exits.
    Lost,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// TERM was sent.
    Terminating { until: u64 },
    /// KILL was sent to all; `check` is when to ask again whether any is left, none while the answer is awaited.
    Emptying {
        check: Option<u64>,
        pause: u64,
        give_up: u64,
    },
}

impl Stage {
    pub(super) const fn emptying(now: u64) -> Self {
        Self::Emptying {
            check: None,
            pause: PAUSE_MS,
            give_up: now + EMPTY_MS,
        }
    }
}

/// Members that are there although no run of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leftover {
    None,
    /// To be killed before anything else.
    Found,
    /// Killing did not help; somebody has to ask for another try.
    Undying,
}

/// How a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Failed,
}
