//! Names: of what characters, how many, no two alike.

use cell_abi::{CellName, MAX_CELLS};
use libcell::image::{DESCRIPTION_MAX, VOLUMES_MAX};
use libcell::state::is_reserved;

use super::Definitions;
use crate::files::Located;
use crate::report::{Mistake, Report};
use crate::suggest;

pub(super) fn check(definitions: &Definitions, report: &Report<'_>) {
    if let Some(name) = &definitions.board.name {
        check_name(name, "board", report);
    }
    let cells: Vec<_> = definitions.cells.iter().map(|cell| &cell.name).collect();
    let volumes: Vec<_> = definitions.volumes.iter().map(|one| &one.name).collect();
    check_kind(&cells, "cell", MAX_CELLS, report);
    check_kind(&volumes, "volume", VOLUMES_MAX, report);
    for cell in &definitions.cells {
        if let Some(description) = &cell.description {
            check_description(description, report);
        }
    }
    for volume in &definitions.volumes {
        if is_reserved(&volume.name.value) {
            report.add(
                Mistake::at(
                    &volume.name.span,
                    format!("`{}` is no name for a volume", volume.name.value),
                )
                .help("names that begin with a dot are the device's own"),
            );
        }
        if let Some(description) = &volume.description {
            check_description(description, report);
        }
    }
    for plan in &definitions.plans {
        let names = cells.iter().map(|name| name.value.as_str());
        if !names.clone().any(|name| name == plan.cell.value) {
            report.add(
                Mistake::at(
                    &plan.cell.span,
                    format!(
                        "a plan for `{}`, and there is no such cell",
                        plan.cell.value
                    ),
                )
                .help(suggest::hint(&plan.cell.value, names)),
            );
        }
    }
}

fn check_kind(names: &[&Located<String>], kind: &str, most: usize, report: &Report<'_>) {
    if let Some(first_above) = names.get(most) {
        let count = names.len();
        report.add(Mistake::at(
            &first_above.span,
            format!("{count} {kind}s, and there can be {most}"),
        ));
    }
    for (position, name) in names.iter().enumerate() {
        check_name(name, kind, report);
        let alike = names
            .iter()
            .take(position)
            .find(|other| other.value.eq_ignore_ascii_case(&name.value));
        if let Some(other) = alike {
            report.add(
                Mistake::at(
                    &name.span,
                    format!("a second {kind} named `{}`", name.value),
                )
                .also(&other.span, format!("the first, `{}`", other.value))
                .help("names that differ only in case are one name to a reader"),
            );
        }
    }
}

fn check_name(name: &Located<String>, kind: &str, report: &Report<'_>) {
    if let Err(why) = CellName::new(&name.value) {
        report.add(
            Mistake::at(
                &name.span,
                format!("`{}` is not a name for a {kind}: {why}", name.value),
            )
            .help("1 to 31 of A-Z a-z 0-9 . _ -, not beginning with -"),
        );
    }
}

fn check_description(description: &Located<String>, report: &Report<'_>) {
    let length = description.value.len();
    if length > DESCRIPTION_MAX {
        report.add(Mistake::at(
            &description.span,
            format!("a description of {length} bytes, and it may have {DESCRIPTION_MAX}"),
        ));
    } else if description.value.chars().any(char::is_control) {
        report.add(Mistake::at(
            &description.span,
            "a description with a control character",
        ));
    }
}
