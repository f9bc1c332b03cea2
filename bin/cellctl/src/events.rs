//! `events`: what happens from now on.

use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

use cell_abi::{Event, EventKind, Handle};
use embedded_io::Write;
use libcell::{
    device::EventReader,
    output::Output,
    platform::{Errno, Platform, Token},
    table::{self, Align, Field, Format, Value},
};

use crate::arguments;
use crate::failure::{Failure, misused, tell};
use crate::number;
use crate::registry;
use crate::session::Session;
use crate::show::{self, Flags};

/// An event with the name of its cell, if that is known.
struct Row {
    event: Event,
    name: Option<String>,
}

impl Row {
    const fn what(&self) -> &'static str {
        match self.event.kind {
            EventKind::Create => "create",
            EventKind::Destroy => "destroy",
            EventKind::Enter => "enter",
            EventKind::Denial { .. } => "denial",
            EventKind::Limit { .. } => "limit",
            EventKind::Seal => "seal",
        }
    }

    const fn operation(&self) -> Option<&'static str> {
        match self.event.kind {
            EventKind::Denial { op, .. } => Some(op.name()),
            EventKind::Limit { .. } => Some(cell_abi::Op::ProcessFork.name()),
            EventKind::Create | EventKind::Destroy | EventKind::Enter | EventKind::Seal => None,
        }
    }

    const fn count(&self) -> u32 {
        match self.event.kind {
            EventKind::Denial { count, .. } | EventKind::Limit { count } => count,
            EventKind::Create | EventKind::Destroy | EventKind::Enter | EventKind::Seal => 1,
        }
    }
}

const fn field(name: &'static str, value: fn(&Row) -> Value<'_>) -> Field<Row> {
    Field {
        name,
        align: Align::Left,
        value,
    }
}

static UPTIME: Field<Row> = field("uptime", |row| Value::Seconds(row.event.uptime_s.into()));
static CID: Field<Row> = field("cid", |row| Value::Number(row.event.cell.raw().into()));
static NAME: Field<Row> = field("name", |row| {
    row.name.as_deref().map_or(Value::Absent, Value::Text)
});
static PID: Field<Row> = field("pid", |row| Value::Number(row.event.pid.into()));
static EVENT: Field<Row> = field("event", |row| Value::Text(row.what()));
static OPERATION: Field<Row> = field("operation", |row| {
    row.operation().map_or(Value::Absent, Value::Text)
});
static COUNT: Field<Row> = field("count", |row| Value::Number(row.count().into()));
static LOST: Field<Row> = field("lost", |row| Value::Number(row.event.lost.into()));

static VIEW: [&Field<Row>; 8] = [
    &UPTIME, &CID, &NAME, &PID, &EVENT, &OPERATION, &COUNT, &LOST,
];

/// Milliseconds after which the kernel tells a denial that was folded into the second before.
const FOLD_MS: u64 = 1_100;

const TOKEN: Token = 0;

/// `cellctl events`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Events) -> Result<(), Failure> {
    let flags = Flags {
        tsv: arguments.tsv,
        no_header: arguments.no_header,
        json: arguments.json,
    };
    let style = flags.style(platform, "events")?;
    let wrong = |text| misused(platform, text, "count", &"not a number above 0");
    let mut left = match arguments.count.as_deref() {
        Some(text) => match number::decimal(text) {
            None | Some(0) => return Err(wrong(text)),
            count => count,
        },
        None if arguments.follow => None,
        None => Some(1),
    };
    let session = Session::open(platform)?;
    let mut names = Names(session.cells()?);
    let failed = |errno| show::unwritten(platform, errno);
    let mut out = Output::standard(platform, 1).map_err(failed)?;
    match style.format {
        Format::Tsv => table::write(&mut out, style, &VIEW, &[]).map_err(failed)?,
        Format::Human | Format::Json => {}
    }
    let mut reader = EventReader::new();
    loop {
        // what was read so far is shown before waiting for more
        out.flush().map_err(failed)?;
        next_piece(&session, &mut reader).map_err(|errno| session.failed("events", &errno))?;
        while let Some(event) = reader.take() {
            let event = match event {
                Ok(event) => event,
                Err(error) => {
                    tell(platform, &session.path, "event", &error);
                    continue;
                }
            };
            let name = names.of(&session, event.cell)?;
            let row = Row { event, name };
            let written = match style.format {
                Format::Human => out.write_all(line(&row).as_bytes()),
                Format::Tsv | Format::Json => table::write_row(&mut out, style.format, &VIEW, &row),
            };
            written.map_err(failed)?;
            left = left.map(|left| left - 1);
            if left == Some(0) {
                return out.finish().map_err(failed);
            }
        }
    }
}

/// Waits for the next piece of the stream.
fn next_piece<P: Platform>(
    session: &Session<'_, P>,
    reader: &mut EventReader,
) -> Result<(), Errno> {
    let platform = session.platform;
    let fd = session.device.fd();
    // a folded denial becomes readable by the clock, which wakes nobody: so the first wait ends, and the second asks anew
    for timeout in [Some(FOLD_MS), None] {
        platform.watch_read(fd, TOKEN)?;
        let count = platform.wait(&mut [libcell::platform::Event::Readable(TOKEN)], timeout);
        platform.unwatch(fd)?;
        if count? > 0 {
            break;
        }
    }
    match reader.fill(&session.device)? {
        0 => Err(Errno::ENXIO),
        _ => Ok(()),
    }
}

/// `12 cell=web pid=345 denied network.raw, 3 times`; one time is not said.
fn line(row: &Row) -> String {
    let event = &row.event;
    let mut text = String::new();
    // a String takes everything
    let _ = if event.lost > 0 {
        writeln!(text, "{} lost {} events", event.uptime_s, event.lost)
    } else {
        Ok(())
    };
    let _ = write!(text, "{} cell=", event.uptime_s);
    let _ = match &row.name {
        Some(name) => text.write_str(name),
        None if event.cell.is_host() => text.write_str("host"),
        None => write!(text, "{}", event.cell),
    };
    let _ = write!(text, " pid={} ", event.pid);
    let _ = match event.kind {
        EventKind::Create | EventKind::Destroy | EventKind::Enter | EventKind::Seal => {
            text.write_str(row.what())
        }
        EventKind::Denial { op, .. } => write!(text, "denied {}", op.name()),
        EventKind::Limit { .. } => text.write_str("denied a process, at the limit"),
    };
    let _ = match row.count() {
        1 => Ok(()),
        count => write!(text, ", {count} times"),
    };
    text.push('\n');
    text
}

/// Cells that were seen, also those that have gone since.
struct Names(Vec<registry::Row>);

/// Twice what the kernel has room for.
const NAMES: usize = 2 * cell_abi::MAX_CELLS;

impl Names {
    fn of<P: Platform>(
        &mut self,
        session: &Session<'_, P>,
        cell: Handle,
    ) -> Result<Option<String>, Failure> {
        if cell.is_host() {
            return Ok(None);
        }
        if let Some(name) = self.known(cell) {
            return Ok(Some(name));
        }
        for row in session.cells()? {
            if self.known(row.handle).is_none() {
                self.0.push(row);
            }
        }
        self.0.drain(..self.0.len().saturating_sub(NAMES));
        Ok(self.known(cell))
    }

    fn known(&self, cell: Handle) -> Option<String> {
        let row = self.0.iter().find(|row| row.handle == cell)?;
        Some(row.name.clone())
    }
}
