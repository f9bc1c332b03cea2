//! `list` and `stats`: the cells, a line each.

use alloc::vec::Vec;

use cell_abi::{Handle, Refusal};
use embedded_io::Write;
use libcell::{
    device::DeviceError,
    platform::Platform,
    table::{self, Format, Style, select},
};

use crate::arguments;
use crate::failure::Failure;
use crate::metrics::{self, Http};
use crate::registry::{FIELDS, LIST, LIST_HUMAN, Row, STATS, STATS_HUMAN, STATS_SAMPLED};
use crate::session::Session;
use crate::show::{self, Flags};

/// `cellctl list`
pub(crate) fn list<P: Platform>(platform: &P, arguments: &arguments::List) -> Result<(), Failure> {
    let style = Flags {
        tsv: arguments.tsv,
        no_header: arguments.no_header,
        json: arguments.json,
    }
    .style("list")?;
    let session = Session::open(platform)?;
    let view = match style.format {
        Format::Human => LIST_HUMAN,
        Format::Tsv | Format::Json => LIST,
    };
    show(platform, style, view, &cells(&session)?)
}

/// `cellctl stats`
pub(crate) fn stats<P: Platform>(
    platform: &P,
    arguments: &arguments::Stats,
) -> Result<(), Failure> {
    let usage = |why: &'static str| Err(Failure::usage("stats", "usage", why));
    let style = Flags {
        tsv: arguments.tsv,
        no_header: arguments.no_header,
        json: arguments.json,
    }
    .style("stats")?;
    if arguments.http && !arguments.prometheus {
        return usage("-h needs -P");
    }
    if arguments.prometheus && (arguments.tsv || arguments.json) {
        return usage("-P is a format of its own: without -T and -J");
    }
    if arguments.verbose && (arguments.tsv || arguments.json || arguments.prometheus) {
        return usage("-v is for people: without -T, -J and -P");
    }
    let http = if arguments.http {
        Http::Header
    } else {
        Http::None
    };
    let span = match arguments.sample.as_deref() {
        None => Span::None,
        Some(_) if arguments.prometheus => return usage("-P has totals: without -s"),
        Some("1") => Span::One,
        Some("10") => Span::Ten,
        Some(_) => return usage("-s is 1 or 10"),
    };
    let session = Session::open(platform)?;
    let rows = sampled(&session, span)?;
    if arguments.prometheus {
        return metrics::write(&session, &rows, http);
    }
    let view = match (style.format, span) {
        (Format::Human, _) if arguments.verbose => STATS,
        (Format::Human, Span::None) => STATS_HUMAN,
        (Format::Human, Span::One | Span::Ten) => STATS_SAMPLED,
        (Format::Tsv | Format::Json, _) => STATS,
    };
    show(platform, style, view, &rows)
}

fn show<P: Platform>(
    platform: &P,
    style: Style,
    view: &'static str,
    rows: &[Row],
) -> Result<(), Failure> {
    show::written(platform, |out| match style.format {
        Format::Human if rows.is_empty() => out.write_all(b"no cells\n"),
        Format::Human | Format::Tsv | Format::Json => {
            // names of our own, which a test looks up
            let view = select(&FIELDS, view).unwrap_or_default();
            table::write(out, style, &view, rows)
        }
    })
}

fn cells<P: Platform>(session: &Session<'_, P>) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    session.find(|row| {
        rows.push(row);
        None::<()>
    })?;
    Ok(rows)
}

/// Over how long CPU time is measured.
#[derive(Clone, Copy)]
enum Span {
    None,
    One,
    Ten,
}

/// CPU time at a moment.
struct Sample {
    at_ms: u64,
    cpu_us: Vec<(Handle, u64)>,
}

impl Sample {
    fn of<P: Platform>(platform: &P, rows: &[Row]) -> Self {
        Self {
            at_ms: platform.monotonic_ms(),
            cpu_us: rows
                .iter()
                .map(|row| (row.handle, row.stats.cpu_us))
                .collect(),
        }
    }

    /// Percent of one CPU that the cell used from here to `later`.
    fn percent(&self, later: &Self, row: &Row) -> Option<u64> {
        let (_, before) = self
            .cpu_us
            .iter()
            .find(|(handle, _)| *handle == row.handle)?;
        let spent_us = row.stats.cpu_us.checked_sub(*before)?;
        spent_us.checked_div(later.at_ms.checked_sub(self.at_ms)? * 10)
    }
}

fn sampled<P: Platform>(session: &Session<'_, P>, span: Span) -> Result<Vec<Row>, Failure> {
    let platform = session.platform;
    let sample = |rows: &[Row]| Sample::of(platform, rows);
    let sleep = |ms| {
        platform
            .wait(&mut [], Some(ms))
            .map_err(|errno| Failure::new("stats", "wait", errno))
    };
    let ten = match span {
        Span::None => return used(session),
        Span::One => None,
        Span::Ten => {
            let ten = sample(&used(session)?);
            sleep(9_000)?;
            Some(ten)
        }
    };
    let one = sample(&used(session)?);
    sleep(1_000)?;
    let mut rows = used(session)?;
    let now = sample(&rows);
    for row in &mut rows {
        row.cpu_1s = one.percent(&now, row);
        row.cpu_10s = ten.as_ref().and_then(|ten| ten.percent(&now, row));
    }
    Ok(rows)
}

/// The cells with what they use. One that goes away meanwhile is left out.
fn used<P: Platform>(session: &Session<'_, P>) -> Result<Vec<Row>, Failure> {
    let mut rows = cells(session)?;
    let mut failure = None;
    rows.retain_mut(|row| match session.device.stats(row.handle) {
        Ok(stats) => {
            row.stats = stats;
            true
        }
        Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => false,
        Err(error) => {
            failure = Some(session.refused(&row.name, "stats", error));
            false
        }
    });
    failure.map_or(Ok(rows), Err)
}
