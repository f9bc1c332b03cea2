//! The thin part: asks the automata what to do, does it, waits.

mod actions;
mod output;
mod report;
mod requests;
mod start;
mod unit;

use alloc::vec::Vec;

use libcell::control::Changes;
use libcell::desired::Source;
use libcell::image::{Cell, Image};
use libcell::platform::{Event, Platform, Token, signal};

use crate::automaton::{self, Cells, Feed, Watchdog};
use crate::log::{Ring, Syslog};
use crate::room::{Kernel, Site};
use crate::server::Server;
use crate::voice::Voice;

pub(crate) use start::{Settings, start};
use unit::Unit;

/// Events taken at a time.
const EVENTS: usize = 16;

/// So many failures to wait in a row, and there is nothing to be done.
const ERRORS: u8 = 10;

/// Tokens: the kind in the upper half, an index in the lower.
const LISTENER: Token = 1 << 16;
const CLIENTS: Token = 2 << 16;
const STDOUT: Token = 3 << 16;
const STDERR: Token = 4 << 16;

/// Bytes of what happened that are kept.
const EVENTS_RING: u32 = 4096;

/// cellinit, while one set of definitions holds.
pub(crate) struct Init<'p, 'a, P: Platform> {
    platform: &'p P,
    site: Site<'a, P>,
    /// Path of the cell device, for Enter.
    device: &'a str,
    settings: Settings<'a>,
    image: &'a Image<'a>,
    /// The beginning of the image's digest.
    digest: [u8; 8],
    changes: Changes,
    cells: Cells,
    units: Vec<Unit<P>>,
    syslog: Syslog<'p, P>,
    voice: Voice<'p, P>,
    server: Server<'p, P>,
    watchdog: Option<(P::Fd, Watchdog)>,
    kernel: Kernel,
    started: u64,
    /// Milliseconds from start until the last autostart cell was executed.
    boot_ms: Option<u32>,
    /// What happened.
    events: Ring,
    /// Other definitions are to hold.
    next: Option<Next>,
    memory: u32,
    rings: u32,
}

/// What goes on from one set of definitions to the next.
pub(crate) struct Kept<'p, P: Platform> {
    cells: Cells,
    units: Vec<Unit<P>>,
    syslog: Syslog<'p, P>,
    server: Server<'p, P>,
    watchdog: Option<(P::Fd, Watchdog)>,
    kernel: Kernel,
    started: u64,
    boot_ms: Option<u32>,
    events: Ring,
}

/// Which definitions are to hold.
pub(crate) enum Next {
    /// Those of before: a cell has come to rest that ran by older ones.
    Same,
    /// Others, which were read.
    Other(Source),
}

