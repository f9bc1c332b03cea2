//! What a service is told and what it says.

use libcell::platform::Exit;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is wanted; the failures of before are forgiven.
    Want,
    /// What it depends on is ready.
    Start,
    /// It is not wanted.
    Stop,
    /// Answer to [`Action::Launch`]: its process runs, and is a preparation; `Launched` follows, or its end.
    Preparing,
    /// Answer to [`Action::Launch`], or after `Preparing`: its process runs.
    Launched,
    /// Answer to [`Action::Launch`]: it does not.
    NotLaunched(Cure),
    /// Its process was reaped.
    Ended(Exit),
    /// Answer to [`Action::Kill`]: so many members were signalled.
    Members(u32),
    /// Its health command was reaped.
    HealthEnded(Exit),
    /// Answer to [`Action::Health`]: it could not be started.
    NoHealth,
    /// The deadline may be over.
    Time,
}

/// Whether trying again may help what failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// It may: memory, processes, descriptors.
    Wait,
    /// Somebody has to change something first.
    None,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    None,
    /// Set the cell up if it is not, and start the process; answer with `Launched`, `Preparing` or
    /// `NotLaunched` before anything else.
    Launch,
    /// Send TERM to the process and its group.
    Terminate,
    /// Kill the whole cell; answer with `Members` before anything else.
    Kill,
    /// Start the health command; answer with `NoHealth` if it does not start.
    Health,
    /// Kill the health command.
    KillHealth,
    /// Remove the cell and what was mounted for it. It is empty.
    TearDown,
}

/// What to tell people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// It runs.
    Started,
    /// It is ready.
    Ready,
    /// Its process ended.
    Ended(Exit),
    /// It starts again after so many milliseconds.
    Again(u32),
    /// It failed so often that it stays down.
    CrashLoop(u16),
    /// It was told to stop.
    Stopping,
    /// It did not stop in time.
    GraceOver,
    /// So many members could not be killed.
    Undying(u32),
    /// Its health command fails, so many times in a row.
    Unwell(u8),
    /// Its health command failed as often as it may.
    Lost(u8),
    /// Its health command succeeds again.
    Well,
}

/// What a step brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// What to do.
    pub action: Action,
    /// What to tell.
    pub report: Option<Report>,
}

impl Output {
    /// Nothing.
    pub const NONE: Self = act(Action::None);
}

pub(super) const fn act(action: Action) -> Output {
    Output {
        action,
        report: None,
    }
}

pub(super) const fn tell(action: Action, report: Report) -> Output {
    Output {
        action,
        report: Some(report),
    }
}
