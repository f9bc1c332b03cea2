//! A cell on its way from the original's form to ours.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::{Remarks, shell};
use crate::paths;

/// A cell as it was, in our words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// Keys and values of the top table as TOML, in the order to write them.
    pub top: Vec<(&'static str, String)>,
    /// Keys of `[log]`, as TOML.
    pub log: Vec<(&'static str, String)>,
    /// Keys of `[limits]`, as TOML.
    pub limits: Vec<(&'static str, String)>,
    /// What is run.
    pub command: Vec<String>,
    /// What is asked.
    pub health: Vec<String>,
    /// Other cells.
    pub depends: Vec<String>,
    /// Other cells that are to depend on this one.
    pub before: Vec<String>,
    /// Volumes.
    pub mounts: Vec<Mount>,
    /// Memory file systems for what was writable.
    pub scratch: Vec<&'static str>,
    /// Files its root needs from the source.
    pub copy: BTreeSet<String>,
}

/// A volume in a cell.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    /// Which.
    pub volume: String,
    /// Where.
    pub target: String,
    /// Read-only.
    pub read_only: bool,
}

/// What an ordinary system has writable and programs expect to be.
const SCRATCH: [&str; 3] = ["/tmp", "/var/run", "/var/log"];

/// A text as TOML.
pub(super) fn quoted(text: &str) -> String {
    let mut toml = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => toml.push_str("\\\""),
            '\\' => toml.push_str("\\\\"),
            '\n' => toml.push_str("\\n"),
            '\t' => toml.push_str("\\t"),
            letter if letter.is_control() => {
                toml.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => toml.push(letter),
        }
    }
    toml.push('"');
    toml
}

/// A list of texts as TOML.
pub(super) fn list(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// Sets a key; of two assignments the later counts, as in a shell.
fn put(keys: &mut Vec<(&'static str, String)>, key: &'static str, value: String) {
    keys.retain(|(known, _)| *known != key);
    keys.push((key, value));
}

/// Sorts values under the original's names into a cell. Both forms have the same values.
pub(super) struct Sorter<'s> {
    pub cell: &'s mut Cell,
    pub file: &'s str,
    pub remarks: &'s mut Remarks,
}

impl Sorter<'_> {
    fn remark(&mut self, what: &str, why: &str) {
        self.remarks.add(self.file, what, why);
    }

    /// A key of the top table.
    pub fn top(&mut self, key: &'static str, value: String) {
        put(&mut self.cell.top, key, value);
    }

    /// `YES` or `NO`.
    pub fn autostart(&mut self, key: &str, value: &str) {
        match value.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" | "on" => {}
            "no" | "false" | "0" | "off" | "" => {
                put(&mut self.cell.top, "autostart", "false".to_owned());
            }
            _ => self.remark(
                key,
                &format!("`{value}` is neither YES nor NO; YES is assumed"),
            ),
        }
    }

    /// low, medium, high or nothing.
    pub fn profile(&mut self, key: &str, value: &str) {
        match value {
            "" => {}
            "low" | "medium" | "high" => put(&mut self.cell.top, "profile", quoted(value)),
            _ => self.remark(key, &format!("`{value}` is no profile; high is assumed")),
        }
    }

    /// Single ports between commas.
    pub fn ports(&mut self, key: &str, value: &str) {
        let mut ports = Vec::new();
        for port in split(value) {
            match port.parse::<u16>() {
                Ok(1..49_152) => ports.push(port),
                Ok(_) => self.remark(
                    key,
                    &format!("port {port} cannot be reserved, and is left out"),
                ),
                Err(_) => self.remark(key, &format!("`{port}` is no port, and is left out")),
            }
        }
        if !ports.is_empty() {
            put(&mut self.cell.top, "ports", list(&ports));
        }
    }

    /// A number of descriptors.
    pub fn nofile(&mut self, key: &str, value: &str) {
        match value.parse::<u32>() {
            Ok(3..=1_048_576) => put(&mut self.cell.limits, "nofile", value.to_owned()),
            Ok(_) | Err(_) => self.limit_left_out(key, value),
        }
    }

    /// Bytes.
    pub fn size(&mut self, ours: &'static str, key: &str, value: &str) {
        match value.parse::<u64>() {
            Ok(bytes) => {
                if bytes % 1024 != 0 {
                    self.remark(key, "rounded up to whole KiB");
                }
                let kib = bytes.div_ceil(1024);
                put(&mut self.cell.limits, ours, quoted(&format!("{kib}K")));
            }
            Err(_) => self.limit_left_out(key, value),
        }
    }

    fn limit_left_out(&mut self, key: &str, value: &str) {
        if !matches!(value, "" | "unlimited" | "infinity") {
            self.remark(key, &format!("`{value}` is no limit, and is left out"));
        }
    }

    /// A syslog word that is ours under another name at most.
    pub fn log(&mut self, ours: &'static str, key: &str, value: &str) {
        let plain = value.trim_start_matches("LOG_").to_ascii_lowercase();
        let word = match plain.as_str() {
            "error" => "err",
            "warn" => "warning",
            "critical" => "crit",
            "security" => "auth",
            "panic" => "emerg",
            other => other,
        };
        let known = match ours {
            "facility" => crate::words::facility(word).is_ok(),
            "tag" => true,
            _ => crate::words::level(word).is_ok(),
        };
        if value.is_empty() {
            return;
        }
        if ours == "tag" {
            put(&mut self.cell.log, ours, quoted(value));
        } else if known {
            put(&mut self.cell.log, ours, quoted(word));
        } else {
            self.remark(
                key,
                &format!("`{value}` is not known to syslog here, and is left out"),
            );
        }
    }

    /// A command that was given to a shell.
    pub fn command(&mut self, key: &str, value: &str) {
        self.cell.command = self.run(key, value);
    }

    /// A health command, which was given to a shell as root, once.
    pub fn health(&mut self, key: &str, value: &str) {
        if value.trim().is_empty() {
            return;
        }
        self.cell.health = self.run(key, value);
        self.remark(
            key,
            "was asked once after start; here it is asked every 30 s as the cell's user, and a cell that fails it is started again",
        );
    }

    /// Words if it needs no shell, otherwise `/bin/sh -c`.
    fn run(&mut self, key: &str, value: &str) -> Vec<String> {
        let value = value.trim();
        let value = value.strip_prefix("exec ").unwrap_or(value);
        match shell::words(value) {
            Some(words)
                if words
                    .first()
                    .is_some_and(|program| paths::fault(program).is_none()) =>
            {
                self.cell.copy.extend(words.first().cloned());
                words
            }
            Some(_) | None => {
                self.cell.copy.insert("/bin/sh".to_owned());
                let programs = programs(value);
                if programs.is_empty() {
                    self.remark(
                        key,
                        "what its shell command needs is not known; list it in [contents]",
                    );
                }
                self.cell.copy.extend(programs);
                vec!["/bin/sh".to_owned(), "-c".to_owned(), value.to_owned()]
            }
        }
    }

    /// Cells between commas.
    pub fn depends(&mut self, value: &str) {
        for name in split(value) {
            if !self.cell.depends.contains(&name) {
                self.cell.depends.push(name);
            }
        }
    }

    /// `volume:/target[:ro|rw]` between commas.
    pub fn mounts(&mut self, key: &str, value: &str) {
        for mount in split(value) {
            let mut parts = mount.split(':');
            let (volume, target, mode) = (parts.next(), parts.next(), parts.next());
            match (volume, target, mode) {
                (Some(volume), Some(target), None | Some("rw" | "ro")) => {
                    self.cell.mounts.push(Mount {
                        volume: volume.to_owned(),
                        target: target.to_owned(),
                        read_only: mode == Some("ro"),
                    });
                }
                _ => self.remark(key, &format!("`{mount}` is no mount, and is left out")),
            }
        }
    }
}

