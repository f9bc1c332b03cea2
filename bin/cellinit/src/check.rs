//! `cellinit --check`: what would be started, in which order.

use core::fmt::{self, Write};

use cell_abi::MAX_CELLS;
use libcell::image::{Cell, Image, Readiness, RestartPolicy};

/// Writes the plan: a line of the board, a line a cell.
pub(crate) fn plan(image: &Image<'_>, out: &mut impl Write) -> fmt::Result {
    let board = &image.board;
    write!(out, "board {} ({})", board.name, board.arch)?;
    if board.sealed {
        out.write_str(", sealed after boot")?;
    }
    if let Some(watchdog) = &board.watchdog {
        write!(
            out,
            ", watchdog {} {} s",
            watchdog.device, watchdog.period_s
        )?;
    }
    out.write_char('\n')?;
    // of the cells before: what a cell depends on is among them
    let mut waves = heapless::Vec::<u8, MAX_CELLS>::new();
    for cell in &image.cells {
        let wave = wave(&waves, cell);
        line(image, cell, wave, out)?;
        let _ = waves.push(wave);
    }
    Ok(())
}

fn line(image: &Image<'_>, cell: &Cell<'_>, wave: u8, out: &mut impl Write) -> fmt::Result {
    let start = if cell.autostart { "start" } else { "hold " };
    write!(out, "{start} {} wave {wave}", cell.name)?;
    for (at, index) in cell.depends.iter().enumerate() {
        let Some(depends) = image.cells.get(usize::from(*index)) else {
            continue;
        };
        write!(
            out,
            "{} {}",
            if at == 0 { " after" } else { "," },
            depends.name
        )?;
    }
    match cell.readiness {
        Readiness::Started => out.write_str("; ready when started")?,
        Readiness::Healthy => out.write_str("; ready when healthy")?,
        Readiness::After(ms) => write!(out, "; ready after {ms} ms")?,
        Readiness::Exited => out.write_str("; ready when done")?,
    }
    out.write_str(match cell.restart.policy {
        RestartPolicy::Always => "; restart always",
        RestartPolicy::OnFailure => "; restart on failure",
        RestartPolicy::Never => "; restart never",
    })?;
    out.write_str(if cell.critical { "; critical\n" } else { "\n" })
}

/// In which wave a cell starts, from 1: one more than the last of those it depends on.
fn wave(before: &[u8], cell: &Cell<'_>) -> u8 {
    let depends = cell.depends.iter();
    let waves = depends.filter_map(|index| before.get(usize::from(*index)));
    waves.max().map_or(1, |last| last.saturating_add(1))
}
