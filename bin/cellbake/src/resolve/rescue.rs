//! The rescue cell: run alone, from an image of its own, when a device refuses the other one.

use crate::definition::{BoardDef, CellDef};
use crate::report::{Mistake, Report};
use crate::suggest;

/// Where the rescue cell is among `cells`, if the board has one.
pub(super) fn position(board: &BoardDef, cells: &[CellDef], report: &Report<'_>) -> Option<usize> {
    let rescue = board.rescue.as_ref()?;
    let found = cells
        .iter()
        .position(|cell| cell.name.value == rescue.value);
    let Some(cell) = found.and_then(|at| cells.get(at)) else {
        let names = cells.iter().map(|cell| cell.name.value.as_str());
        report.add(
            Mistake::at(&rescue.span, format!("there is no cell `{}`", rescue.value))
                .help(suggest::hint(&rescue.value, names)),
        );
        return None;
    };
    let alone = "the rescue cell runs alone, when the others do not";
    for depends in &cell.depends {
        report.add(Mistake::at(&depends.span, "the rescue cell depends on another").help(alone));
    }
    for other in cells {
        let waits = other
            .depends
            .iter()
            .find(|depends| depends.value == rescue.value);
        if let Some(depends) = waits {
            report.add(
                Mistake::at(
                    &depends.span,
                    format!("`{}` depends on the rescue cell", other.name.value),
                )
                .help(alone),
            );
        }
    }
    if !cell.autostart {
        report.add(
            Mistake::at(
                &cell.autostart_place,
                "the rescue cell would not be started",
            )
            .help("leave `autostart` out: it is started when it is needed"),
        );
    }
    found
}
