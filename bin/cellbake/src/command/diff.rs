//! `diff`: how two images differ, field by field.

use std::collections::BTreeMap;
use std::fmt;

use libcell::image::Image;

use super::{Said, open_image, read_file};
use crate::arguments::Diff;
use crate::facts::{self, Fact, Named};
use crate::failure::Failure;

pub(super) fn diff(arguments: &Diff) -> Result<Said, Failure> {
    let (before, after) = (read_file(&arguments.before)?, read_file(&arguments.after)?);
    let before = open_image(&arguments.before, &before)?;
    let after = open_image(&arguments.after, &after)?;
    let changes = changes(&before.image, &after.image);
    let text: String = changes.iter().map(|change| format!("{change}\n")).collect();
    Ok(Said {
        status: if changes.is_empty() { 0 } else { 2 },
        out: text.into_bytes(),
        ..Said::default()
    })
}

/// Something that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// `board`, `cell web`, `volume data`.
    pub object: String,
    /// Of which field; none if the object itself came or went.
    pub field: Option<&'static str>,
    /// How.
    pub what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, what, .. } = self;
        match self.field {
            Some(field) => write!(f, "{object}: {field}: {what}"),
            None => write!(f, "{object}: {what}"),
        }
    }
}

/// All fields that are not the same.
pub(crate) fn changes(before: &Image<'_>, after: &Image<'_>) -> Vec<Change> {
    let (before, after) = (objects(before), objects(after));
    let whole = |object: &str, what: &str| Change {
        object: object.to_owned(),
        field: None,
        what: what.to_owned(),
    };
    let mut changes = Vec::new();
    for (object, facts) in &before {
        match after.get(object) {
            None => changes.push(whole(object, "removed")),
            Some(others) => changes.extend(fields(object, facts, others)),
        }
    }
    let come = after.keys().filter(|object| !before.contains_key(*object));
    changes.extend(come.map(|object| whole(object, "added")));
    changes
}

/// `board`, `cell web`, `volume data`, each with what it says.
fn objects(image: &Image<'_>) -> BTreeMap<String, Vec<Named>> {
    let board = ("board".to_owned(), facts::board(&image.board, image));
    let volumes = image
        .volumes
        .iter()
        .map(|volume| (format!("volume {}", volume.name), facts::volume(volume)));
    let cells = image
        .cells
        .iter()
        .map(|cell| (format!("cell {}", cell.name), facts::cell(cell, image)));
    [board].into_iter().chain(volumes).chain(cells).collect()
}

fn fields(object: &str, before: &[Named], after: &[Named]) -> Vec<Change> {
    before
        .iter()
        .zip(after)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| Change {
            object: object.to_owned(),
            field: Some(name),
            what: change(name, before, after),
        })
        .collect()
}

/// Lists that are sets by what came and went, everything else by both values.
fn change(name: &str, before: &Fact, after: &Fact) -> String {
    let ordered = matches!(name, "command" | "health" | "plan" | "start_order");
    match (before, after) {
        (Fact::List(before), Fact::List(after)) if !ordered => {
            let gone = before.iter().filter(|one| !after.contains(one));
            let come = after.iter().filter(|one| !before.contains(one));
            let gone = gone.map(|one| format!("-{one}"));
            let come = come.map(|one| format!("+{one}"));
            let moved: Vec<_> = gone.chain(come).collect();
            if moved.is_empty() {
                "the same in another order".to_owned()
            } else {
                moved.join(" ")
            }
        }
        _ => format!("{} -> {}", before.human(), after.human()),
    }
}
