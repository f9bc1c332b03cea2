//! `events`: what happens from now on.

use alloc::{string::String, vec::Vec};

use cell_abi::{Event, EventKind, Handle};
use libcell::{
    device::EventReader,
    options::Parsed,
    platform::{Errno, Platform, Token},
    table::{self, Align, Field, Format, Line, Value, digits},
};

use crate::failure::{Failure, misused, said, tell};
use crate::registry;
use crate::session::{Session, With};
use crate::show;
use libcell::number;

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
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let style = show::style(platform, "events", parsed)?;
    // 0 is no end
    let mut left = match parsed.value(b'n') {
        None => u32::from(!parsed.has(b'f')),
        Some(text) => match number::decimal(text) {
            None | Some(0) => {
                return Err(misused(
                    platform,
                    text,
                    &const { said("count", "not a number above 0") },
                ));
            }
            Some(count) => count,
        },
    };
    Session::with(platform, &mut |session| {
        let mut names = Names(session.cells(With::Listing)?);
        let mut reader = EventReader::new();
        if style.format == Format::Tsv {
            show::written(platform, &mut |out| table::write(out, style, &VIEW, &[]))?;
        }
        loop {
            let event = match reader.take() {
                None => {
                    next_piece(session, &mut reader)
                        .map_err(|errno| session.failed("events", errno.into()))?;
                    continue;
                }
                Some(Err(_)) => {
                    tell(
                        platform,
                        &session.path,
                        "event",
                        "not one, passed over".into(),
                    );
                    continue;
                }
                Some(Ok(event)) => event,
            };
            let name = names.of(session, event.cell)?;
            let row = [Row { event, name }];
            match style.format {
                Format::Human => show::print(platform, &line(&row[0]))?,
                Format::Tsv | Format::Json => show::written(platform, &mut |out| {
                    table::write_rows(out, style.format, &VIEW, &row)
                })?,
            }
            if left == 1 {
                return Ok(());
            }
            left = left.saturating_sub(1);
        }
    })
}

/// Waits for the next piece of the stream.
fn next_piece<P: Platform>(
    session: &Session<'_, P>,
    reader: &mut EventReader,
) -> Result<(), Errno> {
    let platform = session.platform;
    let fd = session.device.fd();
    // a folded denial becomes readable by the clock, which wakes nobody: so the first wait ends, and the second asks anew
    let mut timeout = Some(FOLD_MS);
    loop {
        platform.watch_read(fd, TOKEN)?;
        let count = platform.wait(&mut [libcell::platform::Event::Readable(TOKEN)], timeout);
        platform.unwatch(fd)?;
        if count? > 0 || timeout.is_none() {
            break;
        }
        timeout = None;
    }
    match reader.fill(&session.device)? {
        0 => Err(Errno::ENXIO),
        _ => Ok(()),
    }
}

/// `12 cell=web pid=345 denied network.raw, 3 times`; one time is not said.
fn line(row: &Row) -> Line {
    let event = &row.event;
    let mut text = Line::new();
    if event.lost > 0 {
        number_after(&mut text, "", event.uptime_s);
        number_after(&mut text, " lost ", event.lost);
        text.extend_from_slice(b" events\n");
    }
    number_after(&mut text, "", event.uptime_s);
    match &row.name {
        Some(name) => {
            text.extend_from_slice(b" cell=");
            text.extend_from_slice(name.as_bytes());
        }
        None if event.cell.is_host() => text.extend_from_slice(b" cell=host"),
        None => number_after(&mut text, " cell=", event.cell.raw()),
    }
    number_after(&mut text, " pid=", event.pid);
    let (what, operation) = match event.kind {
        EventKind::Create | EventKind::Destroy | EventKind::Enter | EventKind::Seal => {
            (" ", row.what())
        }
        EventKind::Denial { op, .. } => (" denied ", op.name()),
        EventKind::Limit { .. } => (" denied ", "a process, at the limit"),
    };
    text.extend_from_slice(what.as_bytes());
    text.extend_from_slice(operation.as_bytes());
    if row.count() != 1 {
        number_after(&mut text, ", ", row.count());
        text.extend_from_slice(b" times");
    }
    text.push(b'\n');
    text
}

fn number_after(text: &mut Line, before: &str, number: u32) {
    text.extend_from_slice(before.as_bytes());
    digits(text, number.into());
}

/// Cells that were seen, also those that have gone since.
struct Names(Vec<registry::Row>);

/// So many are remembered, twice what the kernel has room for, before they are forgotten.
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
        if self.0.len() > NAMES {
            self.0.clear();
        }
        self.0.append(&mut session.cells(With::Listing)?);
        Ok(self.known(cell))
    }

    fn known(&self, cell: Handle) -> Option<String> {
        let row = self.0.iter().find(|row| row.handle == cell)?;
        Some(row.name.clone())
    }
}