/// What stands between commas or blanks.
pub(super) fn split(value: &str) -> Vec<String> {
    value
        .split(|letter: char| letter == ',' || letter.is_whitespace())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Absolute paths of programs in a shell command: the likely ones.
fn programs(command: &str) -> BTreeSet<String> {
    command
        .split(|letter: char| letter.is_whitespace() || "|&;()<>'\"`$".contains(letter))
        .filter(|word| {
            let directory = word.rsplit_once('/').map_or("", |(directory, _)| directory);
            paths::fault(word).is_none()
                && (directory.ends_with("bin") || directory.ends_with("libexec"))
        })
        .map(str::to_owned)
        .collect()
}

impl Cell {
    /// What follows once all of it is known.
    pub(super) fn settle(&mut self, name: &str, plan: Option<&Plan>, remarks: &mut Remarks) {
        let file = format!("{name}.cell");
        let targets: Vec<String> = self
            .mounts
            .iter()
            .map(|mount| mount.target.clone())
            .collect();
        self.scratch = SCRATCH
            .into_iter()
            .filter(|scratch| {
                targets.iter().all(|target| {
                    !paths::within(target, scratch) && !paths::within(scratch, target)
                })
            })
            .collect();
        // a plan's EXEC is for a shell
        if plan.is_some_and(Plan::executes) {
            self.copy.insert("/bin/sh".to_owned());
        }
        let on_volume = |path: &String| targets.iter().any(|target| paths::within(path, target));
        let moved: Vec<String> = self
            .copy
            .iter()
            .filter(|path| on_volume(path))
            .cloned()
            .collect();
        for path in moved {
            self.copy.remove(&path);
            remarks.add(
                &file,
                &path,
                "is on a volume, and profile high executes nothing from there",
            );
        }
        if let Some(plan) = plan {
            self.copy.retain(|path| !plan.makes(path));
        }
        let copied: Vec<&str> = self.copy.iter().map(String::as_str).collect();
        remarks.add(
            &file,
            "root",
            &format!(
                "had the whole base system; here it has {}: add libraries and data to [contents]",
                copied.join(" ")
            ),
        );
        if !self.scratch.is_empty() {
            remarks.add(
                &file,
                "root",
                &format!(
                    "was writable; here {} are, in memory, and all else is read-only",
                    self.scratch.join(" ")
                ),
            );
        }
        let volumes: BTreeSet<&str> = self
            .mounts
            .iter()
            .map(|mount| mount.volume.as_str())
            .collect();
        if !volumes.is_empty() {
            let volumes: Vec<_> = volumes.into_iter().collect();
            remarks.add(
                &file,
                "mounts",
                &format!(
                    "{}: without set-id, devices and execution",
                    volumes.join(" ")
                ),
            );
        }
    }
}
