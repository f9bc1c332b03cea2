//! `list` and `stats`: the cells, a line each.

use alloc::vec::Vec;

use cell_abi::Refusal;
use libcell::{
    device::DeviceError,
    options::Parsed,
    platform::Platform,
    table::{self, Format, Style},
};

use crate::failure::{Failure, failed, misused};
use crate::metrics::{self, Http};
use crate::registry::{LIST, LIST_HUMAN, Row, STATS, STATS_HUMAN, STATS_SAMPLED, View};
use crate::session::Session;
use crate::show;

/// `cellctl list`
pub(crate) fn list<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let style = show::style(platform, "list", parsed)?;
    let view = match style.format {
        Format::Human => LIST_HUMAN,
        Format::Tsv | Format::Json => LIST,
    };
    Session::with(platform, &mut |session| {
        show(platform, style, view, &session.cells()?)
    })
}

/// Options of `stats` that do not go together, and what is said of it.
static APART: [(u8, u8, &str, &str); 6] = [
    (b'P', b'T', "-P", "not with -T"),
    (b'P', b'J', "-P", "not with -J"),
    (b'P', b's', "-P", "not with -s: it has totals"),
    (b'v', b'T', "-v", "not with -T, which has every column"),
    (b'v', b'J', "-v", "not with -J, which has every column"),
    (b'v', b'P', "-v", "not with -P"),
];

/// `cellctl stats`
pub(crate) fn stats<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let style = show::style(platform, "stats", parsed)?;
    for (letter, other, option, why) in &APART {
        if parsed.has(*letter) && parsed.has(*other) {
            return Err(misused(platform, "stats", option, *why));
        }
    }
    if parsed.has(b'h') && !parsed.has(b'P') {
        return Err(misused(platform, "stats", "-h", "needs -P"));
    }
    let (pauses_ms, usual): (&[u64], View) = match parsed.value(b's') {
        None => (&[], STATS_HUMAN),
        Some("1") => (&[1_000], STATS_SAMPLED),
        Some("10") => (&[9_000, 1_000], STATS_SAMPLED),
        Some(_) => return Err(misused(platform, "stats", "-s", "is 1 or 10")),
    };
    let view = match style.format {
        Format::Human if !parsed.has(b'v') => usual,
        Format::Human | Format::Tsv | Format::Json => STATS,
    };
    Session::with(platform, &mut |session| {
        let rows = measured(session, pauses_ms)?;
        if parsed.has(b'P') {
            metrics::write(session, &rows, parsed.has(b'h').then_some(Http))
        } else {
            show(platform, style, view, &rows)
        }
    })
}

fn show<P: Platform>(platform: &P, style: Style, view: View, rows: &[Row]) -> Result<(), Failure> {
    match style.format {
        Format::Human if rows.is_empty() => show::print(platform, b"no cells\n"),
        Format::Human | Format::Tsv | Format::Json => {
            show::written(platform, &mut |out| table::write(out, style, view, rows))
        }
    }
}

/// What the cells use, with the CPU time of the last pause, and of the last two together, if there are any.
fn measured<P: Platform>(session: &Session<'_, P>, pauses_ms: &[u64]) -> Result<Vec<Row>, Failure> {
    let mut samples = Vec::new();
    for ms in pauses_ms {
        samples.push(Sample::now(session)?);
        if let Err(errno) = session.platform.wait(&mut [], Some(*ms)) {
            return Err(failed(session.platform, "stats", "wait", errno));
        }
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
