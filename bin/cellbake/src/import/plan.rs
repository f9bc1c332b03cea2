//! `.apply` files: what our plans take of them.

use super::Remarks;
use super::cell::Cell;
use super::volume::mode;
use crate::paths;

/// A plan as it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan(Vec<Step>);

#[derive(Clone, Debug)]
enum Step {
    /// A comment or a blank line.
    Comment(String),
    Directory(String, Vec<String>),
    File(String, Vec<String>, Vec<String>),
    Line(String, String),
    Link(String, String),
    Execute(String),
    Patch(String, Vec<String>),
}

/// Reads a plan; packages are remarked and left out.
pub(super) fn read(text: &str, file: &str, remarks: &mut Remarks) -> Plan {
    let mut plan = Plan::default();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            plan.0.push(Step::Comment(trimmed.to_owned()));
            continue;
        }
        let (word, rest) = trimmed
            .split_once(char::is_whitespace)
            .unwrap_or((trimmed, ""));
        let rest = rest.trim();
        let words: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
        match (word, words.split_first()) {
            ("PKG", Some(_)) => remarks.add(
                file,
                trimmed,
                "packages are not installed on a device: list their files in [contents] copy",
            ),
            ("EXEC", Some(_)) => {
                remarks.add(
                    file,
                    trimmed,
                    "is run as the cell's user before its service, on its volumes: its root is read-only",
                );
                plan.0.push(Step::Execute(rest.to_owned()));
            }
            ("DIR", Some((path, options))) => {
                plan.0.push(Step::Directory(path.clone(), options.to_vec()));
            }
            ("LINE", Some(_)) => match rest.split_once('|') {
                Some((path, text)) => plan.0.push(Step::Line(
                    path.trim().to_owned(),
                    text.strip_prefix(' ').unwrap_or(text).to_owned(),
                )),
                None => remarks.add(file, trimmed, "not `LINE path | text`, and is left out"),
            },
            ("SYMLINK", Some((target, [path]))) => {
                plan.0.push(Step::Link(target.clone(), path.clone()));
            }
            ("FILE_BEGIN", Some((path, options))) => {
                let content = block(&mut lines, "FILE_END");
                match content {
                    Some(content) => {
                        plan.0
                            .push(Step::File(path.clone(), options.to_vec(), content));
                    }
                    None => remarks.add(file, trimmed, "has no FILE_END, and is left out"),
                }
            }
            ("PATCH_BEGIN", Some((path, _))) => match block(&mut lines, "PATCH_END") {
                Some(patch) => plan.0.push(Step::Patch(path.clone(), patch)),
                None => remarks.add(file, trimmed, "has no PATCH_END, and is left out"),
            },
            (_, _) => remarks.add(file, trimmed, "not a directive, and is left out"),
        }
    }
    plan
}

fn block<'l>(lines: &mut impl Iterator<Item = &'l str>, end: &str) -> Option<Vec<String>> {
    let mut block = Vec::new();
    for line in lines {
        if line.trim() == end {
            return Some(block);
        }
        block.push(line.to_owned());
    }
    None
}

impl Plan {
    /// Whether it has commands.
    pub(super) fn executes(&self) -> bool {
        self.0.iter().any(|step| matches!(step, Step::Execute(_)))
    }

    /// Whether it makes this file.
    pub(super) fn makes(&self, path: &str) -> bool {
        self.0
            .iter()
            .any(|step| matches!(step, Step::File(file, _, _) if file == path))
    }

    /// As our plan for `cell`.
    pub(super) fn emit(&self, file: &str, cell: &Cell, remarks: &mut Remarks) -> String {
        let mut emitter = Emitter {
            file,
            cell,
            remarks,
            text: String::new(),
        };
        for step in &self.0 {
            emitter.step(step, self);
        }
        emitter.text
    }
}

struct Emitter<'e> {
    file: &'e str,
    cell: &'e Cell,
    remarks: &'e mut Remarks,
    text: String,
}