impl<'a, P: Platform> Init<'_, 'a, P> {
    /// Runs until everything has been stopped by request, with the exit status, or other definitions are to hold.
    pub(crate) fn run(&mut self) -> Result<u8, Next> {
        let mut events = [Event::Signal(0); EVENTS];
        let mut errors = 0;
        loop {
            self.settle();
            self.feed();
            self.serve_waiting();
            if self.cells.is_finished() {
                return Ok(self.finish());
            }
            if let Some(next) = self.next.take() {
                return Err(next);
            }
            let now = self.platform.monotonic_ms();
            self.server.resume(now);
            let timeout = self.deadline().map(|deadline| deadline.saturating_sub(now));
            let count = match self.platform.wait(&mut events, timeout) {
                Ok(count) => {
                    errors = 0;
                    count
                }
                Err(errno) => {
                    self.voice.say(format_args!("wait: {errno}"));
                    errors += 1;
                    if errors == ERRORS {
                        return Ok(1);
                    }
                    0
                }
            };
            for event in events.iter().take(count) {
                self.happened(*event);
            }
        }
    }

    fn happened(&mut self, event: Event) {
        match event {
            Event::Signal(signal::TERM | signal::INT) => self.shut_down(),
            Event::Signal(signal::HUP) => self.syslog.reopen(),
            Event::Signal(signal::CHLD) => self.reap(),
            // PIPE is watched so that it does not end us; the write said EPIPE
            Event::Signal(_) => {}
            Event::Readable(token) => {
                let (kind, index) = split(token);
                match kind {
                    LISTENER => self.server.accept(self.platform.monotonic_ms()),
                    CLIENTS => self.client_readable(index),
                    STDOUT => self.read_output(index, unit::Channel::Stdout),
                    STDERR => self.read_output(index, unit::Channel::Stderr),
                    _ => {}
                }
            }
            Event::Writable(token) => {
                let (_, index) = split(token);
                self.server.flush(index);
                self.serve_client(index);
            }
        }
    }

    /// Does everything that can be done without waiting.
    fn settle(&mut self) {
        while self.next.is_none() {
            if (0..self.units.len()).any(|index| self.is_outdated(index)) {
                // nothing is started by a definition that is about to go
                self.next = Some(Next::Same);
                break;
            }
            let now = self.platform.monotonic_ms();
            let Some((index, output)) = self.cells.poll(now) else {
                break;
            };
            self.perform(index, output);
        }
        self.booted();
    }

    /// Whether a cell is at rest that another definition waits for.
    fn is_outdated(&self, index: usize) -> bool {
        let unit = self.units.get(index);
        unit.is_some_and(|unit| unit.pending && !unit.blocked && unit.rests(index, &self.cells))
    }

    fn shut_down(&mut self) {
        if !self.cells.is_shutting_down() {
            self.note_all(format_args!("stopping all cells"));
        }
        self.cells.shut_down();
    }

    /// When to wake up although nothing happened; `None`: not at all.
    fn deadline(&self) -> Option<u64> {
        let watchdog = self.watchdog.as_ref().map(|(_, dog)| dog.deadline());
        [self.cells.deadline(), watchdog, self.server.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    fn feed(&mut self) {
        let now = self.platform.monotonic_ms();
        let critical = self.cells.critical(now);
        if let Some((fd, dog)) = &mut self.watchdog {
            match dog.step(critical, now) {
                Feed::No => {}
                Feed::Now => {
                    if let Err(errno) = self.platform.watchdog_feed(fd) {
                        self.voice.say(format_args!("watchdog: feed: {errno}"));
                    }
                }
            }
        }
    }

    /// Notices that all that starts by itself has been started, and seals if the board says so.
    fn booted(&mut self) {
        if self.boot_ms.is_some() || !self.cells.is_booted() {
            return;
        }
        let now = self.platform.monotonic_ms();
        let boot_ms = u32::try_from(now.saturating_sub(self.started)).unwrap_or(u32::MAX);
        self.boot_ms = Some(boot_ms);
        self.note_all(format_args!("all cells started in {boot_ms} ms"));
        // the clock began with the kernel
        let count = self
            .image
            .cells
            .iter()
            .filter(|cell| cell.autostart)
            .count();
        self.voice.say(format_args!(
            "cells started: {count}, the last {boot_ms} ms after cellinit and {now} ms after the kernel"
        ));
        if self.image.board.sealed && self.kernel == Kernel::Open {
            match self.site.device.seal() {
                Ok(()) => {
                    self.kernel = Kernel::Sealed;
                    self.note_all(format_args!("kernel sealed"));
                }
                Err(error) => self.voice.say(format_args!("seal: {error}")),
            }
        }
    }

    /// Everything has been stopped. The status is 1 if something could not be removed; what a seal keeps is no failure.
    fn finish(&mut self) -> u8 {
        let cells = self.units.iter().all(|unit| unit.room.is_empty());
        let mut clean = cells || self.kernel == Kernel::Sealed;
        if let Some((fd, _)) = self.watchdog.take()
            && let Err(errno) = self.platform.watchdog_disarm(&fd)
        {
            self.voice.say(format_args!("watchdog: disarm: {errno}"));
            clean = false;
        }
        self.note_all(format_args!("all cells stopped"));
        u8::from(!clean)
    }

    fn cell(&self, index: usize) -> Option<&'a Cell<'a>> {
        self.image.cells.get(index)
    }

    fn step(&mut self, index: usize, event: automaton::Event) -> automaton::Output {
        let now = self.platform.monotonic_ms();
        self.cells.step(index, event, now)
    }
}

/// Kind and index of a token.
fn split(token: Token) -> (Token, usize) {
    let index = usize::try_from(token & 0xffff).unwrap_or(usize::MAX);
    (token & !0xffff, index)
}
