//! What a definition says of how its service is supervised.

use libcell::image::{Cell, Health, Readiness, Restart};

/// The part of a cell's definition that the automaton goes by.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// When to start again.
    pub restart: Restart,
    /// Milliseconds between TERM and the Kill of the whole cell.
    pub grace_ms: u32,
    /// When it is ready.
    pub readiness: Readiness,
    /// How its health is asked.
    pub health: Option<HealthRules>,
}

/// Times and counts of a health command.
#[derive(Clone, Copy, Debug)]
pub struct HealthRules {
    /// Milliseconds from the end of one to the start of the next.
    pub interval_ms: u32,
    /// It is killed and has failed after so many milliseconds.
    pub timeout_ms: u32,
    /// So many failures in a row and the service is restarted.
    pub retries: u8,
    /// Failures in the first so many milliseconds of a run do not count.
    pub start_period_ms: u32,
}

impl Rules {
    /// Those of a cell.
    #[must_use]
    pub fn of(cell: &Cell<'_>) -> Self {
        Self {
            restart: cell.restart,
            grace_ms: cell.stop_grace_ms,
            readiness: cell.readiness,
            health: cell.health.as_ref().map(HealthRules::of),
        }
    }
}

impl HealthRules {
    const fn of(health: &Health<'_>) -> Self {
        Self {
            interval_ms: health.interval_ms,
            timeout_ms: health.timeout_ms,
            retries: health.retries,
            start_period_ms: health.start_period_ms,
        }
    }
}