impl Emitter<'_> {
    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn remark(&mut self, what: &str, why: &str) {
        self.remarks.add(self.file, what, why);
    }

    fn step(&mut self, step: &Step, plan: &Plan) {
        match step {
            Step::Comment(line) => self.push(line),
            Step::Directory(path, options) => {
                if self.can_be(path) && !self.is_mount(path) {
                    let options = self.options(path, options, 0o555);
                    self.push(&format!("DIR {path}{options}"));
                } else if self.is_mount(path) {
                    self.remark(
                        &format!("DIR {path}"),
                        "is a mount point, which is made anyway",
                    );
                }
            }
            Step::File(path, options, content) => {
                if self.can_be(path) {
                    let options = self.options(path, options, 0o444);
                    self.push(&format!("FILE_BEGIN {path}{options}"));
                    for line in content {
                        self.push(line);
                    }
                    self.push("FILE_END");
                }
            }
            Step::Line(path, line) => {
                if self.on_mount(path) || plan.makes(path) {
                    self.push(&format!("LINE {path} | {line}"));
                } else {
                    self.remark(
                        &format!("LINE {path} | {line}"),
                        "the file is not one that this plan writes: write it whole by FILE_BEGIN",
                    );
                }
            }
            Step::Link(target, path) => {
                if self.can_be(path) {
                    self.push(&format!("SYMLINK {target} {path}"));
                }
            }
            Step::Execute(command) => self.push(&format!("EXEC {command}")),
            Step::Patch(path, patch) => {
                if self.on_mount(path) || plan.makes(path) {
                    self.push(&format!("PATCH_BEGIN {path}"));
                    for line in patch {
                        self.push(line);
                    }
                    self.push("PATCH_END");
                } else {
                    self.remark(
                        &format!("PATCH_BEGIN {path}"),
                        "the file is not one that this plan writes: put the patched file into the board's files",
                    );
                }
            }
        }
    }

    fn on_mount(&self, path: &str) -> bool {
        let volumes = self.cell.mounts.iter().map(|mount| mount.target.as_str());
        volumes
            .chain(self.cell.scratch.iter().copied())
            .any(|target| paths::within(path, target))
    }

    fn is_mount(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let volumes = self.cell.mounts.iter().map(|mount| mount.target.as_str());
        volumes
            .chain(self.cell.scratch.iter().copied())
            .any(|target| target == path)
    }

    fn can_be(&mut self, path: &str) -> bool {
        if let Some(fault) = paths::fault(path) {
            self.remark(path, &format!("{fault}, and is left out"));
            return false;
        }
        if paths::within(path, "/dev") {
            self.remark(path, "is where devices are, and is left out");
            return false;
        }
        true
    }

    /// Mode; owners only where they can be kept. `for_all` are the bits that what is in a root needs to be of use.
    fn options(&mut self, path: &str, options: &[String], for_all: u32) -> String {
        let mut kept = String::new();
        let on_mount = self.on_mount(path);
        for option in options {
            match option.split_once('=') {
                Some(("mode", value)) => match mode(value) {
                    Some(mode) if on_mount => kept.push_str(&format!(" mode={mode:04o}")),
                    Some(mode) => {
                        let wanted = (mode | for_all) & 0o777;
                        if wanted != mode {
                            let why = format!(
                                "mode {mode:04o} becomes {wanted:04o}: all of a root belongs to root"
                            );
                            self.remark(path, &why);
                        }
                        kept.push_str(&format!(" mode={wanted:04o}"));
                    }
                    None => self.remark(path, &format!("`{option}` is no mode, and is left out")),
                },
                Some(("owner" | "group", value)) if on_mount && value.parse::<u32>().is_ok() => {
                    kept.push_str(&format!(" {option}"));
                }
                Some(("owner" | "group", "root" | "wheel" | "0")) if !on_mount => {}
                Some(("owner" | "group", _)) => {
                    let whose = if on_mount {
                        "the cell's user's"
                    } else {
                        "root's, as all of a root"
                    };
                    self.remark(
                        path,
                        &format!("`{option}`: the board has no such name; it is {whose}"),
                    );
                }
                Some(_) | None => {
                    self.remark(path, &format!("`{option}` is no option, and is left out"));
                }
            }
        }
        kept
    }
}
