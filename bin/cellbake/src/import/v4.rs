//! celladm's `.cell`: `key=value` lines.

use super::cell::{Cell, Mount, Sorter, quoted, split};
use super::{Imported, Remarks};

/// The cell that `text` describes; directories of the host that it mounts become volumes.
pub(super) fn read(
    text: &str,
    file: &str,
    stem: &str,
    imported: &mut Imported,
    remarks: &mut Remarks,
) -> Result<Cell, String> {
    let mut cell = Cell::default();
    let mut sorter = Sorter {
        cell: &mut cell,
        file,
        remarks,
    };
    let mut has_user = false;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            sorter
                .remarks
                .add(file, line, "not key=value, and is left out");
            continue;
        };
        let (key, value) = (key.trim(), unquoted(value.trim()));
        has_user |= key == "run_uid";
        if key == "mount" {
            mount(&mut sorter, value, imported);
        } else {
            sort(&mut sorter, key, value, stem);
        }
    }
    if cell.command.is_empty() {
        return Err("command is missing".to_owned());
    }
    if !has_user {
        remarks.add(
            file,
            "user",
            "was root; here it is a user of its own: say root = true if it must be",
        );
    }
    Ok(cell)
}

/// Without the quotes around all of it.
fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

fn sort(sorter: &mut Sorter<'_>, key: &str, value: &str, stem: &str) {
    let file = sorter.file;
    match key {
        "name" => {
            if value != stem {
                sorter
                    .remarks
                    .add(file, key, "is not the file's name, which is what counts");
            }
        }
        "root_base" => sorter.remarks.add(
            file,
            key,
            &format!("`{value}` is not mounted: a root has what [contents] lists"),
        ),
        "autostart" => sorter.autostart(key, value),
        "command" => sorter.command(key, value),
        "profile" => sorter.profile(key, value),
        "reserved_ports" => sorter.ports(key, value),
        "rlimit_nofile" => sorter.nofile(key, value),
        "rlimit_as" => sorter.size("address_space", key, value),
        "rlimit_core" => sorter.size("core", key, value),
        "run_uid" => identity(sorter, "user", key, value),
        "run_gid" => identity(sorter, "group", key, value),
        "run_groups" => groups(sorter, key, value),
        "log_facility" => sorter.log("facility", key, value),
        "log_stdout_level" => sorter.log("stdout", key, value),
        "log_stderr_level" => sorter.log("stderr", key, value),
        "log_tag" => sorter.log("tag", key, value),
        "require" => sorter.depends(&names(value)),
        "after" => {
            sorter.depends(&names(value));
            sorter.remarks.add(
                file,
                key,
                "was an order only; here it waits until the other is ready",
            );
        }
        "before" => sorter.cell.before = split(&names(value)),
        "healthcheck" => sorter.health(key, value),
        "local_dev" => sorter.remarks.add(
            file,
            key,
            "every cell has a /dev of its own with what [[devices]] lists",
        ),
        other => sorter
            .remarks
            .add(file, other, "not a key of a cell, and is left out"),
    }
}

/// The names of cells in an order of rc(8): scripts of cells are called `cell_<name>`.
fn names(value: &str) -> String {
    split(value)
        .iter()
        .map(|name| name.strip_prefix("cell_").unwrap_or(name))
        .collect::<Vec<_>>()
        .join(",")
}

fn identity(sorter: &mut Sorter<'_>, ours: &'static str, key: &str, value: &str) {
    match value.parse::<u32>() {
        Ok(0) if ours == "user" => sorter.top("root", "true".to_owned()),
        Ok(number) => sorter.top(ours, number.to_string()),
        Err(_) => sorter.remarks.add(
            sorter.file,
            key,
            &format!("`{value}` is no number, and is left out"),
        ),
    }
}

fn groups(sorter: &mut Sorter<'_>, key: &str, value: &str) {
    let (numbers, others): (Vec<_>, Vec<_>) = split(value)
        .into_iter()
        .partition(|group| group.parse::<u32>().is_ok());
    for other in others {
        sorter.remarks.add(
            sorter.file,
            key,
            &format!("`{other}` is no number, and is left out"),
        );
    }
    if !numbers.is_empty() {
        sorter.top("groups", format!("[{}]", numbers.join(", ")));
    }
}

/// `<abs source> <target> ro|rw`
fn mount(sorter: &mut Sorter<'_>, value: &str, imported: &mut Imported) {
    let words: Vec<_> = value.split_whitespace().collect();
    let (source, target, mode) = match words.as_slice() {
        [source, target] => (*source, *target, "rw"),
        [source, target, mode @ ("ro" | "rw")] => (*source, *target, *mode),
        _ => {
            let why = format!("{} is no mount, and is left out", quoted(value));
            sorter.remarks.add(sorter.file, "mount", &why);
            return;
        }
    };
    let volume = volume_name(source);
    let why = format!("the host's {source} becomes the volume `{volume}`: put there what it holds");
    sorter.remarks.add(sorter.file, "mount", &why);
    imported.volumes.entry(volume.clone()).or_default();
    sorter.cell.mounts.push(Mount {
        volume,
        target: target.to_owned(),
        read_only: mode == "ro",
    });
}

/// `/srv/www/data` as `srv-www-data`: two directories of one last name stay two.
fn volume_name(source: &str) -> String {
    let name: String = source
        .trim_matches('/')
        .chars()
        .map(|letter| match letter {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '.' | '_' => letter,
            _ => '-',
        })
        .collect();
    let cut = name.len().saturating_sub(cell_abi::NAME_MAX);
    let name = name.get(cut..).unwrap_or(&name).trim_matches('-');
    if name.is_empty() { "data" } else { name }.to_owned()
}
