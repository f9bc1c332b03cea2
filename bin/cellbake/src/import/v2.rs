//! cellmgr's `.cell`: shell assignments.

use super::Remarks;
use super::cell::{Cell, Sorter};
use super::shell::{self, Line};

/// Whether it is one: it assigns `CELL_` variables.
pub(super) fn is(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.starts_with("CELL_")
    })
}

/// The cell that `text` describes.
pub(super) fn read(
    text: &str,
    file: &str,
    stem: &str,
    remarks: &mut Remarks,
) -> Result<Cell, String> {
    let mut cell = Cell::default();
    let mut sorter = Sorter {
        cell: &mut cell,
        file,
        remarks,
    };
    let mut needs_shell = None;
    for line in shell::read(text) {
        match line {
            Line::Set(name, value) => sort(&mut sorter, &name, &value, stem),
            Line::NeedsShell(name, whole) => {
                if name == "CELL_SUPERVISE_CMD" {
                    needs_shell = Some(whole.clone());
                }
                sorter.remarks.add(
                    file,
                    &name,
                    &format!("only a shell knows what `{whole}` is, and it is left out"),
                );
            }
            Line::Other(line) => {
                sorter
                    .remarks
                    .add(file, &line, "not an assignment, and is left out");
            }
        }
    }
    if cell.command.is_empty() {
        return Err(match needs_shell {
            Some(whole) => format!("only a shell knows what `{whole}` is"),
            None => "CELL_SUPERVISE_CMD is missing".to_owned(),
        });
    }
    remarks.add(
        file,
        "user",
        "was root; here it is a user of its own: say root = true if it must be",
    );
    Ok(cell)
}

fn sort(sorter: &mut Sorter<'_>, name: &str, value: &str, stem: &str) {
    match name {
        "CELL_NAME" => {
            if value != stem {
                sorter.remarks.add(
                    sorter.file,
                    name,
                    "is not the file's name, which is what counts",
                );
            }
        }
        "CELL_AUTOSTART" => sorter.autostart(name, value),
        "CELL_CREATE_PROFILE" => sorter.profile(name, value),
        "CELL_CREATE_RESERVED_PORTS" => sorter.ports(name, value),
        "CELL_CREATE_RLIMIT_NOFILE" => sorter.nofile(name, value),
        "CELL_CREATE_RLIMIT_AS" => sorter.size("address_space", name, value),
        "CELL_CREATE_RLIMIT_CORE" => sorter.size("core", name, value),
        "CELL_SUPERVISE_FACILITY" => sorter.log("facility", name, value),
        "CELL_SUPERVISE_STDOUT_LEVEL" => sorter.log("stdout", name, value),
        "CELL_SUPERVISE_STDERR_LEVEL" => sorter.log("stderr", name, value),
        "CELL_SUPERVISE_TAG" => sorter.log("tag", name, value),
        "CELL_SUPERVISE_CMD" => sorter.command(name, value),
        "CELL_DEPENDS_ON" => sorter.depends(value),
        "CELL_HEALTHCHECK_CMD" => sorter.health(name, value),
        "CELL_VOLUME_MOUNTS" => sorter.mounts(name, value),
        // a variable for the assignments after it
        other if !other.starts_with("CELL_") => {}
        other => sorter
            .remarks
            .add(sorter.file, other, "not a key of a cell, and is left out"),
    }
}
