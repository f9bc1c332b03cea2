//! `policy`: what the kernel really enforces on a cell, and what came of it.

use alloc::vec::Vec;

use cell_abi::{
    Access, Denials, DeviceKind, DeviceRule, Limits, MINOR_ANY, Op, Policy, PolicyReport, Profile,
    Protocols, Reservation,
};
use libcell::{
    options::Parsed,
    platform::{Platform, utf8},
    table::{self, Align, Field, Format, Line, Value, digits},
};

use crate::failure::Failure;
use crate::registry::{address_space, core_file, count, maxproc, nofile};
use crate::show;
use crate::target;

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
    Value::Text(utf8(&row.name).unwrap_or_default())
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
    let style = show::style(platform, "policy", parsed)?;
    let operations = match style.format {
        Format::Human if !parsed.has(b'v') => Operations::Telling,
        Format::Human | Format::Tsv | Format::Json => Operations::All,
    };
    target::with(platform, parsed.operand(0), &mut |session, target| {
        let handle = target.handle(session)?;
        let mut report = PolicyReport {
            policy: Policy::of(Profile::Custom),
            denials: Denials::new(),
        };
        if let Err(error) = session.device.policy_into(handle, &mut report) {
            return Err(target.refused(session, "policy", error));
        }
        let rows = rows(&report, operations);
        show::written(platform, &mut |out| {
            table::write(out, style, &[&KIND, &NAME, &VALUE, &DENIED], &rows)
        })
    })
}

/// A limit by its name in tables.
type Limit = (&'static str, fn(&Limits) -> Value<'static>);

static LIMITS: [Limit; 4] = [
    ("maxproc", maxproc),
    ("nofile", nofile),
    ("as", address_space),
    ("core", core_file),
];

/// Rows under construction.
struct Rows(Vec<Row>);

impl Rows {
    fn add(&mut self, kind: &'static str, name: Line, value: Value<'static>) {
        self.0.push(Row {
            kind,
            name,
            value,
            denied: None,
        });
    }
}

fn rows(report: &PolicyReport, operations: Operations) -> Vec<Row> {
    let policy = &report.policy;
    let mut rows = Rows(Vec::new());
    rows.add("profile", policy.profile.name().into(), Value::Absent);
    for (name, limit) in &LIMITS {
        rows.add("limit", Line::from(*name), limit(&policy.limits));
    }
    for reservation in &policy.reservations {
        rows.add("port", ports(*reservation), Value::Text("own"));
    }
    for device in &policy.devices {
        let access = match device.access {
            Access::Read => "r",
            Access::Write => "w",
            Access::ReadWrite => "rw",
        };
        rows.add("device", node(*device), Value::Text(access));
    }
    let (may, usual) = (policy.may.words(), policy.profile.policy().words());
    for op in Op::ALL.iter().copied() {
        let denial = report.denials.iter().find(|(denied, _)| *denied == op);
        let denied = denial.map_or(0, |(_, count)| *count);
        let may = contains(&may, op);
        let shown = match operations {
            Operations::All => true,
            Operations::Telling => denied > 0 || may != contains(&usual, op),
        };
        if shown {
            let answer = if may { "defer" } else { "deny" };
            rows.add("operation", op.name().into(), Value::Text(answer));
            if let Some(row) = rows.0.last_mut() {
                row.denied = Some(denied);
            }
        }
    }
    rows.0
}

/// Whether a set has an operation, in words: shifts of 128 bits are long on small processors.
fn contains(words: &[u32; 4], op: Op) -> bool {
    let number = u32::from(op.number());
    words
        .get(number as usize / 32)
        .is_some_and(|word| word >> (number % 32) & 1 == 1)
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
