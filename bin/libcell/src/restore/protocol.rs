//! What to do next, from what the journal says and what is there: no I/O, and every answer right however often it is asked.
//!
//! The new volume is unpacked in the staging place, the old one goes to the place aside:
//!
//! 1. unpack and verify, everything to the medium
//! 2. record *switching*
//! 3. the old one aside
//! 4. the new one in
//! 5. record *cleaning*
//! 6. remove the old one
//! 7. record *idle*
//!
//! Before 2 has reached the medium the old volume is the one that will be there, from then on the new one. Where there is no
//! room for both, the whole archive is verified first; *giving up* is recorded, the old one moved aside, *given up* recorded
//! and the old one removed, all before 1. From *given up* to *switching* there is neither, and only the archive helps.

use super::journal::Phase;

/// What is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// In the volume's own place.
    pub target: bool,
    /// In the staging place.
    pub staged: bool,
    /// In the place aside.
    pub aside: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Rename the target to the place aside.
    MoveAside,
    /// Rename what is staged to the target.
    MoveIn,
    /// Rename what is aside to the target.
    MoveBack,
    /// Remove what is staged.
    RemoveStaged,
    /// Remove what is aside.
    RemoveAside,
    /// Remove the target if it is an empty directory: somebody made it while it was missing.
    RemoveEmptyTarget,
    /// Write to the journal.
    Record(Phase),
    /// Nothing more: everything is as it must be.
    Done,
    /// Nothing more: the volume is given up, and the archive is needed.
    NeedArchive,
    /// Nothing more: this cannot be, and nothing is touched.
    Strange,
}

/// The next step.
#[must_use]
pub const fn next(phase: Phase, seen: Seen) -> Action {
    let Seen {
        target,
        staged,
        aside,
    } = seen;
    match phase {
        Phase::Idle => match (target, staged, aside) {
            // perhaps not all of it
            (_, true, _) => Action::RemoveStaged,
            (_, false, false) => Action::Done,
            (_, false, true) => Action::Strange,
        },
        Phase::GivingUp => match (target, staged, aside) {
            (_, true, _) => Action::RemoveStaged,
            (true, false, false) => Action::Record(Phase::Idle),
            (false, false, true) => Action::MoveBack,
            (true, false, true) => Action::RemoveEmptyTarget,
            (false, false, false) => Action::Record(Phase::GivenUp),
        },
        Phase::GivenUp => match (target, staged, aside) {
            (_, true, _) => Action::RemoveStaged,
            (_, false, true) => Action::RemoveAside,
            (true, false, false) => Action::RemoveEmptyTarget,
            (false, false, false) => Action::NeedArchive,
        },
        Phase::Switching => match (target, staged, aside) {
            (true, true, false) => Action::MoveAside,
            (true, true, true) => Action::RemoveEmptyTarget,
            (false, true, _) => Action::MoveIn,
            (true, false, _) => Action::Record(Phase::Cleaning),
            (false, false, true) => Action::MoveBack,
            (false, false, false) => Action::Record(Phase::Idle),
        },
        Phase::Cleaning => match (target, staged, aside) {
            (_, _, true) => Action::RemoveAside,
            (_, true, false) => Action::RemoveStaged,
            (_, false, false) => Action::Record(Phase::Idle),
        },
    }
}

#[cfg(test)]
mod tests;
