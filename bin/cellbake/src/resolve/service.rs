//! How a service is run: times, restarts, health, log, environment, arguments.

use std::ops::RangeInclusive;

use libcell::image::{
    ARGUMENTS_MAX, ENVIRONMENT_MAX, Facility, GRACE_MAX_MS, Level, RING_MAX, RING_MIN, Readiness,
    Restart, RestartPolicy, TAG_MAX, TEXT_MAX,
};

use crate::definition::{BoardDef, CellDef, HealthDef, ReadyDef};
use crate::files::{Located, Span};
use crate::report::{Mistake, Report};

const SECOND: u32 = 1000;
const HOUR: u32 = 3_600_000;

/// How a cell's service is run.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub restart: Restart,
    pub readiness: Readiness,
    pub stop_grace_ms: u32,
    pub health: Option<Times>,
    pub facility: Facility,
    pub stdout: Level,
    pub stderr: Level,
    pub tag: String,
    pub ring: u32,
    pub environment: Vec<String>,
}

/// Of a health command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub interval_ms: u32,
    pub timeout_ms: u32,
    pub retries: u8,
    pub start_period_ms: u32,
}

/// How `cell` is run.
pub(super) fn service(cell: &CellDef, board: &BoardDef, report: &Report<'_>) -> Service {
    let grace = cell.stop_grace.as_ref().or(board.stop_grace.as_ref());
    let stop_grace_ms = bounded(grace, 5 * SECOND, 0..=GRACE_MAX_MS, "stop_grace", report);
    let policy = cell
        .restart
        .policy
        .as_ref()
        .or(board.restart.policy.as_ref());
    let restart = Restart {
        policy: policy.map_or(RestartPolicy::Always, |policy| policy.value),
        max_failures: cell
            .restart
            .max_failures
            .as_ref()
            .or(board.restart.max_failures.as_ref())
            .map_or(5, |most| u16::try_from(most.value).unwrap_or(u16::MAX)),
        stable_ms: bounded(
            cell.restart
                .stable
                .as_ref()
                .or(board.restart.stable.as_ref()),
            30 * SECOND,
            SECOND..=HOUR,
            "stable",
            report,
        ),
    };
    check_command(&cell.command, report);
    let tag = tag(cell, report);
    Service {
        readiness: readiness(cell, restart, report),
        restart,
        stop_grace_ms,
        health: cell.health.as_ref().map(|health| {
            check_command(&health.command, report);
            times(health, report)
        }),
        facility: first(&cell.log.facility, &board.log.facility).unwrap_or(Facility(3)),
        stdout: first(&cell.log.stdout, &board.log.stdout).unwrap_or(Level(6)),
        stderr: first(&cell.log.stderr, &board.log.stderr).unwrap_or(Level(4)),
        tag,
        ring: ring(cell, board, report),
        environment: environment(cell, board, report),
    }
}

fn first<T: Copy>(own: &Option<Located<T>>, default: &Option<Located<T>>) -> Option<T> {
    own.as_ref().or(default.as_ref()).map(|found| found.value)
}

fn bounded(
    value: Option<&Located<u32>>,
    default: u32,
    range: RangeInclusive<u32>,
    key: &str,
    report: &Report<'_>,
) -> u32 {
    let Some(value) = value else { return default };
    if !range.contains(&value.value) {
        report.add(Mistake::at(
            &value.span,
            format!(
                "`{key}` must be from {} to {}",
                time(*range.start()),
                time(*range.end())
            ),
        ));
    }
    value.value
}

/// As definitions write it.
fn time(milliseconds: u32) -> String {
    match milliseconds {
        0 => "0s".to_owned(),
        ms if ms % HOUR == 0 => format!("{}h", ms / HOUR),
        ms if ms % 60_000 == 0 => format!("{}m", ms / 60_000),
        ms if ms % SECOND == 0 => format!("{}s", ms / SECOND),
        ms => format!("{ms}ms"),
    }
}

