//! `cellinit --check`: what would be started, in which order.

use core::fmt::{self, Write};

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
    for cell in &image.cells {
        line(image, cell, out)?;
    }
    Ok(())
}

fn line(image: &Image<'_>, cell: &Cell<'_>, out: &mut impl Write) -> fmt::Result {
    let start = if cell.autostart { "start" } else { "hold " };
    write!(out, "{start} {} wave {}", cell.name, wave(image, cell))?;
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
fn wave(image: &Image<'_>, cell: &Cell<'_>) -> usize {
    let before = cell.depends.iter().filter_map(|index| {
        let depends = image.cells.get(usize::from(*index))?;
        Some(wave(image, depends))
    });
    before.max().unwrap_or(0) + 1
}
