//! Several steps of a plan about one file of a device: what a later one does to a file whose content is known is done
//! here, and what would be done and undone at every start is refused.

use libcell::converge;

use super::plans::{add_line, hunk};
use crate::definition::{Step, StepDef};
use crate::files::{Located, Span};
use crate::report::{Mistake, Report};

/// The steps for a device with one step left that makes each file. `is_here` is whether a path is none of the root's.
pub(super) fn fold(
    steps: Vec<StepDef>,
    is_here: impl Fn(&Located<String>) -> bool,
    report: &Report<'_>,
) -> Vec<StepDef> {
    let mut folded: Vec<StepDef> = Vec::with_capacity(steps.len());
    for step in steps {
        let Some(path) = path(&step.step).filter(|path| is_here(path)) else {
            folded.push(step);
            continue;
        };
        let value = path.value.clone();
        let same = |other: &StepDef| self::path(&other.step).is_some_and(|at| at.value == value);
        // a line is one of several, whoever wrote the file
        let is_line = |other: &StepDef| matches!(other.step, Step::Line(..));
        let found = folded
            .iter()
            .position(|other| same(other) && !is_line(other))
            .or_else(|| folded.iter().position(same));
        let earlier = found.and_then(|at| folded.get_mut(at));
        match earlier.map_or(Fold::Keep, |earlier| into(earlier, &step)) {
            Fold::Keep => folded.push(step),
            Fold::Done => {}
            Fold::Refuse(first, what, help) => report.add(
                Mistake::at(&step.span, format!("`{value}` {what}"))
                    .also(&first, "the first step")
                    .help(help),
            ),
        }
    }
    folded
}

/// What becomes of a step.
enum Fold {
    /// It stays.
    Keep,
    /// It is in the earlier one now.
    Done,
    /// It cannot be: the earlier one, why, and what to do.
    Refuse(Span, &'static str, &'static str),
}

/// Does to an earlier step for the same path what this one says.
fn into(earlier: &mut StepDef, step: &StepDef) -> Fold {
    let first = earlier.span.clone();
    match &step.step {
        Step::Line(_, text) => match &mut earlier.step {
            Step::File(_, _, bytes) => {
                add_line(bytes, text);
                Fold::Done
            }
            Step::Copy(..) => changed_copy(first),
            Step::Line(..)
            | Step::Patch(..)
            | Step::Directory(..)
            | Step::Link(..)
            | Step::Template(..)
            | Step::Execute(_)
            | Step::Package(_) => Fold::Keep,
        },
        Step::Patch(_, hunks) => match &mut earlier.step {
            Step::File(_, _, bytes) => {
                let hunks: Vec<_> = hunks.iter().map(hunk).collect();
                if let Some(patched) = converge::patched(bytes, &hunks) {
                    *bytes = patched;
                    return Fold::Done;
                }
                let why = "is not what the patch expects";
                Fold::Refuse(first, why, "an earlier step of this plan makes it")
            }
            Step::Copy(..) => changed_copy(first),
            Step::Patch(..) => {
                let why = "is patched twice, and the first would not be found again";
                Fold::Refuse(first, why, "one PATCH_BEGIN takes several hunks")
            }
            Step::Line(..)
            | Step::Directory(..)
            | Step::Link(..)
            | Step::Template(..)
            | Step::Execute(_)
            | Step::Package(_) => Fold::Keep,
        },
        Step::Directory(..)
        | Step::File(..)
        | Step::Copy(..)
        | Step::Link(..)
        | Step::Template(..) => {
            let why = "would be made a second time at every start";
            Fold::Refuse(first, why, "a plan says once what a path is")
        }
        Step::Execute(_) | Step::Package(_) => Fold::Keep,
    }
}

fn changed_copy(first: Span) -> Fold {
    let why = "would be copied and changed at every start";
    let help = "COPY it from the board's files, or change what is in the root";
    Fold::Refuse(first, why, help)
}

/// The path that a step is about; none of a command.
pub(super) fn path(step: &Step) -> Option<&Located<String>> {
    match step {
        Step::Directory(path, _)
        | Step::File(path, _, _)
        | Step::Line(path, _)
        | Step::Link(path, _)
        | Step::Copy(_, path, _)
        | Step::Template(_, path, ..)
        | Step::Patch(path, _) => Some(path),
        Step::Execute(_) | Step::Package(_) => None,
    }
}
