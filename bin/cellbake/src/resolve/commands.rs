//! Programs: that what is to be executed is in the root and can be executed there.

use cell_abi::{Op, OpSet};

use super::mounts::ResolvedMount;
use crate::definition::CellDef;
use crate::elf;
use crate::files::{Located, Span};
use crate::paths;
use crate::report::{Mistake, Report};
use crate::roots::{Content, Entry, Kind, Root};
use crate::suggest;

/// Links followed before it is called a loop.
const LINKS_MAX: usize = 32;

/// Where commands are looked up.
#[derive(Debug)]
pub(super) struct Place<'p> {
    pub root: &'p Root,
    pub mounts: &'p [ResolvedMount],
    pub may: OpSet,
    /// Whether what programs need was looked for when the root was put together.
    pub closed: bool,
}

/// What a path of a root leads to.
enum Found<'f> {
    Entry(&'f Entry),
    Mount(&'f ResolvedMount),
    Nothing(String),
}

pub(super) fn check(cell: &CellDef, place: &Place<'_>, report: &Report<'_>) {
    let health = cell.health.as_ref().map(|health| health.command.as_slice());
    for command in [cell.command.as_slice(), health.unwrap_or_default()] {
        if let Some(program) = command.first() {
            place.check_program(program, report);
        }
        if let [program, script, ..] = command {
            place.check_script(program, script, report);
        }
    }
    if let Some(directory) = &cell.directory {
        place.check_directory(directory, report);
    }
}

impl Place<'_> {
    fn check_program(&self, program: &Located<String>, report: &Report<'_>) {
        let path = program.value.as_str();
        if let Some(fault) = paths::fault(path) {
            report.add(
                Mistake::at(&program.span, format!("`{path}` {fault}")).help(
                    "a program is said by its path in the cell: nothing is looked up in PATH",
                ),
            );
            return;
        }
        match self.find(path) {
            Found::Entry(entry) => self.check_entry(entry, path, &program.span, report),
            Found::Mount(mount) => self.check_mount(mount, path, &program.span, report),
            Found::Nothing(missing) => {
                let files = self.root.entries.iter().filter_map(|(path, entry)| {
                    (entry.kind != Kind::Directory).then_some(path.as_str())
                });
                let help = match suggest::closest(path, files) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "list it in [contents]: copy, links or files".to_owned(),
                };
                let what = if missing == path {
                    format!("`{path}` is not in the cell's root")
                } else {
                    format!("`{path}` is a link to `{missing}`, which is not in the cell's root")
                };
                report.add(Mistake::at(&program.span, what).help(help));
            }
        }
    }

    /// A shell's first argument that is a path is the script it reads.
    fn check_script(
        &self,
        program: &Located<String>,
        script: &Located<String>,
        report: &Report<'_>,
    ) {
        let name = program.value.rsplit('/').next().unwrap_or_default();
        let path = script.value.as_str();
        if !matches!(name, "sh" | "ash" | "ksh") || !path.starts_with('/') {
            return;
        }
        if let Found::Nothing(_) = self.find(path) {
            report.add(
                Mistake::at(
                    &script.span,
                    format!("the script `{path}` is not in the cell's root"),
                )
                .help("list it in [[contents.files]]"),
            );
        }
    }

    /// Whether the program `path` is there, for what needs it without saying so.
    pub(super) fn has(&self, path: &str) -> bool {
        matches!(self.find(path), Found::Entry(_))
    }

    fn check_entry(&self, entry: &Entry, path: &str, span: &Span, report: &Report<'_>) {
        let content = match &entry.kind {
            Kind::File(content) => content,
            Kind::Directory | Kind::Link(_) => {
                report.add(Mistake::at(span, format!("`{path}` is a directory")));
                return;
            }
        };
        if entry.mode & 0o111 == 0 {
            report.add(
                Mistake::at(
                    span,
                    format!(
                        "`{path}` has mode {:04o} and cannot be executed",
                        entry.mode
                    ),
                )
                .help("mode = \"0755\" where it is listed"),
            );
        }
        if !self.closed
            && let Some(interpreter) = bytes(content).as_deref().and_then(elf::interpreter)
            && !self.has(&interpreter)
        {
            report.add(
                Mistake::at(
                    span,
                    format!("`{path}` needs `{interpreter}`, which is not in the cell's root"),
                )
                .help("list it and its libraries in [contents], or use a static program"),
            );
        }
    }

    fn check_mount(&self, mount: &ResolvedMount, path: &str, span: &Span, report: &Report<'_>) {
        if mount.no_exec {
            report.add(
                Mistake::at(span, format!("`{path}` is on a mount without execution"))
                    .also(&mount.span, "this one")
                    .help("no_exec = false, if it must be"),
            );
        } else if !mount.read_only && !self.may.contains(Op::VnodeExec) {
            report.add(
                Mistake::at(
                    span,
                    format!("`{path}` is on a mount that can be written, and the profile denies vnode.exec there"),
                )
                .also(&mount.span, "this one")
                .help("read_only = true, or allow = [\"vnode.exec\"] if it must be"),
            );
        }
    }

    fn check_directory(&self, directory: &Located<String>, report: &Report<'_>) {
        let path = directory.value.as_str();
        if path == "/" {
            return;
        }
        if let Some(fault) = paths::fault(path) {
            report.add(Mistake::at(&directory.span, format!("`{path}` {fault}")));
            return;
        }
        match self.find(path) {
            Found::Entry(entry) if entry.kind == Kind::Directory => {}
            Found::Mount(mount) if mount.target == path => {}
            // a plan may make it
            Found::Mount(_) => {}
            Found::Entry(_) | Found::Nothing(_) => report.add(
                Mistake::at(
                    &directory.span,
                    format!("`{path}` is no directory in the cell's root"),
                )
                .help("list it in [contents] directories"),
            ),
        }
    }

    /// Follows links, `..` in them included, as the kernel would in the root.
    fn find(&self, path: &str) -> Found<'_> {
        let mut current = path.to_owned();
        for _ in 0..LINKS_MAX {
            let mount = self
                .mounts
                .iter()
                .find(|mount| paths::within(&current, &mount.target));
            if let Some(mount) = mount {
                return Found::Mount(mount);
            }
            let link =
                paths::parents(&current)
                    .chain([current.as_str()])
                    .find_map(
                        |part| match self.root.entries.get(part).map(|entry| &entry.kind) {
                            Some(Kind::Link(target)) => Some((part.to_owned(), target.clone())),
                            Some(Kind::Directory | Kind::File(_)) | None => None,
                        },
                    );
            let Some((link, target)) = link else {
                return match self.entry(&current) {
                    Some(entry) => Found::Entry(entry),
                    None => Found::Nothing(current),
                };
            };
            let rest = current.strip_prefix(&link).unwrap_or_default();
            current = paths::follow(&link, &target, rest);
        }
        Found::Nothing(current)
    }

    /// The entry of that path, or the unread one whose pattern stands for it.
    fn entry(&self, path: &str) -> Option<&Entry> {
        self.root.entries.get(path).or_else(|| {
            self.root
                .entries
                .iter()
                .find(|(listed, entry)| {
                    entry.kind == Kind::File(Content::Unseen)
                        && (crate::roots::matches(listed, path) || paths::within(path, listed))
                })
                .map(|(_, entry)| entry)
        })
    }
}

/// What is in a program, if that is known; one that cannot be read is reported when the root is measured.
fn bytes(content: &Content) -> Option<Vec<u8>> {
    content.read().ok().flatten()
}
