//! In what a cell is not as it is desired, field by field.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Client, Reply, Request, State};
use libcell::desired::read_definition;
use libcell::drift::{Activity, Changed, Facts};
use libcell::image::{Cell, Image};
use libcell::platform::{Platform, utf8};
use libcell::table::{Line, Owned};

use crate::failure::{Failure, failed, refused};
use crate::registry::cell::Subject;
use crate::registry::{self, Class, Fields, Kind};
use crate::world::{Kernel, Unit};

/// A field whose value is another than is desired.
pub(crate) struct Difference {
    pub name: &'static str,
    pub before: String,
    pub after: String,
}

/// What is known of a cell's drift.
pub(crate) struct Drift {
    pub facts: Facts,
    /// Its plan has changed.
    pub plan: bool,
    pub differences: Vec<Difference>,
}

impl Drift {
    /// Compares.
    #[inline(never)]
    pub fn of<P: Platform>(
        client: &mut Client<'_, P>,
        desired: (&Image<'_>, &Cell<'_>),
        subject: &Subject<'_>,
    ) -> Result<Self, Failure> {
        let (image, cell) = desired;
        let mut drift = Self {
            facts: Facts {
                autostart: cell.autostart,
                activity: activity(subject.unit),
                changed: Changed::Nothing,
            },
            plan: false,
            differences: Vec::new(),
        };
        if subject.is_outdated()
            && let Some(unit) = subject.unit
        {
            let bytes = definition(client, unit)?;
            match read_definition(&bytes) {
                Some(draft) => {
                    let alone = draft.alone(image.board.clone());
                    if let Some(live) = alone.cells.last() {
                        drift.compare((&alone, live), (image, cell));
                    }
                }
                None => return Err(refused(&unit.name, "definition", "not one")),
            }
            if drift.facts.changed == Changed::Nothing {
                // what has no field of its own
                drift.found("definition", Class::Service, String::new(), String::new());
            }
        } else if subject.enforced == Some(false)
            && let Some(kernel) = subject.kernel
        {
            drift.compare_policy(kernel, (image, cell));
        }
        Ok(drift)
    }

    fn compare(&mut self, live: (&Image<'_>, &Cell<'_>), desired: (&Image<'_>, &Cell<'_>)) {
        let (live, desired) = (defined(live), defined(desired));
        for (index, meta) in registry::all(Kind::Cell) {
            if meta.class == Class::None {
                continue;
            }
            let (before, after) = (live.value(index), desired.value(index));
            if before != after {
                self.found(meta.name, meta.class, human(&before), human(&after));
            }
        }
    }

    /// What the kernel enforces, against a definition that cellinit runs by.
    fn compare_policy(&mut self, kernel: &Kernel, desired: (&Image<'_>, &Cell<'_>)) {
        let (image, cell) = desired;
        if let Some(policy) = &kernel.policy {
            let mut live = cell.clone();
            live.profile = policy.profile;
            live.may = policy.may;
            live.reservations = policy.reservations.clone();
            live.limits = policy.limits;
            self.compare((image, &live), desired);
        }
        if self.differences.is_empty() {
            self.found(
                "devices",
                Class::Policy,
                "others".into(),
                "as defined".into(),
            );
        }
    }

    fn found(&mut self, name: &'static str, class: Class, before: String, after: String) {
        let changed = match class {
            Class::None => Changed::Nothing,
            Class::Policy => Changed::Policy,
            Class::Service | Class::Plan => Changed::Service,
        };
        self.plan |= class == Class::Plan;
        self.facts.changed = self.facts.changed.max(changed);
        self.differences.push(Difference {
            name,
            before,
            after,
        });
    }
}

/// A value as people get it.
#[inline(never)]
pub(crate) fn human(value: &Owned) -> String {
    let mut line = Line::new();
    value.value().human(&mut line);
    utf8(&line).unwrap_or_default().into()
}

/// A definition alone.
fn defined<'s>(defined: (&'s Image<'s>, &'s Cell<'s>)) -> Subject<'s> {
    Subject {
        desired: Some(defined),
        ..Subject::default()
    }
}

/// What its state is to whoever decides.
fn activity(unit: Option<&Unit>) -> Activity {
    match unit.map(|unit| unit.state) {
        None | Some(State::Stopped | State::Failed | State::CrashLoop | State::Stopping) => {
            Activity::Down
        }
        Some(State::Exited) => Activity::Done,
        Some(
            State::Waiting | State::Starting | State::Ready | State::Degraded | State::Backoff,
        ) => Activity::Up,
    }
}

/// What cellinit runs a cell by.
fn definition<P: Platform>(client: &mut Client<'_, P>, unit: &Unit) -> Result<Vec<u8>, Failure> {
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        let request = Request::Definition {
            cell: unit.index,
            from: bytes.len() as u32,
        };
        match client.ask(&request) {
            Ok(Reply::Definition([])) => return Ok(bytes),
            Ok(Reply::Definition(piece)) => bytes.extend_from_slice(piece),
            Ok(_) => return Err(refused(&unit.name, "definition", "no answer")),
            Err(why) => return Err(failed(&unit.name, "definition", &why)),
        }
    }
}
