//! `list` and `stats`: the cells, a line each.

use alloc::vec::Vec;

use libcell::{
    options::Parsed,
    platform::Platform,
    table::{self, Format, Style},
};

use crate::failure::{Failure, Said, failed_by, misused, said};
use crate::metrics::{self, Http};
use crate::registry::{LIST, LIST_HUMAN, Row, STATS, STATS_HUMAN, STATS_SAMPLED, View};
use crate::session::{Session, With};
use crate::show;

/// `cellctl list`
pub(crate) fn list<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let style = show::style(platform, "list", parsed)?;
    let view = match style.format {
        Format::Human => LIST_HUMAN,
        Format::Tsv | Format::Json => LIST,
    };
    Session::with(platform, &mut |session| {
        show(platform, style, view, &session.cells(With::Listing)?)
    })
}

/// Options of `stats` that do not go together, and what is said of it.
static APART: [(u8, u8, Said); 6] = [
    (b'P', b'T', said("-P", "not with -T")),
    (b'P', b'J', said("-P", "not with -J")),
    (b'P', b's', said("-P", "not with -s: it has totals")),
    (
        b'v',
        b'T',
        said("-v", "not with -T, which has every column"),
    ),
    (
        b'v',
        b'J',
        said("-v", "not with -J, which has every column"),
    ),
    (b'v', b'P', said("-v", "not with -P")),
];

/// `cellctl stats`
pub(crate) fn stats<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let style = show::style(platform, "stats", parsed)?;
    for (letter, other, said) in &APART {
        if parsed.has(*letter) && parsed.has(*other) {
            return Err(misused(platform, "stats", said));
        }
    }
    if parsed.has(b'h') && !parsed.has(b'P') {
        return Err(misused(
            platform,
            "stats",
            &const { said("-h", "needs -P") },
        ));
    }
    let seconds = match parsed.value(b's') {
        None => 0,
        Some("1") => 1,
        Some("10") => 10,
        Some(_) => {
            return Err(misused(
                platform,
                "stats",
                &const { said("-s", "is 1 or 10") },
            ));
        }
    };
    let view = match style.format {
        Format::Human if parsed.has(b'v') => STATS,
        Format::Human if seconds > 0 => STATS_SAMPLED,
        Format::Human => STATS_HUMAN,
        Format::Tsv | Format::Json => STATS,
    };
    Session::with(platform, &mut |session| {
        let rows = measured(session, seconds)?;
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

/// What the cells use, with the percentage of a CPU that they used over so many seconds from now, unless that is 0.
fn measured<P: Platform>(session: &Session<'_, P>, seconds: u32) -> Result<Vec<Row>, Failure> {
    let platform = session.platform;
    let begin_ms = platform.monotonic_ms();
    let before = session.cells(With::Use)?;
    if seconds == 0 {
        return Ok(before);
    }
    if let Err(errno) = platform.wait(&mut [], Some(u64::from(seconds) * 1_000)) {
        return Err(failed_by(platform, "stats", "wait", errno.into()));
    }
    let passed_ms = platform.monotonic_ms().saturating_sub(begin_ms);
    let mut rows = session.cells(With::Use)?;
    for row in &mut rows {
        let percent = before
            .iter()
            .find(|before| before.handle == row.handle)
            .and_then(|before| percent(before, row, passed_ms));
        match seconds {
            1 => row.cpu_1s = percent,
            _ => row.cpu_10s = percent,
        }
    }
    Ok(rows)
}

/// Of one CPU. In 32 bits, which hold seventy minutes of CPU time: the processors of our devices divide no more.
fn percent(before: &Row, now: &Row, passed_ms: u64) -> Option<u32> {
    let spent_us = now.stats.cpu_us.checked_sub(before.stats.cpu_us)?;
    let passed_ms = u32::try_from(passed_ms).ok()?;
    u32::try_from(spent_us)
        .ok()?
        .checked_div(passed_ms.checked_mul(10)?)
}
