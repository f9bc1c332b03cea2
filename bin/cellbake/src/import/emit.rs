//! Writing our definitions.

use std::fmt::Write;
use std::path::Path;

use super::cell::{list, quoted};
use super::{Cell, Remarks, Volume};

/// `board.toml` for a board that the files do not describe.
pub(super) fn board(output: &Path, remarks: &mut Remarks) -> String {
    let name: String = output
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '_' {
                letter
            } else {
                '-'
            }
        })
        .take(cell_abi::NAME_MAX)
        .collect();
    let name = name.trim_start_matches('-');
    let name = if name.is_empty() { "imported" } else { name };
    remarks.add(
        "board.toml",
        "arch, ram, flash",
        "the files do not say what the board is; amd64, 1G and 8G are assumed",
    );
    format!(
        "# Made by cellbake import. The files did not say what the board is: arch, ram and flash are assumed.\n\
         name = {}\narch = \"amd64\"\nram = \"1G\"\nflash = \"8G\"\n\n\
         [users]\nrange = [5000, 5999]\n",
        quoted(name)
    )
}

/// `cells/<name>.toml`
pub(super) fn cell(cell: &Cell) -> String {
    let mut text = String::new();
    pairs(&mut text, &cell.top);
    pair(&mut text, "command", &list(&cell.command));
    if !cell.depends.is_empty() {
        pair(&mut text, "depends", &list(&cell.depends));
    }
    table(&mut text, "limits", &cell.limits);
    table(&mut text, "log", &cell.log);
    if !cell.health.is_empty() {
        table(&mut text, "health", &[("command", list(&cell.health))]);
    }
    for mount in &cell.mounts {
        let mut keys = vec![
            ("volume", quoted(&mount.volume)),
            ("target", quoted(&mount.target)),
        ];
        if mount.read_only {
            keys.push(("read_only", "true".to_owned()));
        }
        table(&mut text, "[mounts]", &keys);
    }
    for scratch in &cell.scratch {
        let mode = if *scratch == "/tmp" { "1777" } else { "0755" };
        let keys = [
            ("tmpfs", quoted("1M")),
            ("target", quoted(scratch)),
            ("mode", quoted(mode)),
        ];
        table(&mut text, "[mounts]", &keys);
    }
    let copy: Vec<String> = cell.copy.iter().cloned().collect();
    table(&mut text, "contents", &[("copy", list(&copy))]);
    text
}

/// `volumes/<name>.toml`
pub(super) fn volume(volume: &Volume) -> String {
    let mut text =
        "# The original had no bound on what a volume comes to hold; this one is assumed.\n"
            .to_owned();
    pair(&mut text, "budget", &quoted("64M"));
    if let Some(mode) = volume.mode {
        pair(&mut text, "mode", &quoted(&format!("{mode:04o}")));
    }
    text
}

fn pair(text: &mut String, key: &str, value: &str) {
    // a String takes everything
    let _ = writeln!(text, "{key} = {value}");
}

fn pairs(text: &mut String, keys: &[(&str, String)]) {
    for (key, value) in keys {
        pair(text, key, value);
    }
}

fn table(text: &mut String, name: &str, keys: &[(&str, String)]) {
    if !keys.is_empty() {
        let _ = writeln!(text, "\n[{name}]");
        pairs(text, keys);
    }
}