fn readiness(cell: &CellDef, restart: Restart, report: &Report<'_>) -> Readiness {
    let Some(ready) = &cell.ready else {
        return if cell.health.is_some() {
            Readiness::Healthy
        } else {
            Readiness::Started
        };
    };
    match ready.value {
        ReadyDef::Started => Readiness::Started,
        ReadyDef::Healthy => {
            if cell.health.is_none() {
                report.add(
                    Mistake::at(&ready.span, "ready when healthy, and no [health]")
                        .help("[health]\n        command = [\"/bin/true\"]"),
                );
            }
            Readiness::Healthy
        }
        ReadyDef::Exited => {
            if restart.policy == RestartPolicy::Always {
                report.add(
                    Mistake::at(
                        &ready.span,
                        "ready when it has exited, and it is always started again",
                    )
                    .help("[restart]\n        policy = \"on-failure\""),
                );
            }
            Readiness::Exited
        }
        ReadyDef::After(ms) => {
            if !(1..=HOUR).contains(&ms) {
                report.add(Mistake::at(
                    &ready.span,
                    "ready after a time from 1ms to 1h",
                ));
            }
            Readiness::After(ms)
        }
    }
}

fn times(health: &HealthDef, report: &Report<'_>) -> Times {
    let hour = SECOND..=HOUR;
    Times {
        interval_ms: bounded(
            health.interval.as_ref(),
            30 * SECOND,
            hour.clone(),
            "interval",
            report,
        ),
        timeout_ms: bounded(
            health.timeout.as_ref(),
            5 * SECOND,
            100..=10 * 60 * SECOND,
            "timeout",
            report,
        ),
        retries: health
            .retries
            .as_ref()
            .map_or(3, |retries| u8::try_from(retries.value).unwrap_or(u8::MAX)),
        start_period_ms: bounded(
            health.start_period.as_ref(),
            0,
            0..=HOUR,
            "start_period",
            report,
        ),
    }
}

fn tag(cell: &CellDef, report: &Report<'_>) -> String {
    let Some(tag) = &cell.log.tag else {
        return cell.name.value.clone();
    };
    let plain = !tag.value.is_empty()
        && tag.value.len() <= TAG_MAX
        && tag
            .value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b":[]".contains(&byte));
    if !plain {
        report.add(
            Mistake::at(&tag.span, "not a tag for syslog")
                .help("1 to 63 printable characters, without blanks, colons and brackets"),
        );
    }
    tag.value.clone()
}

fn ring(cell: &CellDef, board: &BoardDef, report: &Report<'_>) -> u32 {
    let Some(ring) = cell.log.ring.as_ref().or(board.log.ring.as_ref()) else {
        return 4096;
    };
    match u32::try_from(ring.value) {
        Ok(bytes) if (RING_MIN..=RING_MAX).contains(&bytes) => bytes,
        Ok(_) | Err(_) => {
            report.add(Mistake::at(&ring.span, "`ring` must be from 1K to 1M"));
            RING_MIN
        }
    }
}

fn check_command(command: &[Located<String>], report: &Report<'_>) {
    if let Some(first_above) = command.get(ARGUMENTS_MAX) {
        report.add(Mistake::at(
            &first_above.span,
            format!("more than {ARGUMENTS_MAX} arguments"),
        ));
    }
    for argument in command {
        check_text(&argument.value, &argument.span, "an argument", report);
    }
}

fn check_text(text: &str, span: &Span, what: &str, report: &Report<'_>) {
    if text.len() > TEXT_MAX {
        report.add(Mistake::at(
            span,
            format!("{what} of {} bytes, and it may have {TEXT_MAX}", text.len()),
        ));
    }
}

fn environment(cell: &CellDef, board: &BoardDef, report: &Report<'_>) -> Vec<String> {
    let own = cell.environment.iter();
    let inherited = board.environment.iter().filter(|(name, _)| {
        cell.environment
            .iter()
            .all(|(other, _)| other.value != name.value)
    });
    let mut entries = Vec::new();
    for (name, value) in own.chain(inherited) {
        let letters = name.value.bytes().enumerate().all(|(position, byte)| {
            byte == b'_' || byte.is_ascii_alphabetic() || position > 0 && byte.is_ascii_digit()
        });
        if name.value.is_empty() || !letters {
            report.add(
                Mistake::at(
                    &name.span,
                    format!("`{}` is not a name for an environment", name.value),
                )
                .help("letters, digits and _, not beginning with a digit"),
            );
        }
        let entry = format!("{}={}", name.value, value.value);
        check_text(&entry, &value.span, "an entry", report);
        entries.push(entry);
    }
    if entries.len() > ENVIRONMENT_MAX {
        report.add(Mistake::at(
            &cell.name.span,
            format!(
                "{} entries of environment, and there can be {ENVIRONMENT_MAX}",
                entries.len()
            ),
        ));
    }
    entries.sort();
    entries
}
