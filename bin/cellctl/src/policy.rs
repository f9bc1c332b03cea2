//! `policy`: what the kernel really enforces on a cell, and what came of it.

use alloc::vec::Vec;

use cell_abi::{
    Access, DeviceKind, DeviceRule, Limits, MINOR_ANY, Op, PolicyReport, Protocols, Reservation,
};
use libcell::{
    options::Parsed,
    platform::Platform,
    table::{self, Align, Field, Format, Line, Value, digits},
};

use crate::failure::Failure;
use crate::registry::{address_space, core_file, count, maxproc, nofile};
use crate::session::Session;
use crate::show;
use crate::target::Target;

/// One thing that is so.
struct Row {
    kind: &'static str,
    name: Line,
    value: Value<'static>,
    denied: Option<u32>,
}

const fn field(name: &'static str, align: Align, value: fn(&Row) -> Value<'_>) -> Field<Row> {
    Field { name, align, value }
}

static KIND: Field<Row> = field("kind", Align::Left, |row| Value::Text(row.kind));
static NAME: Field<Row> = field("name", Align::Left, |row| {
    Value::Text(core::str::from_utf8(&row.name).unwrap_or_default())
});
static VALUE: Field<Row> = field("value", Align::Left, |row| row.value);
static DENIED: Field<Row> = field("denied", Align::Right, |row| {
    row.denied.map_or(Value::Absent, count)
});

/// Which operations are shown.
#[derive(Clone, Copy)]
enum Operations {
    All,
    /// Those that were denied, and those that are not as the profile has them.
    Telling,
}

/// `cellctl policy`
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let target = Target::parse(platform, parsed.operand(0))?;
    let style = show::style(platform, "policy", parsed)?;
    let operations = match style.format {
        Format::Human if !parsed.has(b'v') => Operations::Telling,
        Format::Human | Format::Tsv | Format::Json => Operations::All,
    };
    Session::with(platform, &mut |session| {
        let handle = target.handle(session)?;
        let rows = match session.device.policy(handle) {
            Ok(report) => rows(&report, operations),
            Err(error) => return Err(target.refused(session, "policy", error)),
        };
        show::written(platform, &mut |out| {
            table::write(out, style, &[&KIND, &NAME, &VALUE, &DENIED], &rows)
        })
    })
}

static LIMITS: [(&str, fn(&Limits) -> Value<'static>); 4] = [
    ("maxproc", maxproc),
    ("nofile", nofile),
    ("as", address_space),
    ("core", core_file),
];

fn rows(report: &PolicyReport, operations: Operations) -> Vec<Row> {
    let policy = &report.policy;
    let mut rows = Vec::new();
    let mut add = |kind, name: &[u8], value, denied| {
        rows.push(Row {
            kind,
            name: name.into(),
            value,
            denied,
        });
    };
    add(
        "profile",
        policy.profile.name().as_bytes(),
        Value::Absent,
        None,
    );
    for (name, limit) in &LIMITS {
        add("limit", name.as_bytes(), limit(&policy.limits), None);
    }
    for reservation in &policy.reservations {
        add("port", &ports(*reservation), Value::Text("own"), None);
    }
    for device in &policy.devices {
        let access = match device.access {
            Access::Read => "r",
            Access::Write => "w",
            Access::ReadWrite => "rw",
        };
        add("device", &node(*device), Value::Text(access), None);
    }
    let usual = policy.profile.policy();
    for op in Op::ALL.iter().copied() {
        let mut denied = 0;
        for (other, count) in &report.denials {
            if *other == op {
                denied = *count;
            }
        }
        let may = policy.may.contains(op);
        let shown = match operations {
            Operations::All => true,
            Operations::Telling => denied > 0 || may != usual.contains(op),
        };
        if shown {
            let answer = if may { "defer" } else { "deny" };
            add(
                "operation",
                op.name().as_bytes(),
                Value::Text(answer),
                Some(denied),
            );
        }
    }
    rows
}

/// `tcp/80`, `udp/5000-5010`, `80`: as `create` takes it.
fn ports(reservation: Reservation) -> Line {
    let mut text = Line::from(match reservation.protocols() {
        Protocols::Tcp => "tcp/",
        Protocols::Udp => "udp/",
        Protocols::Both => "",
    });
    digits(&mut text, reservation.first().into());
    if reservation.last() != reservation.first() {
        text.push(b'-');
        digits(&mut text, reservation.last().into());
    }
    text
}

/// `char 2,12`; `*` is every unit of the driver.
fn node(device: DeviceRule) -> Line {
    let mut text = Line::from(match device.kind {
        DeviceKind::Char => "char ",
        DeviceKind::Block => "block ",
    });
    digits(&mut text, device.major.into());
    text.push(b',');
    match device.minor {
        MINOR_ANY => text.push(b'*'),
        minor => digits(&mut text, minor.into()),
    }
    text
}
