//! `policy`: what the kernel really enforces on a cell, and what came of it.

use alloc::{format, string::String, string::ToString, vec::Vec};

use cell_abi::{Access, DeviceKind, DeviceRule, MINOR_ANY, Op, PolicyReport};
use libcell::{
    platform::Platform,
    table::{self, Align, Field, Format, Value, select},
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
    value: Said,
    denied: Option<u32>,
}

/// What it is.
enum Said {
    Nothing,
    Text(&'static str),
    Number(Option<u32>),
    Kib(Option<u32>),
}

static FIELDS: [Field<Row>; 4] = [
    Field {
        name: "kind",
        align: Align::Left,
        value: |row| Value::Text(row.kind),
    },
    Field {
        name: "name",
        align: Align::Left,
        value: |row| Value::Text(&row.name),
    },
    Field {
        name: "value",
        align: Align::Left,
        value: |row| match row.value {
            Said::Nothing => Value::Absent,
            Said::Text(text) => Value::Text(text),
            Said::Number(None) | Said::Kib(None) => Value::Unlimited,
            Said::Number(Some(number)) => Value::Number(number.into()),
            Said::Kib(Some(kib)) => Value::Bytes(u64::from(kib) << 10),
        },
    },
    Field {
        name: "denied",
        align: Align::Right,
        value: |row| {
            row.denied
                .map_or(Value::Absent, |count| Value::Number(count.into()))
        },
    },
];

/// Which operations are shown.
#[derive(Clone, Copy)]
enum Operations {
    All,
    /// Those that were denied, and those that are not as the profile has them.
    Telling,
}

/// `cellctl policy`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Policy) -> Result<(), Failure> {
    let target = Target::parse(&arguments.cell)?;
    let style = Flags {
        tsv: arguments.tsv,
        no_header: arguments.no_header,
        json: arguments.json,
    }
    .style("policy")?;
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
    show::written(platform, |out| {
        let view = select(&FIELDS, "kind,name,value,denied").unwrap_or_default();
        table::write(out, style, &view, &rows)
    })
}

fn rows(report: &PolicyReport, operations: Operations) -> Vec<Row> {
    let policy = &report.policy;
    let limits = policy.limits;
    let row = |kind, name: &str, value| Row {
        kind,
        name: name.into(),
        value,
        denied: None,
    };
    let mut rows: Vec<Row> = [
        row("profile", policy.profile.name(), Said::Nothing),
        row(
            "limit",
            "maxproc",
            Said::Number(limits.processes.map(u32::from)),
        ),
        row("limit", "nofile", Said::Number(limits.nofile)),
        row("limit", "as", Said::Kib(limits.address_space_kib)),
        row("limit", "core", Said::Kib(limits.core_kib)),
    ]
    .into();
    for reservation in &policy.reservations {
        rows.push(row("port", &reservation.to_string(), Said::Text("own")));
    }
    for device in &policy.devices {
        rows.push(row(
            "device",
            &device_name(*device),
            Said::Text(match device.access {
                Access::Read => "r",
                Access::Write => "w",
                Access::ReadWrite => "rw",
            }),
        ));
    }
    let usual = policy.profile.policy();
    for op in Op::ALL.iter().copied() {
        let denied = report
            .denials
            .iter()
            .find(|(denied, _)| *denied == op)
            .map_or(0, |(_, count)| *count);
        let may = policy.may.contains(op);
        let shown = match operations {
            Operations::All => true,
            Operations::Telling => denied > 0 || may != usual.contains(op),
        };
        if shown {
            rows.push(Row {
                denied: Some(denied),
                ..row(
                    "operation",
                    op.name(),
                    Said::Text(if may { "defer" } else { "deny" }),
                )
            });
        }
    }
    rows
}

/// `char 2,12`; `*` is every unit of the driver.
fn device_name(device: DeviceRule) -> String {
    let kind = match device.kind {
        DeviceKind::Char => "char",
        DeviceKind::Block => "block",
    };
    match device.minor {
        MINOR_ANY => format!("{kind} {},*", device.major),
        minor => format!("{kind} {},{minor}", device.major),
    }
}
