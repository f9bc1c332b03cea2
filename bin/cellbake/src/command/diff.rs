//! `diff`: how two images differ, field by field.

use std::collections::BTreeMap;
use std::fmt::Write;

use libcell::image::Image;

use super::{Said, open_image, read_file};
use crate::arguments::Diff;
use crate::facts::{self, Fact, Named};
use crate::failure::Failure;

pub(super) fn diff(arguments: &Diff) -> Result<Said, Failure> {
    let (before, after) = (read_file(&arguments.before)?, read_file(&arguments.after)?);
    let before = open_image(&arguments.before, &before)?;
    let after = open_image(&arguments.after, &after)?;
    let text = differences(&before.image, &after.image);
    Ok(Said {
        status: if text.is_empty() { 0 } else { 2 },
        out: text.into_bytes(),
        ..Said::default()
    })
}

/// A line for each field that is not the same.
fn differences(before: &Image<'_>, after: &Image<'_>) -> String {
    let (before, after) = (objects(before), objects(after));
    let mut text = String::new();
    for (object, facts) in &before {
        match after.get(object) {
            None => line(&mut text, object, "removed"),
            Some(others) => fields(&mut text, object, facts, others),
        }
    }
    for object in after.keys().filter(|object| !before.contains_key(*object)) {
        line(&mut text, object, "added");
    }
    text
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

fn fields(text: &mut String, object: &str, before: &[Named], after: &[Named]) {
    for ((name, before), (_, after)) in before.iter().zip(after) {
        if before != after {
            line(
                text,
                object,
                &format!("{name}: {}", change(name, before, after)),
            );
        }
    }
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
            gone.chain(come).collect::<Vec<_>>().join(" ")
        }
        _ => format!("{} -> {}", before.human(), after.human()),
    }
}

fn line(text: &mut String, object: &str, what: &str) {
    // a String takes everything
    let _ = writeln!(text, "{object}: {what}");
}
