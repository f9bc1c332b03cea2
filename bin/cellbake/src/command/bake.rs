//! `check` and `bake`.

use std::path::Path;

use libcell::image;

use super::{Said, source, write_file};
use crate::arguments::{Bake, Check};
use crate::board::{self, Board};
use crate::failure::{Failure, count};
use crate::roots;

pub(super) fn check(arguments: &Check) -> Result<Said, Failure> {
    let board = load(&arguments.board, &arguments.source)?;
    let summary = summary(&board, &arguments.board)?;
    Ok(Said {
        out: format!("{summary}: no mistakes\n").into_bytes(),
        notes: notes(&board),
        ..Said::default()
    })
}

pub(super) fn bake(arguments: &Bake) -> Result<Said, Failure> {
    let board = load(&arguments.board, &arguments.source)?;
    let summary = summary(&board, &arguments.board)?;
    // roots first: an image without its roots would be half a result
    if let Some(into) = &arguments.roots {
        roots::lay_out(&board, into).map_err(|why| Failure::root(&why))?;
    }
    let output = &arguments.output;
    match (&arguments.rescue, &board.rescue) {
        (Some(path), Some(rescue)) => write_file(path, rescue)?,
        (Some(path), None) => {
            return Err(Failure::at(
                path,
                "not written",
                &"the board has no rescue cell",
            ));
        }
        (None, _) => {}
    }
    write_file(output, crate::bake(&board))?;
    Ok(Said {
        out: format!(
            "{summary}, {} bytes in {}\n",
            board.image.len(),
            output.display()
        )
        .into_bytes(),
        notes: notes(&board),
        ..Said::default()
    })
}

pub(super) fn load(directory: &Path, from: &Option<std::path::PathBuf>) -> Result<Board, Failure> {
    board::load(directory, &source(from)).map_err(|why| Failure::load(directory, why))
}

pub(super) fn notes(board: &Board) -> Vec<String> {
    let directory = board.directory.display();
    board
        .notes
        .iter()
        .map(|note| format!("{directory}: {note}"))
        .collect()
}

fn summary(board: &Board, path: &Path) -> Result<String, Failure> {
    let opened = image::open(&board.image).map_err(|why| Failure::image(path, why))?;
    let image = opened.image;
    Ok(format!(
        "{}: {}, {}, {}",
        image.board.name,
        count(image.cells.len(), "cell"),
        count(image.volumes.len(), "volume"),
        image.board.arch
    ))
}
