//! Plans: what they do to the root is done when it is laid out, what they do on volumes the image carries.

use std::path::Path;

use libcell::converge;
use libcell::image::{HUNKS_MAX, Hunk, Ownership, PLAN_MAX, PlanStep, TEXT_MAX};

use super::accounts::{Accounts, Identity};
use super::contents::Builder;
use super::fold;
use super::mounts::ResolvedMount;
use super::template;
use crate::definition::{HunkDef, Owner, PlanDef, Step, StepDef};
use crate::files::{Located, Span};
use crate::paths;
use crate::report::{Mistake, Report};
use crate::roots::{Content, Entry, Kind};

/// Who and where a plan is for.
#[derive(Debug)]
pub(super) struct Context<'c> {
    pub identity: &'c Identity,
    pub accounts: &'c Accounts,
    pub mounts: &'c [ResolvedMount],
    /// The board's `files`.
    pub files: &'c Path,
    /// What `{{name}}` stands for in every template.
    pub own: &'c [(&'c str, String)],
    pub report: &'c Report<'c>,
}

/// The programs of pkg_install, in the root.
pub(super) const PKG_ADD: &str = "/usr/sbin/pkg_add";
pub(super) const PKG_INFO: &str = "/usr/sbin/pkg_info";

/// The steps of a plan with the board's files in them: what is copied from there and what is made of templates is a file,
/// packages are commands.
pub(super) fn expand(plan: &PlanDef, context: &Context<'_>) -> Vec<StepDef> {
    let steps = plan.steps.iter();
    let expanded = steps
        .filter_map(|StepDef { span, step }| {
            let step = match step {
                Step::Copy(from, path, owner) if !from.value.starts_with('/') => {
                    let bytes = template::read(context.files, from, context.report)?;
                    Step::File(path.clone(), owner.clone(), bytes)
                }
                Step::Template(from, path, owner, tokens) => {
                    let bytes = template::read(context.files, from, context.report)?;
                    let Ok(text) = String::from_utf8(bytes) else {
                        context
                            .report
                            .add(Mistake::at(&from.span, "a template that is not text"));
                        return None;
                    };
                    let report = context.report;
                    let text = template::fill(&text, &from.span, tokens, context.own, report);
                    Step::File(path.clone(), owner.clone(), text.into_bytes())
                }
                // the names have no character that means something to a shell
                Step::Package(names) => {
                    let add =
                        |name| format!("{{ {PKG_INFO} -qe '{name}' || {PKG_ADD} '{name}'; }}");
                    let commands: Vec<String> = names.iter().map(add).collect();
                    Step::Execute(commands.join(" && "))
                }
                other => other.clone(),
            };
            Some(StepDef {
                span: span.clone(),
                step,
            })
        })
        .collect();
    fold::fold(expanded, |path| context.is_on_mount(path), context.report)
}

/// Does to the root what is for it; the rest is for the device.
pub(super) fn apply<'d>(
    plan: &PlanDef,
    steps: &'d [StepDef],
    root: &mut Builder<'_>,
    context: &Context<'_>,
) -> Vec<PlanStep<'d>> {
    let mut later = Vec::new();
    for StepDef { span, step } in steps {
        let path = fold::path(step);
        let on_mount = path.is_none_or(|path| context.is_on_mount(path));
        if let Some(path) = path
            && let Some(fault) = paths::fault(&path.value)
        {
            context
                .report
                .add(Mistake::at(&path.span, format!("`{}` {fault}", path.value)));
        } else if on_mount {
            later.push(context.for_device(step, span));
        } else {
            context.for_root(step, span, root);
        }
    }
    if later.len() > PLAN_MAX {
        context.report.add(Mistake::at(
            &plan.cell.span,
            format!(
                "{} steps for the device, and there can be {PLAN_MAX}",
                later.len()
            ),
        ));
    }
    later
}

