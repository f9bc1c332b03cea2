//! `check` and `bake`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use libcell::image;

use super::{Said, source};
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
    write(output, crate::bake(&board)).map_err(|why| Failure::write(output, &why))?;
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

fn load(directory: &Path, from: &Option<std::path::PathBuf>) -> Result<Board, Failure> {
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

/// Beside it first: whoever reads `path` sees the old image or the new one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".unfinished");
    let beside = Path::new(&beside);
    let written = File::create(beside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(beside, path));
    if written.is_err() {
        let _ = fs::remove_file(beside);
    }
    written
}
