//! `policy`: what the kernel really enforces on a cell, and what came of it.

use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

use cell_abi::{Access, DeviceKind, DeviceRule, MINOR_ANY, Op, PolicyReport};
use libcell::{
    platform::Platform,
    table::{self, Align, Field, Format, Value},
};

use crate::arguments;
use crate::failure::Failure;
use crate::session::Session;
use crate::show::{self, Flags};
use crate::target::Target;

/// One thing that is so.
struct Row {
    kind: &'static str,
    name: String,
    value: Value<'static>,
    denied: Value<'static>,
}

const fn field(name: &'static str, align: Align, value: fn(&Row) -> Value<'_>) -> Field<Row> {
    Field { name, align, value }
}

static KIND: Field<Row> = field("kind", Align::Left, |row| Value::Text(row.kind));
static NAME: Field<Row> = field("name", Align::Left, |row| Value::Text(&row.name));
static VALUE: Field<Row> = field("value", Align::Left, |row| row.value);
static DENIED: Field<Row> = field("denied", Align::Right, |row| row.denied);

/// Which operations are shown.
#[derive(Clone, Copy)]
enum Operations {
    All,
    /// Those that were denied, and those that are not as the profile has them.
    Telling,
}

/// `cellctl policy`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Policy) -> Result<(), Failure> {
    let target = Target::parse(platform, &arguments.cell)?;
    let flags = Flags {
        tsv: arguments.tsv,
        no_header: arguments.no_header,
        json: arguments.json,
    };
    let style = flags.style(platform, "policy")?;
    let operations = match style.format {
        Format::Human if !arguments.verbose => Operations::Telling,
        Format::Human | Format::Tsv | Format::Json => Operations::All,
    };
    let session = Session::open(platform)?;
    let handle = target.handle(&session)?;
    let report = session
        .device
        .policy(handle)
        .map_err(|error| target.refused(&session, "policy", error))?;
    let rows = rows(&report, operations);
    show::written(platform, &mut |out| {
        table::write(out, style, &[&KIND, &NAME, &VALUE, &DENIED], &rows)
    })
}

fn rows(report: &PolicyReport, operations: Operations) -> Vec<Row> {
    let policy = &report.policy;
    let limits = policy.limits;
    let mut rows = Vec::new();
    let mut add = |kind, name: &str, value, denied| {
        rows.push(Row {
            kind,
            name: name.into(),
            value,
            denied,
        });
    };
    add(
        "profile",
        policy.profile.name(),
        Value::Absent,
        Value::Absent,
    );
    let number = |limit: Option<u32>, shift: u32| {
        limit.map_or(Value::Unlimited, |limit| {
            let limit = u64::from(limit) << shift;
            if shift == 0 {
                Value::Number(limit)
            } else {
                Value::Bytes(limit)
            }
        })
    };
    for (name, limit) in [
        ("maxproc", number(limits.processes.map(u32::from), 0)),
        ("nofile", number(limits.nofile, 0)),
        ("as", number(limits.address_space_kib, 10)),
        ("core", number(limits.core_kib, 10)),
    ] {
        add("limit", name, limit, Value::Absent);
    }
    let mut text = String::new();
    for reservation in &policy.reservations {
        text.clear();
        let _ = write!(text, "{reservation}");
        add("port", &text, Value::Text("own"), Value::Absent);
    }
    for device in &policy.devices {
        text.clear();
        describe(&mut text, *device);
        let access = match device.access {
            Access::Read => "r",
            Access::Write => "w",
            Access::ReadWrite => "rw",
        };
        add("device", &text, Value::Text(access), Value::Absent);
    }
    let usual = policy.profile.policy();
    for op in Op::ALL.iter().copied() {
        let denial = report.denials.iter().find(|(denied, _)| *denied == op);
        let denied = denial.map_or(0, |(_, count)| *count);
        let may = policy.may.contains(op);
        let shown = match operations {
            Operations::All => true,
            Operations::Telling => denied > 0 || may != usual.contains(op),
        };
        if shown {
            let answer = Value::Text(if may { "defer" } else { "deny" });
            add("operation", op.name(), answer, Value::Number(denied.into()));
        }
    }
    rows
}

/// `char 2,12`; `*` is every unit of the driver.
fn describe(text: &mut String, device: DeviceRule) {
    let kind = match device.kind {
        DeviceKind::Char => "char",
        DeviceKind::Block => "block",
    };
    // a String takes everything
    let _ = write!(text, "{kind} {},", device.major);
    let _ = match device.minor {
        MINOR_ANY => text.write_char('*'),
        minor => write!(text, "{minor}"),
    };
}
