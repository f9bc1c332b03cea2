//! `stats -P`: the text format of Prometheus, version 0.0.4.
//!
//! Names of the original are kept where they are still true; CPU time is a counter in seconds now, not a gauge in ticks.

use cell_abi::CellState;
use libcell::{
    platform::Platform,
    table::{Line, Value},
};

use crate::failure::Failure;
use crate::registry::Row;
use crate::session::Session;
use crate::show;

const HEADER: &[u8] = b"HTTP/1.0 200 OK\r\n\
    Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
    Connection: close\r\n\r\n";

/// A family of samples, one a cell. `Unlimited` and `Absent` are no sample.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    value: fn(&Row) -> Value<'_>,
}

static FAMILIES: [Family; 9] = [
    Family {
        name: "cell_cpu_seconds_total",
        kind: "counter",
        help: "CPU time of all processes since create, in seconds.",
        value: |row| Value::Micros(row.stats.cpu_us),
    },
    Family {
        name: "cell_forks_total",
        kind: "counter",
        help: "Forks since create.",
        value: |row| Value::Number(row.stats.forks.into()),
    },
    Family {
        name: "cell_denials_total",
        kind: "counter",
        help: "Operations denied since create.",
        value: |row| Value::Number(row.stats.denials.into()),
    },
    Family {
        name: "cell_processes_current",
        kind: "gauge",
        help: "Processes that have not exited.",
        value: |row| Value::Number(row.stats.processes.into()),
    },
    Family {
        name: "cell_processes_limit",
        kind: "gauge",
        help: "Most processes, where that is limited.",
        value: |row| {
            row.limits
                .processes
                .map_or(Value::Unlimited, |most| Value::Number(most.into()))
        },
    },
    Family {
        name: "cell_references_current",
        kind: "gauge",
        help: "Credentials that carry the cell.",
        value: |row| Value::Number(row.stats.credentials.into()),
    },
    Family {
        name: "cell_memory_vmsize_bytes",
        kind: "gauge",
        help: "Address space of all processes, in bytes.",
        value: |row| Value::Bytes(u64::from(row.stats.virtual_kib) << 10),
    },
    Family {
        name: "cell_memory_resident_bytes",
        kind: "gauge",
        help: "Resident memory of all processes, in bytes; shared pages count once for each.",
        value: |row| Value::Bytes(u64::from(row.stats.resident_kib) << 10),
    },
    Family {
        name: "cell_age_seconds",
        kind: "gauge",
        help: "Time since create, in seconds.",
        value: |row| Value::Seconds(row.stats.age_s.into()),
    },
];

/// By operation, so not one a cell.
static DENIALS: Family = Family {
    name: "cell_operation_denials_total",
    kind: "counter",
    help: "Denials since create, by operation.",
    value: |_| Value::Absent,
};

/// Of the kernel, not of a cell.
static SEALED: Family = Family {
    name: "cell_sealed",
    kind: "gauge",
    help: "1 once cells can no longer be made, ended or changed.",
    value: |_| Value::Absent,
};

/// An HTTP header goes before.
#[derive(Clone, Copy)]
pub(crate) struct Http;

/// Writes all families. Dying cells are left out: another may have their name already.
pub(crate) fn write<P: Platform>(
    session: &Session<'_, P>,
    rows: &[Row],
    http: Option<Http>,
) -> Result<(), Failure> {
    let mut denials = Line::new();
    for row in living(rows).filter(|row| row.stats.denials > 0) {
        // a cell that went away meanwhile has none
        let Ok(report) = session.device.policy(row.handle) else {
            continue;
        };
        for (op, count) in report.denials {
            let value = Value::Number(count.into());
            sample(&mut denials, DENIALS.name, row, Some(op.name()), value);
        }
    }
    show::written(session.platform, &mut |out| {
        if let Some(Http) = http {
            out.put(HEADER)?;
        }
        let mut text = Line::new();
        for family in &FAMILIES {
            text.clear();
            describe(&mut text, family);
            for row in living(rows) {
                match (family.value)(row) {
                    Value::Absent | Value::Unlimited => {}
                    value => sample(&mut text, family.name, row, None, value),
                }
            }
            out.put(&text)?;
        }
        text.clear();
        describe(&mut text, &DENIALS);
        text.extend_from_slice(&denials);
        describe(&mut text, &SEALED);
        text.extend_from_slice(SEALED.name.as_bytes());
        text.extend_from_slice(if session.hello.sealed {
            b" 1\n"
        } else {
            b" 0\n"
        });
        out.put(&text)
    })
}

fn living(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| match row.state {
        CellState::Active => true,
        CellState::Dying => false,
    })
}

fn describe(text: &mut Line, family: &Family) {
    let name = family.name;
    for part in &[
        "# HELP ",
        name,
        " ",
        family.help,
        "\n# TYPE ",
        name,
        " ",
        family.kind,
        "\n",
    ] {
        text.extend_from_slice(part.as_bytes());
    }
}

/// `family{name="...",operation="..."} value`
fn sample(text: &mut Line, family: &str, row: &Row, operation: Option<&str>, value: Value<'_>) {
    text.extend_from_slice(family.as_bytes());
    text.extend_from_slice(b"{name=\"");
    escaped(text, &row.name);
    if let Some(operation) = operation {
        text.extend_from_slice(b"\",operation=\"");
        escaped(text, operation);
    }
    text.extend_from_slice(b"\"} ");
    value.raw(text);
    text.push(b'\n');
}

/// As a label's value: backslash, quote and newline are written with a backslash.
fn escaped(text: &mut Line, value: &str) {
    for mut byte in value.bytes() {
        if matches!(byte, b'\\' | b'"' | b'\n') {
            text.push(b'\\');
            if byte == b'\n' {
                byte = b'n';
            }
        }
        text.push(byte);
    }
}

#[cfg(test)]
mod tests;
