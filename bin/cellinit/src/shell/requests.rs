//! Answering the control socket.

use core::fmt::{self, Write};

use libcell::control::{Deed, Reply, Status, Stepped, System, Why};
use libcell::converge::{self, How, Outcome, Scope};
use libcell::desired::{Source, Unusable, adopt, definition};
use libcell::platform::Platform;

use super::{Init, Next};
use crate::automaton::Refusal;
use crate::plan::ground;
use crate::room::Kernel;
use crate::server::{Job, OUTPUT_MAX, Order, Then};

/// Bytes of a log in one reply.
const LOG_PIECE: usize = OUTPUT_MAX - 16;

impl<'a, P: Platform> Init<'_, 'a, P> {
    pub(super) fn client_readable(&mut self, slot: usize) {
        self.server.fill(slot, self.platform.monotonic_ms());
        self.serve_client(slot);
    }

    /// Answers what a client has asked, as far as it takes the answers.
    pub(super) fn serve_client(&mut self, slot: usize) {
        self.go_on(slot);
        let image = self.image;
        let index_of = |name: &str| {
            let mut cells = image.cells.iter();
            cells.position(|cell| cell.name.as_str() == name)
        };
        while let Some(order) = self.server.take(slot, index_of) {
            self.obey(slot, order);
            self.settle();
            self.go_on(slot);
        }
    }

    /// Answers those who wait for something that may have come about.
    pub(super) fn serve_waiting(&mut self) {
        for slot in self.server.slots() {
            match self.server.job(slot) {
                None | Some(Job::None) => {}
                Some(Job::Stop(_) | Job::Shutdown | Job::Reload | Job::Log { .. }) => {
                    self.serve_client(slot)
                }
            }
        }
    }

    fn obey(&mut self, slot: usize, order: Order) {
        match order {
            Order::System => {
                self.look_for_seal();
                let system = self.system();
                self.server.reply(slot, &Reply::System(system));
            }
            Order::Status(index) => match self.status(index) {
                Some(status) => self.server.reply(slot, &Reply::Cell(status)),
                None => self.refuse(slot, Why::NoSuchCell),
            },
            Order::Start(index) => self.deed(slot, Deed::Start, index),
            Order::Restart(index) => self.deed(slot, Deed::Restart, index),
            Order::Stop(index) => self.deed(slot, Deed::Stop, index),
            Order::Log(cell) => self.log(slot, Some(cell), Then::Done),
            Order::Follow(cell) => self.log(slot, Some(cell), Then::Follow),
            Order::Events(then) => self.log(slot, None, then),
            Order::Do(operation, what, index) => {
                self.note_order(index, operation, what.name());
                self.deed(slot, what, index);
            }
            Order::Reload(operation) => self.reload(slot, operation),
            Order::Definition(index, from) => self.define_to(slot, index, from),
            Order::Step(index, step, how) => self.step_of_plan(slot, index, step, how),
            Order::Note(operation, text) => {
                self.note_all(format_args!("op {operation:08x}: {text}"));
                self.server.reply(slot, &Reply::Done);
            }
            Order::Shutdown => {
                // asking again does not hurry anybody, a second signal does
                if !self.cells.is_shutting_down() {
                    self.shut_down();
                }
                self.server.set_job(slot, Job::Shutdown);
            }
            Order::NoSuchCell => self.refuse(slot, Why::NoSuchCell),
            Order::Malformed => self.server.dismiss(slot, &Reply::Refused(Why::Malformed)),
        }
    }

    /// Goes on with what a client waits for.
    fn go_on(&mut self, slot: usize) {
        match self.server.job(slot) {
            None | Some(Job::None) => {}
            Some(Job::Stop(index)) => {
                if self.cells.is_stopped(index) {
                    self.complete(slot);
                }
            }
            Some(Job::Shutdown) => {
                if self.cells.is_finished() {
                    self.complete(slot);
                }
            }
            Some(Job::Reload) => {
                if self.next.is_none() {
                    self.complete(slot);
                }
            }
            Some(Job::Log {
                cell,
                position,
                then,
            }) => self.send_log(slot, cell, position, then),
        }
    }

    fn send_log(&mut self, slot: usize, cell: Option<usize>, from: u64, then: Then) {
        let ring = match cell {
            None => Some(&self.events),
            Some(index) => self.units.get(index).map(|unit| &unit.ring),
        };
        let Some(ring) = ring else {
            return self.complete(slot);
        };
        let mut position = from;
        if !self.server.is_drained(slot) {
            // it has not taken the last piece, and what comes next has been overwritten
            if then == Then::Follow && position < ring.start() {
                self.server.close(slot);
            }
            return;
        }
        let mut bytes = [0; LOG_PIECE];
        while self.server.is_drained(slot) {
            let (count, next) = ring.read(position, &mut bytes);
            let piece = bytes.get(..count).unwrap_or_default();
            if piece.is_empty() {
                return match then {
                    Then::Done => self.complete(slot),
                    Then::Follow => {
                        self.server.set_job(
                            slot,
                            Job::Log {
                                cell,
                                position: next,
                                then,
                            },
                        );
                    }
                };
            }
            position = next;
            self.server.set_job(
                slot,
                Job::Log {
                    cell,
                    position,
                    then,
                },
            );
            self.server.reply(slot, &Reply::Log(piece));
        }
    }

    fn log(&mut self, slot: usize, cell: Option<usize>, then: Then) {
        // the oldest that is kept
        let position = 0;
        self.server.set_job(
            slot,
            Job::Log {
                cell,
                position,
                then,
            },
        );
    }

    fn deed(&mut self, slot: usize, what: Deed, index: usize) {
        let result = match what {
            Deed::Start => self.cells.request_start(index),
            Deed::Restart => self.cells.request_restart(index),
            Deed::Stop => match self.cells.request_stop(index) {
                Ok(()) => return self.server.set_job(slot, Job::Stop(index)),
                Err(refusal) => Err(refusal),
            },
        };
        self.settle();
        self.done(slot, result);
    }

    /// Reads the definitions again, and lets them hold if all is well.
    fn reload(&mut self, slot: usize, operation: u32) {
        self.note_all(format_args!("op {operation:08x}: definitions read again"));
        let mut said = heapless::String::<256>::new();
        let mut say = |line: fmt::Arguments<'_>| {
            let _ = said.write_fmt(line);
        };
        let settings = self.settings;
        let loaded = Source::load(self.platform, &settings.paths, settings.prefix, &mut say);
        let Some(source) = loaded else {
            return self.fail(slot, format_args!("{said}"));
        };
        let held = |name: cell_abi::CellName<'_>| {
            let index = self.image.cells.iter().position(|cell| cell.name == name);
            index.is_some_and(|index| {
                let unit = self.units.get(index);
                unit.is_some_and(|unit| !unit.rests(index, &self.cells))
            })
        };
        let result = source.desired().and_then(|desired| {
            adopt(&desired.image, self.image, &held)
                .map(drop)
                .map_err(Unusable::Conflict)
        });
        let told = match result {
            Ok(()) => None,
            Err(why) => Some(why.told()),
        };
        match told {
            Some(text) => self.fail(slot, format_args!("{text}")),
            None => {
                self.next = Some(Next::Other(source));
                self.server.set_job(slot, Job::Reload);
            }
        }
    }

    fn define_to(&mut self, slot: usize, index: usize, from: usize) {
        let Some(cell) = self.cell(index) else {
            return self.refuse(slot, Why::NoSuchCell);
        };
        let mut piece = heapless::Vec::<u8, LOG_PIECE>::new();
        let mut at = 0_usize;
        definition(self.image, cell, &mut |bytes| {
            for byte in bytes {
                if at >= from {
                    // what does not fit is asked for next
                    let _ = piece.push(*byte);
                }
                at += 1;
            }
        });
        self.server.reply(slot, &Reply::Definition(&piece));
    }

    fn step_of_plan(&mut self, slot: usize, index: usize, step: usize, how: How) {
        let (Some(cell), Some(unit)) = (self.cell(index), self.units.get(index)) else {
            return self.refuse(slot, Why::NoSuchCell);
        };
        let Some(step) = cell.plan.get(step) else {
            return self.fail(slot, format_args!("no such step"));
        };
        let ground = ground(&self.site);
        let outcome = match converge::step(&ground, cell, step, Scope::Volumes, how) {
            Ok(Outcome::Elsewhere) if unit.room.is_mounted(cell) => {
                converge::step(&ground, cell, step, Scope::Memory, how)
            }
            outcome => outcome,
        };
        match outcome {
            Ok(outcome) => {
                let stepped = match outcome {
                    Outcome::Same => Stepped::Same,
                    Outcome::Changed => Stepped::Changed,
                    Outcome::Elsewhere => Stepped::Elsewhere,
                };
                self.server.reply(slot, &Reply::Step(stepped));
            }
            Err(errno) => self.fail(slot, format_args!("{errno}")),
        }
    }

    fn fail(&mut self, slot: usize, why: fmt::Arguments<'_>) {
        let mut text = heapless::String::<256>::new();
        let _ = text.write_fmt(why);
        self.server.reply(slot, &Reply::Failed(&text));
    }

    fn complete(&mut self, slot: usize) {
        self.server.set_job(slot, Job::None);
        self.server.reply(slot, &Reply::Done);
    }

    fn done(&mut self, slot: usize, result: Result<(), Refusal>) {
        match result {
            Ok(()) => self.server.reply(slot, &Reply::Done),
            Err(Refusal::NoSuchCell) => self.refuse(slot, Why::NoSuchCell),
            Err(Refusal::ShuttingDown) => self.refuse(slot, Why::ShuttingDown),
        }
    }

    fn refuse(&mut self, slot: usize, why: Why) {
        self.server.reply(slot, &Reply::Refused(why));
    }

    fn status(&self, index: usize) -> Option<Status<'a>> {
        let now = self.platform.monotonic_ms();
        let (cell, unit) = (self.cell(index)?, self.units.get(index)?);
        let (service, rules) = (self.cells.service(index)?, self.cells.rules(index)?);
        let pid = if service.is_alive() { unit.pid } else { 0 };
        Some(Status {
            name: cell.name.as_str(),
            state: service.state(),
            handle: unit.room.handle(),
            pid: u32::try_from(pid).unwrap_or(0),
            restarts: service.runs().saturating_sub(1),
            failures: service.failures(rules, now),
            backoff_ms: service.backoff_ms(now),
            since_ms: now.saturating_sub(service.since()),
            last_exit: service.last_exit(),
            health_failures: service.health_failures(),
            definition: unit.definition,
            pending: unit.pending,
        })
    }

    fn system(&self) -> System<'a> {
        let count = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
        let now = self.platform.monotonic_ms();
        System {
            board: self.image.board.name,
            image: self.digest,
            uptime_ms: now.saturating_sub(self.started),
            cells: count(self.cells.len()),
            ready: count(self.cells.ready()),
            watchdog_fed: self.watchdog.as_ref().is_some_and(|(_, dog)| dog.fed()),
            sealed: self.kernel == Kernel::Sealed,
            boot_ms: self.boot_ms.unwrap_or(0),
            memory: self.memory,
            rings: self.rings,
            dropped: self.syslog.dropped(),
            changes: self.changes,
        }
    }
}
