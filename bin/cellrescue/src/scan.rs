//! `scan`: disks, their file systems, and the archives on them.

use alloc::{string::String, vec::Vec};

use libcell::archive::Origin;
use libcell::backup;
use libcell::job::{Job, joined};
use libcell::options::Parsed;
use libcell::output::Output;
use libcell::platform::{Errno, Platform, utf8};
use libcell::problem::Why;
use libcell::progress::{Bar, Style};
use libcell::table::{self, Align, Field, Format, Headings, Line, Value};
use libcell::time::Form;

use crate::device::Device;
use crate::disks;
use crate::place::signature;
use crate::stick::{Access, Stick};
use crate::verify::order;
use crate::voice::{Failure, NOTHING, fail, words};

/// A file system, or an archive on it.
struct Row {
    disk: String,
    kind: &'static str,
    label: String,
    file: String,
    volume: String,
    created: String,
    size: u64,
    state: String,
}

/// Its name in a table.
fn text<'r>(text: &'r str) -> Value<'r> {
    if text.is_empty() {
        Value::Absent
    } else {
        Value::Text(text)
    }
}

static FIELDS: [Field<Row>; 8] = [
    Field {
        name: "disk",
        align: Align::Left,
        value: |row| text(&row.disk),
    },
    Field {
        name: "type",
        align: Align::Left,
        value: |row| text(row.kind),
    },
    Field {
        name: "label",
        align: Align::Left,
        value: |row| text(&row.label),
    },
    Field {
        name: "size",
        align: Align::Right,
        value: |row| Value::Bytes(row.size),
    },
    Field {
        name: "volume",
        align: Align::Left,
        value: |row| text(&row.volume),
    },
    Field {
        name: "created",
        align: Align::Left,
        value: |row| text(&row.created),
    },
    Field {
        name: "state",
        align: Align::Left,
        value: |row| text(&row.state),
    },
    Field {
        name: "archive",
        align: Align::Left,
        value: |row| text(&row.file),
    },
];

/// Lists. Exit status 2 when there is nothing.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let device = Device::new(platform, platform.prefix());
    let is_checked = parsed.has(b'c');
    let mut rows = Vec::new();
    let own = joined(&[&device.prefix, backup::DIRECTORY]);
    archives(platform, &device, ("self", &own), is_checked, &mut rows)?;
    let disks = disks::all(platform).map_err(|errno| fail(platform, "disks", errno))?;
    for disk in disks {
        rows.push(Row {
            disk: disk.name().into(),
            kind: disk.found.kind.word(),
            label: disk.found.label.clone(),
            file: String::new(),
            volume: String::new(),
            created: String::new(),
            size: disk.found.size_kib << 10,
            state: match &disk.mounted {
                Some(on) => joined(&["mounted on ", on]),
                None => String::new(),
            },
        });
        match Stick::mount(platform, &device.prefix, &disk, Access::Read) {
            Ok(stick) => {
                let at = (disk.name(), stick.path.as_str());
                archives(platform, &device, at, is_checked, &mut rows)?;
                stick
                    .unmount()
                    .map_err(|errno| fail(platform, disk.name(), errno))?;
            }
            Err(errno) => {
                if let Some(row) = rows.last_mut() {
                    row.state = words(errno.into()).into();
                }
            }
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
    device: &Device,
    (disk, directory): (&str, &str),
    is_checked: bool,
    rows: &mut Vec<Row>,
) -> Result<(), Failure> {
    let all = backup::list(platform, directory, None)
        .map_err(|errno| fail(platform, directory, errno))?;
    for found in all {
        let file = found.file();
        let path = joined(&[directory, "/", &file]);
        let mut created = Line::new();
        Form::People.write(&mut created, found.created);
        rows.push(Row {
            disk: disk.into(),
            kind: "archive",
            label: String::new(),
            volume: found.volume,
            created: utf8(&created).unwrap_or_default().into(),
            size: found.size,
            state: if is_checked {
                check(platform, device, &path)?
            } else {
                "not checked".into()
            },
            file,
        });
    }
    Ok(())
}

/// What comes of reading an archive.
fn check<P: Platform>(platform: &P, device: &Device, path: &str) -> Result<String, Failure> {
    let signature = signature(platform, path)?;
    let order = order(path, Origin::Picocell, device, &signature);
    let mut bar = Bar::new(platform, Style::Silent);
    let mut job = Job::new(platform, &device.prefix, &mut bar);
    Ok(match libcell::restore::verify(&mut job, &order) {
        Ok(_) if order.signature.is_some() => "whole, signed".into(),
        Ok(_) => "whole".into(),
        Err(Why::System(Errno::EINTR)) => return Err(fail(platform, path, Errno::EINTR)),
        Err(why) => words(why).into(),
    })
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
