//! `events`: what happens from now on.

use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

use cell_abi::{Event, EventKind, Handle};
use embedded_io::Write;
use libcell::{
    device::EventReader,
    output::Output,
    platform::{Errno, Platform, Token},
    table::{self, Align, Field, Format, Headings, Value, View, select},
};

use crate::arguments;
use crate::failure::Failure;
use crate::number;
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

const VIEW: &str = "uptime,cid,name,pid,event,operation,count,lost";

static FIELDS: [Field<Row>; 8] = [
    field("uptime", |row| Value::Seconds(row.event.uptime_s.into())),
    field("cid", |row| Value::Number(row.event.cell.raw().into())),
    field("name", |row| {
        row.name.as_deref().map_or(Value::Absent, Value::Text)
    }),
    field("pid", |row| Value::Number(row.event.pid.into())),
    field("event", |row| Value::Text(row.what())),
    field("operation", |row| {
        row.operation().map_or(Value::Absent, Value::Text)
    }),
    field("count", |row| Value::Number(row.count().into())),
    field("lost", |row| Value::Number(row.event.lost.into())),
];

const fn field(name: &'static str, value: for<'a> fn(&'a Row) -> Value<'a>) -> Field<Row> {
    Field {
        name,
        align: Align::Left,
        value,
    }
}

/// Milliseconds after which the kernel tells a denial that was folded into the second before.
const FOLD_MS: u64 = 1_100;

const TOKEN: Token = 0;

/// `cellctl events`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Events) -> Result<(), Failure> {
    let style = Flags {
        tsv: arguments.tsv,
        no_header: arguments.no_header,
        json: arguments.json,
    }
    .style("events")?;
    let mut left = match arguments.count.as_deref() {
        Some(text) => Some(
            number::decimal(text)
                .filter(|count| *count > 0)
                .ok_or_else(|| Failure::usage(text, "count", "not a number above 0"))?,
        ),
        None if arguments.follow => None,
        None => Some(1),
    };
    let session = Session::open(platform)?;
    let mut names = Names(Vec::new());
    names.learn(&session)?;
    let mut out = Output::standard(platform, 1).map_err(show::unwritten)?;
    let view: View<Row> = select(&FIELDS, VIEW).unwrap_or_default();
    match (style.format, style.headings) {
        (Format::Tsv, Headings::Shown) => {
            table::write(&mut out, style, &view, &[]).map_err(show::unwritten)?;
        }
        (Format::Tsv, Headings::Hidden) | (Format::Human | Format::Json, _) => {}
    }
    let mut reader = EventReader::new();
    loop {
        // also what was read so far is shown before waiting for more
        out.flush().map_err(show::unwritten)?;
        next_piece(&session, &mut reader)
            .map_err(|errno| Failure::new(&session.path, "events", errno))?;
        while let Some(event) = reader.take() {
            let event = match event {
                Ok(event) => event,
                Err(error) => {
                    crate::report(
                        platform,
                        &Failure::new(
                            &session.path,
                            "event",
                            libcell::device::DeviceError::Frame(error),
                        ),
                    );
                    continue;
                }
            };
            let row = Row {
                name: names.of(&session, event.cell)?,
                event,
            };
            match style.format {
                Format::Human => line(&mut out, &row),
                Format::Tsv | Format::Json => table::write_row(&mut out, style.format, &view, &row),
            }
            .map_err(show::unwritten)?;
            left = left.map(|left| left - 1);
            if left == Some(0) {
                return out.finish().map_err(show::unwritten);
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
fn line<P: Platform>(out: &mut Output<'_, P>, row: &Row) -> Result<(), Errno> {
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
    out.write_all(text.as_bytes())
}

/// The names of cells, also of those that have gone while this runs. At most as many as there are slots are kept.
struct Names(Vec<(Handle, String)>);

impl Names {
    fn learn<P: Platform>(&mut self, session: &Session<'_, P>) -> Result<(), Failure> {
        session.find(|row| {
            self.0
                .retain(|(known, _)| known.slot() != row.handle.slot());
            self.0.push((row.handle, row.name));
            None::<()>
        })?;
        Ok(())
    }

    fn of<P: Platform>(
        &mut self,
        session: &Session<'_, P>,
        cell: Handle,
    ) -> Result<Option<String>, Failure> {
        if cell.is_host() {
            return Ok(None);
        }
        if !self.0.iter().any(|(known, _)| *known == cell) {
            self.learn(session)?;
        }
        let name = self.0.iter().find(|(known, _)| *known == cell);
        Ok(name.map(|(_, name)| name.clone()))
    }
}
