//! What cellinit says of a cell: to syslogd, to the cell's ring, and what is grave to standard error too.

use core::fmt::{self, Write};

use libcell::image::{Cell, Facility, Level};
use libcell::platform::{Exit, Platform, signal};

use super::Init;
use crate::automaton::Report;
use crate::fault::Fault;
use crate::log::{LINE_MAX, Priority, Source};

const ERROR: Level = Level(3);
const WARNING: Level = Level(4);
const NOTICE: Level = Level(5);
const INFO: Level = Level(6);

/// `daemon`.
const OWN_FACILITY: Facility = Facility(3);

type Text = heapless::String<LINE_MAX>;

impl<P: Platform> Init<'_, '_, P> {
    /// Says what happened to a cell.
    pub(super) fn report(&mut self, index: usize, report: Report) {
        let Some(cell) = self.cell(index) else {
            return;
        };
        let mut text = Text::new();
        let level = self.describe(&mut text, index, cell, report);
        if level.0 <= ERROR.0 {
            self.voice.say(format_args!("{}: {text}", cell.name));
        }
        self.note(index, cell, level, &text);
    }

    /// Says what went wrong with a cell.
    pub(super) fn fault(&mut self, index: usize, fault: &Fault<'_>) {
        let Some(cell) = self.cell(index) else {
            return;
        };
        self.voice.say(format_args!("{}: {fault}", cell.name));
        let mut text = Text::new();
        let _ = write!(text, "{fault}");
        self.note(index, cell, ERROR, &text);
    }

    /// Says something that is not about one cell.
    pub(super) fn note_all(&mut self, message: fmt::Arguments<'_>) {
        let mut text = Text::new();
        let _ = text.write_fmt(message);
        self.remember("-", &text);
        let source = Source {
            tag: "cellinit",
            pid: self.platform.pid(),
            cell: None,
            stream: "",
        };
        let priority = Priority {
            facility: OWN_FACILITY,
            level: NOTICE,
        };
        let now = self.platform.monotonic_ms();
        self.syslog.send(priority, &source, text.as_bytes(), now);
    }

    /// Says what is done with a cell for an operation.
    pub(super) fn note_order(&mut self, index: usize, operation: u32, what: &str) {
        if let Some(cell) = self.cell(index) {
            let mut text = Text::new();
            let _ = write!(text, "op {operation:08x}: {what}");
            self.note(index, cell, NOTICE, &text);
        }
    }

    /// Says how many steps of a plan were not so.
    pub(super) fn note_plan(&mut self, index: usize) {
        let unit = self.units.get_mut(index);
        let changed = unit.map_or(0, |unit| unit.room.take_changed());
        if changed > 0
            && let Some(cell) = self.cell(index)
        {
            let mut text = Text::new();
            let _ = write!(text, "plan: {changed} steps changed something");
            self.note(index, cell, NOTICE, &text);
        }
    }

    /// Keeps it for whoever asks what happened.
    fn remember(&mut self, cell: &str, text: &str) {
        let now = self.platform.monotonic_ms().saturating_sub(self.started);
        let mut label = heapless::String::<56>::new();
        let _ = write!(label, "{now} {cell}");
        self.events.push(&label, text.as_bytes());
    }

    fn note(&mut self, index: usize, cell: &Cell<'_>, level: Level, text: &str) {
        self.remember(cell.name.as_str(), text);
        let now = self.platform.monotonic_ms();
        let Some(unit) = self.units.get_mut(index) else {
            return;
        };
        unit.ring.push("cellinit", text.as_bytes());
        let source = Source {
            tag: "cellinit",
            pid: self.platform.pid(),
            cell: Some((cell.name.as_str(), unit.room.handle().raw())),
            stream: "cellinit",
        };
        let priority = Priority {
            facility: cell.log.facility,
            level,
        };
        self.syslog.send(priority, &source, text.as_bytes(), now);
    }

    fn describe(&self, text: &mut Text, index: usize, cell: &Cell<'_>, report: Report) -> Level {
        let pid = self.units.get(index).map_or(0, |unit| unit.pid);
        let (level, result) = match report {
            Report::Started => (
                NOTICE,
                write!(
                    text,
                    "started: pid {pid}, uid {}, gid {}",
                    cell.uid, cell.gid
                ),
            ),
            Report::Ready => (INFO, text.write_str("ready")),
            Report::Ended(Exit::Code(code)) => (
                if code == 0 { NOTICE } else { WARNING },
                write!(text, "exited with status {code}"),
            ),
            Report::Ended(Exit::Signal(number)) => (WARNING, ended_by(text, number)),
            Report::Again(delay_ms) => (
                NOTICE,
                write!(text, "starts again in {} s", delay_ms / 1000),
            ),
            Report::CrashLoop(failures) => (
                ERROR,
                write!(
                    text,
                    "crash-loop: failed {failures} times in a row; stays down until started"
                ),
            ),
            Report::Stopping => (NOTICE, text.write_str("stopping")),
            Report::GraceOver => (
                WARNING,
                write!(
                    text,
                    "did not stop within {} ms; killed",
                    cell.stop_grace_ms
                ),
            ),
            Report::Undying(members) => {
                (ERROR, write!(text, "kill: {members} processes do not end"))
            }
            Report::Unwell(failures) => {
                (WARNING, write!(text, "health: failed, {failures} in a row"))
            }
            Report::Lost(failures) => (
                WARNING,
                write!(text, "health: failed, {failures} in a row; restarted"),
            ),
            Report::Well => (NOTICE, text.write_str("health: well again")),
        };
        // what does not fit is cut
        let _ = result;
        level
    }
}

fn ended_by(text: &mut Text, number: u8) -> fmt::Result {
    match signal::name(number) {
        Some(name) => write!(text, "ended by signal {name}"),
        None => write!(text, "ended by signal {number}"),
    }
}
