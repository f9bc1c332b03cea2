//! What programs need beside themselves: interpreters, and libraries with all that these need.
//!
//! Looked up as the dynamic linker of the device would: in the directories that the file names, then in the system's own.
//! What a program opens by itself when it runs (dlopen(3), modules of PAM or nsswitch) cannot be seen and must be listed.

use std::collections::BTreeSet;

use super::contents::Builder;
use crate::elf::{self, Elf};
use crate::files::{Located, Span};
use crate::paths;
use crate::report::Mistake;
use crate::roots::{Kind, Tree};

/// Where ld.elf_so(1) looks when the file names no directory that has it.
const NETBSD: &[&str] = &["/usr/lib", "/lib"];

/// ld.so(8), as Debian configures it.
const LINUX: &[&str] = &[
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/lib",
    "/usr/lib",
];

/// A machine that programs are for: `e_machine`, its class of files and byte order are of elf(5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// `e_machine`.
    pub machine: u16,
    /// Most significant byte first.
    pub big_endian: bool,
    directories: &'static [&'static str],
}

impl Machine {
    /// Whether its programs are NetBSD's.
    pub(super) fn is_netbsd(&self) -> bool {
        self.directories == NETBSD
    }

    /// Of a board's `arch`.
    #[must_use]
    pub fn of(arch: &str) -> Option<Self> {
        let (machine, big_endian, directories) = match arch {
            "amd64" => (object::elf::EM_X86_64, false, NETBSD),
            "aarch64" => (object::elf::EM_AARCH64, false, NETBSD),
            "armv7" => (object::elf::EM_ARM, false, NETBSD),
            "mipsel" => (object::elf::EM_MIPS, false, NETBSD),
            "mipseb" => (object::elf::EM_MIPS, true, NETBSD),
            "amd64-linux" => (object::elf::EM_X86_64, false, LINUX),
            "aarch64-linux" => (object::elf::EM_AARCH64, false, LINUX),
            _ => return None,
        };
        Some(Self {
            machine: machine.0,
            big_endian,
            directories,
        })
    }
}

impl Builder<'_> {
    /// Adds what the files of this root need, until nothing is missing.
    pub(super) fn close(&mut self) {
        let (Some(tree), Some(machine)) = (self.origin.tree, self.origin.machine) else {
            return;
        };
        let mut seen = BTreeSet::new();
        loop {
            let files: Vec<(String, Span)> = self
                .entries
                .iter()
                .filter(|(path, (entry, _))| {
                    matches!(entry.kind, Kind::File(_)) && !seen.contains(*path)
                })
                .map(|(path, (_, span))| (path.clone(), span.clone()))
                .collect();
            if files.is_empty() {
                return;
            }
            for (path, span) in files {
                self.need(tree, machine, &path, &span);
                seen.insert(path);
            }
        }
    }

    fn need(&mut self, tree: &Tree, machine: Machine, path: &str, span: &Span) {
        let Some((entry, _)) = self.entries.get(path) else {
            return;
        };
        let Kind::File(content) = &entry.kind else {
            return;
        };
        let executable = entry.mode & 0o111 != 0;
        // one that cannot be read is reported when the root is measured
        let Ok(Some(bytes)) = content.read() else {
            return;
        };
        if executable && let Some(interpreter) = elf::script_interpreter(&bytes) {
            self.bring(tree, path, &interpreter, span);
            return;
        }
        let Some(elf) = elf::read(&bytes) else {
            return;
        };
        if (elf.machine, elf.big_endian) != (machine.machine, machine.big_endian) {
            self.report.add(
                Mistake::at(span, format!("`{path}` is for another machine"))
                    .label(format!("a program for {}", name(&elf)))
                    .help("the source root is not one of this board's architecture"),
            );
            return;
        }
        if let Some(interpreter) = &elf.interpreter {
            self.bring(tree, path, interpreter, span);
        }
        for library in &elf.libraries {
            self.library(tree, machine, path, &elf, library, span);
        }
    }

    fn library(
        &mut self,
        tree: &Tree,
        machine: Machine,
        path: &str,
        elf: &Elf,
        library: &str,
        span: &Span,
    ) {
        let own = elf.search.iter().map(String::as_str);
        let directories = own.chain(machine.directories.iter().copied());
        let origin = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let found = directories
            .map(|directory| directory.replace("$ORIGIN", origin))
            .map(|directory| format!("{}/{library}", directory.trim_end_matches('/')))
            .map(|candidate| paths::follow("/", &candidate, ""))
            .find(|candidate| tree.look(candidate).is_ok());
        match found {
            Some(found) => self.bring(tree, path, &found, span),
            None => self.report.add(
                Mistake::at(
                    span,
                    format!(
                        "`{path}` needs the library `{library}`, which is not in the source root"
                    ),
                )
                .help("a set of the release is missing there"),
            ),
        }
    }

    /// Copies what `path` needs, unless it is there or the board has it otherwise.
    fn bring(&mut self, tree: &Tree, path: &str, needed: &str, span: &Span) {
        if self.entries.contains_key(needed) || paths::fault(needed).is_some() {
            return;
        }
        if let Err(why) = tree.look(needed) {
            self.report.add(
                Mistake::at(
                    span,
                    format!("`{path}` needs `{needed}`, which is not in the source root: {why}"),
                )
                .help("use a static program, or list what it is to be in links or files"),
            );
            return;
        }
        let said = Located {
            value: needed.to_owned(),
            span: span.clone(),
        };
        self.copy_one(tree, needed, &said);
    }
}

fn name(elf: &Elf) -> String {
    match object::elf::Machine(elf.machine) {
        object::elf::EM_X86_64 => "amd64".to_owned(),
        object::elf::EM_AARCH64 => "aarch64".to_owned(),
        object::elf::EM_ARM => "arm".to_owned(),
        object::elf::EM_MIPS if elf.big_endian => "mipseb".to_owned(),
        object::elf::EM_MIPS => "mipsel".to_owned(),
        other => format!("machine {}", other.0),
    }
}
