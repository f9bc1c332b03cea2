//! What to do when: automata without I/O, clock or allocation.
//!
//! Each is a value with `step(event, now) -> output`. Times are milliseconds of the platform's monotonic clock. Nothing
//! here waits: a deadline is told ([`Cells::deadline`]), and when it is over the shell comes back with the time.

mod cells;
mod event;
mod health;
mod member;
mod phase;
mod progress;
mod rules;
mod service;
mod view;
mod watchdog;

pub use cells::{Cells, Refusal};
pub use event::{Action, Cure, Event, Output, Report};
pub use rules::{HealthRules, Rules};
pub use service::Service;
pub use watchdog::{Critical, Feed, Watchdog};
