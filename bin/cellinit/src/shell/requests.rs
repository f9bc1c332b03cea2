//! Answering the control socket.

use libcell::control::{Reply, Status, System, Why};
use libcell::platform::Platform;

use super::Init;
use crate::automaton::Refusal;
use crate::room::Kernel;
use crate::server::{Job, OUTPUT_MAX, Order, Then};

/// Bytes of a log in one reply.
const LOG_PIECE: usize = OUTPUT_MAX - 16;

impl<'a, P: Platform> Init<'a, P> {
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
                Some(Job::Stop(_) | Job::Shutdown | Job::Log { .. }) => self.serve_client(slot),
            }
        }
    }

    fn obey(&mut self, slot: usize, order: Order) {
        match order {
            Order::System => {
                let system = self.system();
                self.server.reply(slot, &Reply::System(system));
            }
            Order::Status(index) => match self.status(index) {
                Some(status) => self.server.reply(slot, &Reply::Cell(status)),
                None => self.refuse(slot, Why::NoSuchCell),
            },
            Order::Start(index) => {
                let result = self.cells.request_start(index);
                self.settle();
                self.done(slot, result);
            }
            Order::Restart(index) => {
                let result = self.cells.request_restart(index);
                self.settle();
                self.done(slot, result);
            }
            Order::Stop(index) => match self.cells.request_stop(index) {
                Ok(()) => self.server.set_job(slot, Job::Stop(index)),
                Err(refusal) => self.done(slot, Err(refusal)),
            },
            Order::Log(cell) => self.log(slot, cell, Then::Done),
            Order::Follow(cell) => self.log(slot, cell, Then::Follow),
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
            Some(Job::Log {
                cell,
                position,
                then,
            }) => self.send_log(slot, cell, position, then),
        }
    }

    fn send_log(&mut self, slot: usize, cell: usize, from: u64, then: Then) {
        let Some(ring) = self.units.get(cell).map(|unit| &unit.ring) else {
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

    fn log(&mut self, slot: usize, cell: usize, then: Then) {
        let position = self.units.get(cell).map_or(0, |unit| unit.ring.start());
        self.server.set_job(
            slot,
            Job::Log {
                cell,
                position,
                then,
            },
        );
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
        }
    }
}
