//! `scan`: disks, their file systems, and the archives on them.

use alloc::{string::String, vec::Vec};

use libcell::backup;
use libcell::job::{Job, joined};
use libcell::options::Parsed;
use libcell::output::Output;
use libcell::platform::{Errno, Platform, utf8};
use libcell::problem::words;
use libcell::progress::{Bar, Style};
use libcell::table::{self, Align, Field, Format, Headings, Line, Value};
use libcell::time::Form;

use crate::device::Device;
use crate::disks;
use crate::place::Place;
use crate::stick::{Access, Stick};
use crate::voice::{Failure, NOTHING, fail};

/// A file system, or an archive on it.
struct Row {
    disk: String,
    kind: &'static str,
    /// Of the file system; of the volume.
    name: String,
    file: String,
    created: Line,
    size: u64,
    state: &'static str,
}

fn text(text: &str) -> Value<'_> {
    if text.is_empty() {
        Value::Absent
    } else {
        Value::Text(text)
    }
}

const fn field(name: &'static str, value: for<'a> fn(&'a Row) -> Value<'a>) -> Field<Row> {
    Field {
        name,
        align: Align::Left,
        value,
    }
}

static FIELDS: [Field<Row>; 7] = [
    field("disk", |row| text(&row.disk)),
    field("type", |row| text(row.kind)),
    field("name", |row| text(&row.name)),
    field("size", |row| Value::Bytes(row.size)),
    field("created", |row| {
        text(utf8(&row.created).unwrap_or_default())
    }),
    field("state", |row| text(row.state)),
    field("archive", |row| text(&row.file)),
];

/// Lists. Exit status 2 when there is nothing.
pub(crate) fn run<P: Platform>(
    platform: &P,
    device: &Device<'_>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let own = joined(&[device.prefix, backup::DIRECTORY]);
    archives(platform, device, parsed, ("self", &own), &mut rows)?;
    for disk in disks::all(platform).map_err(|errno| fail(platform, "disks", errno))? {
        let name = disk.name();
        let stick = Stick::mount(platform, device.prefix, &disk, Access::Read);
        rows.push(Row {
            disk: name.into(),
            kind: disk.found.kind.word(),
            name: disk.found.label.clone(),
            file: String::new(),
            created: Line::new(),
            size: disk.found.size_kib << 10,
            state: match &stick {
                Err(errno) => words(*errno),
                Ok(_) if disk.mounted.is_empty() => "",
                Ok(_) => "mounted",
            },
        });
        if let Ok(stick) = stick {
            archives(platform, device, parsed, (name, &stick.path), &mut rows)?;
        }
    }
    if rows.is_empty() {
        return Err(NOTHING);
    }
    print(platform, parsed, &rows).map_err(|errno| fail(platform, "standard output", errno))
}

/// The archives in a directory.
fn archives<P: Platform>(
    platform: &P,
    device: &Device<'_>,
    parsed: &Parsed<'_>,
    (disk, directory): (&str, &str),
    rows: &mut Vec<Row>,
) -> Result<(), Failure> {
    let all = backup::list(platform, directory, None);
    for found in all.map_err(|errno| fail(platform, directory, errno))? {
        let file = found.file();
        let mut created = Line::new();
        Form::People.write(&mut created, found.created);
        let mut state = "not checked";
        if parsed.has(b'c') {
            let place = Place::new(platform, device, &joined(&[directory, "/", &file]))?;
            let order = place.order(device, parsed);
            let mut bar = Bar::new(platform, Style::Silent);
            let mut job = Job::new(platform, device.prefix, &mut bar);
            state = match libcell::restore::verify(&mut job, &order) {
                Err(Errno::EINTR) => return Err(fail(platform, &file, Errno::EINTR)),
                Err(why) => words(why),
                Ok(_) if order.signature.is_some() => "whole, signed",
                Ok(_) => "whole",
            };
        }
        rows.push(Row {
            disk: disk.into(),
            kind: "archive",
            name: found.volume,
            file,
            created,
            size: found.size,
            state,
        });
    }
    Ok(())
}

fn print<P: Platform>(platform: &P, parsed: &Parsed<'_>, rows: &[Row]) -> Result<(), Errno> {
    let style = table::Style {
        format: match (parsed.has(b'J'), parsed.has(b'T')) {
            (true, _) => Format::Json,
            (false, true) => Format::Tsv,
            (false, false) => Format::Human,
        },
        headings: if parsed.has(b'H') {
            Headings::Hidden
        } else {
            Headings::Shown
        },
    };
    let view: Vec<&'static Field<Row>> = FIELDS.iter().collect();
    let mut out = Output::standard(platform, 1)?;
    table::write(&mut out, style, &view, rows)?;
    out.finish()
}