impl Context<'_> {
    fn is_on_mount(&self, path: &Located<String>) -> bool {
        self.mounts
            .iter()
            .any(|mount| paths::within(&path.value, &mount.target))
    }

    fn for_device<'d>(&self, step: &'d Step, span: &Span) -> PlanStep<'d> {
        match step {
            Step::Directory(path, owner) => PlanStep::Directory {
                path: &path.value,
                owner: self.ownership(owner, 0o755),
            },
            Step::File(path, owner, content) => PlanStep::File {
                path: &path.value,
                content,
                owner: self.ownership(owner, 0o644),
            },
            Step::Line(path, text) => {
                self.check_text(text, span);
                PlanStep::Line {
                    path: &path.value,
                    text,
                }
            }
            Step::Link(path, target) => {
                self.check_text(target, span);
                PlanStep::Link {
                    path: &path.value,
                    target,
                }
            }
            Step::Execute(command) => {
                self.check_text(command, span);
                PlanStep::Execute(command)
            }
            Step::Copy(from, path, owner) => {
                self.check_source(from);
                PlanStep::Copy {
                    from: &from.value,
                    path: &path.value,
                    owner: self.ownership(owner, 0o644),
                }
            }
            Step::Patch(path, hunks) => {
                if hunks.len() > HUNKS_MAX {
                    self.report.add(Mistake::at(
                        span,
                        format!("{} hunks, and there can be {HUNKS_MAX}", hunks.len()),
                    ));
                }
                PlanStep::Patch {
                    path: &path.value,
                    hunks: hunks.iter().map(hunk).collect(),
                }
            }
            // expanded before
            Step::Template(..) | Step::Package(_) => PlanStep::Execute(""),
        }
    }

    fn for_root(&self, step: &Step, span: &Span, root: &mut Builder<'_>) {
        match step {
            Step::Directory(path, owner) => {
                let mode = root.plain_mode(self.roots_mode(owner, 0o755), span);
                let kind = Kind::Directory;
                root.put(&path.value, Entry { mode, kind }, span);
            }
            Step::File(path, owner, content) => {
                let mode = root.plain_mode(self.roots_mode(owner, 0o644), span);
                let kind = Kind::File(Content::Bytes(content.clone()));
                root.put(&path.value, Entry { mode, kind }, span);
            }
            Step::Link(path, target) => {
                let kind = Kind::Link(target.clone());
                root.put(&path.value, Entry { mode: 0o777, kind }, span);
            }
            Step::Line(path, text) => match root.own_file(&path.value) {
                Some(bytes) => add_line(bytes, text),
                None => self.report.add(
                    Mistake::at(
                        &path.span,
                        format!("`{}` is not a file that this board wrote", path.value),
                    )
                    .help("write it whole in [[contents.files]] or by FILE_BEGIN"),
                ),
            },
            Step::Copy(from, ..) => self.report.add(
                Mistake::at(&from.span, "from the root into the root")
                    .help("list the file twice in [[contents.files]], or make a link"),
            ),
            Step::Patch(path, hunks) => {
                let hunks: Vec<Hunk<'_>> = hunks.iter().map(hunk).collect();
                match root.own_file(&path.value) {
                    None => self.report.add(
                        Mistake::at(
                            &path.span,
                            format!("`{}` is not a file that this board wrote", path.value),
                        )
                        .help("what comes from the source root is patched in the source root"),
                    ),
                    Some(bytes) => match converge::patched(bytes, &hunks) {
                        Some(patched) => *bytes = patched,
                        None => self.report.add(Mistake::at(
                            span,
                            format!("the patch does not fit `{}`", path.value),
                        )),
                    },
                }
            }
            Step::Execute(_) | Step::Template(..) | Step::Package(_) => {}
        }
    }

    /// What is copied on the device is in the root, not on a mount.
    fn check_source(&self, from: &Located<String>) {
        if let Some(fault) = paths::fault(&from.value) {
            self.report
                .add(Mistake::at(&from.span, format!("`{}` {fault}", from.value)));
        } else if self.is_on_mount(from) {
            self.report.add(
                Mistake::at(&from.span, format!("`{}` is on a mount", from.value))
                    .help("what is copied is in the cell's root, or in the board's files"),
            );
        }
    }

    fn ownership(&self, owner: &Owner, mode: u32) -> Ownership {
        let number = |name: &Option<Located<String>>, own: u32, find: Finder| match name {
            Some(name) => find(self.accounts, name, self.report).unwrap_or(own),
            None => own,
        };
        Ownership {
            mode: owner.mode.unwrap_or(mode),
            uid: number(&owner.owner, self.identity.uid, Accounts::owner),
            gid: number(&owner.group, self.identity.gid, Accounts::group),
        }
    }

    /// The mode; an owner other than root is refused.
    fn roots_mode(&self, owner: &Owner, mode: u32) -> u32 {
        for name in [&owner.owner, &owner.group].into_iter().flatten() {
            if !matches!(name.value.as_str(), "root" | "wheel" | "0") {
                self.report.add(
                    Mistake::at(&name.span, "all of a cell's root belongs to root")
                        .help("what a service writes is on a volume or a memory file system"),
                );
            }
        }
        owner.mode.unwrap_or(mode)
    }

    fn check_text(&self, text: &str, span: &Span) {
        if text.len() > TEXT_MAX {
            self.report.add(Mistake::at(
                span,
                format!("a text of {} bytes, and it may have {TEXT_MAX}", text.len()),
            ));
        }
    }
}

pub(super) fn hunk(of: &HunkDef) -> Hunk<'_> {
    Hunk {
        line: of.line,
        old: of.old.as_bytes(),
        new: of.new.as_bytes(),
    }
}

type Finder = fn(&Accounts, &Located<String>, &Report<'_>) -> Option<u32>;

/// Adds a line unless there is one like it.
pub(super) fn add_line(bytes: &mut Vec<u8>, text: &str) {
    let known = bytes
        .split(|byte| *byte == b'\n')
        .any(|line| line == text.as_bytes());
    if known {
        return;
    }
    if bytes.last().is_some_and(|last| *last != b'\n') {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(b'\n');
}
