//! `list` and `stats`: the cells, a line each.

use alloc::vec::Vec;

use cell_abi::Refusal;
use libcell::{
    device::DeviceError,
    platform::Platform,
    table::{self, Format, Style},
};

use crate::arguments;
use crate::failure::{Failure, failed, misused};
use crate::metrics::{self, Http};
use crate::registry::{LIST, LIST_HUMAN, Row, STATS, STATS_HUMAN, STATS_SAMPLED, View};
use crate::session::Session;
use crate::show::{self, Flags};

/// `cellctl list`
pub(crate) fn list<P: Platform>(platform: &P, arguments: &arguments::List) -> Result<(), Failure> {
    let flags = Flags {
        tsv: arguments.tsv,
        no_header: arguments.no_header,
        json: arguments.json,
    };
    let style = flags.style(platform, "list")?;
    let session = Session::open(platform)?;
    let view = match style.format {
        Format::Human => LIST_HUMAN,
        Format::Tsv | Format::Json => LIST,
    };
    show(platform, style, view, &session.cells()?)
}

/// `cellctl stats`
pub(crate) fn stats<P: Platform>(
    platform: &P,
    arguments: &arguments::Stats,
) -> Result<(), Failure> {
    let flags = Flags {
        tsv: arguments.tsv,
        no_header: arguments.no_header,
        json: arguments.json,
    };
    let style = flags.style(platform, "stats")?;
    let machine = arguments.tsv || arguments.json;
    let sampled = arguments.sample.is_some();
    let span = match arguments.sample.as_deref() {
        None => Some(Span::None),
        Some("1") => Some(Span::One),
        Some("10") => Some(Span::Ten),
        Some(_) => None,
    };
    let wrong = if arguments.http && !arguments.prometheus {
        "-h needs -P"
    } else if arguments.prometheus && machine {
        "-P is a format of its own: without -T and -J"
    } else if arguments.verbose && (machine || arguments.prometheus) {
        "-v is for people: without -T, -J and -P"
    } else if arguments.prometheus && sampled {
        "-P has totals: without -s"
    } else if span.is_none() {
        "-s is 1 or 10"
    } else {
        ""
    };
    if !wrong.is_empty() {
        return Err(misused(platform, "stats", "usage", &wrong));
    }
    let session = Session::open(platform)?;
    let rows = measured(&session, span.unwrap_or(Span::None))?;
    if arguments.prometheus {
        let http = if arguments.http {
            Http::Header
        } else {
            Http::None
        };
        return metrics::write(&session, &rows, http);
    }
    let view = match style.format {
        Format::Human if arguments.verbose => STATS,
        Format::Human if sampled => STATS_SAMPLED,
        Format::Human => STATS_HUMAN,
        Format::Tsv | Format::Json => STATS,
    };
    show(platform, style, view, &rows)
}

fn show<P: Platform>(platform: &P, style: Style, view: View, rows: &[Row]) -> Result<(), Failure> {
    match style.format {
        Format::Human if rows.is_empty() => show::print(platform, "no cells\n"),
        Format::Human | Format::Tsv | Format::Json => {
            show::written(platform, &mut |out| table::write(out, style, view, rows))
        }
    }
}

/// Over how long CPU time is measured.
#[derive(Clone, Copy)]
enum Span {
    None,
    One,
    Ten,
}

/// What the cells use, with the CPU time of the last second and of the last ten where that was asked for.
fn measured<P: Platform>(session: &Session<'_, P>, span: Span) -> Result<Vec<Row>, Failure> {
    let pauses_ms: &[u64] = match span {
        Span::None => &[],
        Span::One => &[1_000],
        Span::Ten => &[9_000, 1_000],
    };
    let mut samples = Vec::new();
    for ms in pauses_ms {
        samples.push(Sample::now(session)?);
        session
            .platform
            .wait(&mut [], Some(*ms))
            .map_err(|errno| failed(session.platform, "stats", "wait", &errno))?;
    }
    let mut last = Sample::now(session)?;
    let one = samples.pop();
    let ten = samples.pop();
    for row in &mut last.rows {
        row.cpu_1s = one.as_ref().and_then(|one| one.percent(last.at_ms, row));
        row.cpu_10s = ten.as_ref().and_then(|ten| ten.percent(last.at_ms, row));
    }
    Ok(last.rows)
}

/// What the cells used until a moment.
struct Sample {
    at_ms: u64,
    rows: Vec<Row>,
}

impl Sample {
    /// A cell that goes away meanwhile is left out.
    fn now<P: Platform>(session: &Session<'_, P>) -> Result<Self, Failure> {
        let at_ms = session.platform.monotonic_ms();
        let mut rows = Vec::new();
        for mut row in session.cells()? {
            match session.device.stats(row.handle) {
                Ok(stats) => {
                    row.stats = stats;
                    rows.push(row);
                }
                Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => {}
                Err(error) => return Err(session.refused(&row.name, "stats", error)),
            }
        }
        Ok(Self { at_ms, rows })
    }

    /// Percent of one CPU that the cell used from here to `now_ms`.
    fn percent(&self, now_ms: u64, now: &Row) -> Option<u32> {
        let before = self.rows.iter().find(|row| row.handle == now.handle)?;
        let spent_us = now.stats.cpu_us.checked_sub(before.stats.cpu_us)?;
        let passed_ms = now_ms.checked_sub(self.at_ms)?;
        u32::try_from(spent_us.checked_div(passed_ms * 10)?).ok()
    }
}
