//! Plans: what they do to the root is done when it is laid out, what they do on volumes the image carries.

use libcell::image::{Ownership, PLAN_MAX, PlanStep, TEXT_MAX};

use super::accounts::{Accounts, Identity};
use super::contents::Builder;
use super::mounts::ResolvedMount;
use crate::definition::{Owner, PlanDef, Step, StepDef};
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
    pub report: &'c Report<'c>,
}

/// Does to the root what is for it; the rest is for the device.
pub(super) fn apply<'d>(
    plan: &'d PlanDef,
    root: &mut Builder<'_>,
    context: &Context<'_>,
) -> Vec<PlanStep<'d>> {
    let mut later = Vec::new();
    for StepDef { span, step } in &plan.steps {
        let path = match step {
            Step::Directory(path, _)
            | Step::File(path, _, _)
            | Step::Line(path, _)
            | Step::Link(path, _) => Some(path),
            Step::Execute(_) => None,
        };
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
                content: content.as_bytes(),
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
                let kind = Kind::File(Content::Bytes(content.clone().into_bytes()));
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
            Step::Execute(_) => {}
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

type Finder = fn(&Accounts, &Located<String>, &Report<'_>) -> Option<u32>;

/// Adds a line unless there is one like it.
fn add_line(bytes: &mut Vec<u8>, text: &str) {
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
