//! Reserved ports: each is one cell's, and none is the system's to hand out.

use cell_abi::{MAX_RESERVATIONS, Reservations};

use crate::definition::CellDef;
use crate::report::{Mistake, Report};

/// First port that connections of any program are given (IP_PORTRANGE's default, `anonportmin`).
const EPHEMERAL: u16 = 49_152;

/// Checks the ports of all cells. The rescue cell, which runs when no other does, may have those of others.
pub(super) fn check(cells: &[CellDef], rescue: Option<usize>, report: &Report<'_>) {
    for cell in cells {
        if let Some(first_above) = cell.ports.get(MAX_RESERVATIONS) {
            report.add(
                Mistake::at(
                    &first_above.span,
                    format!("more than {MAX_RESERVATIONS} reservations"),
                )
                .help("neighbouring ports make one range: \"tcp/8000-8010\""),
            );
        }
        for port in &cell.ports {
            if port.value.last() >= EPHEMERAL {
                report.add(
                    Mistake::at(
                        &port.span,
                        format!("{} is in the ephemeral range", port.value),
                    )
                    .help("from 49152 up the system gives ports to connections of any cell"),
                );
            }
        }
    }
    let all: Vec<_> = cells
        .iter()
        .enumerate()
        .filter(|(position, _)| Some(*position) != rescue)
        .flat_map(|(_, cell)| cell.ports.iter().map(move |port| (cell, port)))
        .collect();
    for (position, (cell, port)) in all.iter().enumerate() {
        let taken = all
            .iter()
            .take(position)
            .find(|(_, other)| other.value.overlaps(port.value));
        if let Some((owner, other)) = taken {
            let whose = if owner.name.value == cell.name.value {
                "this cell".to_owned()
            } else {
                format!("`{}`", owner.name.value)
            };
            report.add(
                Mistake::at(
                    &port.span,
                    format!("port {} is reserved already", port.value),
                )
                .also(&other.span, format!("{} by {whose}", other.value)),
            );
        }
    }
}

/// The reservations of a cell, sorted.
pub(super) fn reservations(cell: &CellDef) -> Reservations {
    let mut sorted: Vec<_> = cell.ports.iter().map(|port| port.value).collect();
    sorted.sort_by_key(|port| (port.first(), port.last(), port.protocols()));
    sorted.into_iter().take(MAX_RESERVATIONS).collect()
}
