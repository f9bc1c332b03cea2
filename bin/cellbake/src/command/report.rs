//! `report`: one HTML file of what a board or an image comes to.

use std::path::Path;

use libcell::image::Opened;

use super::bake::notes;
use super::{Said, open_image, read_file, source, write_file};
use crate::arguments::Report;
use crate::board::{self, Board};
use crate::failure::{Failure, count};
use crate::page::{self, Subject};
use crate::report::Mistakes;

/// What is reported on.
struct Found {
    bytes: Vec<u8>,
    board: Option<Board>,
    /// Budgets of a board that do not hold.
    over: Option<Mistakes>,
}

pub(super) fn report(arguments: &Report) -> Result<Said, Failure> {
    let what = &arguments.what;
    let found = find(arguments)?;
    let opened = open_image(what, &found.bytes)?;
    let earlier_bytes = match &arguments.against {
        Some(path) => read_file(path)?,
        None => Vec::new(),
    };
    let earlier = match &arguments.against {
        Some(path) => Some(open_image(path, &earlier_bytes)?),
        None => None,
    };
    let subject = Subject {
        opened: &opened,
        bytes: found.bytes.len() as u64,
        board: found.board.as_ref(),
        flash: &[],
        earlier: earlier.as_ref(),
    };
    let page = page::render(&subject);
    let output = &arguments.output;
    write_file(output, page.as_bytes())?;
    Ok(Said {
        out: said(&opened, output, page.len()).into_bytes(),
        notes: found.board.as_ref().map(notes).unwrap_or_default(),
        failure: failure(what, &subject, found.over),
        ..Said::default()
    })
}

fn find(arguments: &Report) -> Result<Found, Failure> {
    let what = &arguments.what;
    if !what.is_dir() {
        return Ok(Found {
            bytes: read_file(what)?,
            board: None,
            over: None,
        });
    }
    let (board, over) = board::load_over_budget(what, &source(&arguments.source))
        .map_err(|why| Failure::load(what, why))?;
    Ok(Found {
        bytes: board.image.clone(),
        board: Some(board),
        over,
    })
}

/// A budget that does not hold: the report is there to see it, and the command has failed.
fn failure(what: &Path, subject: &Subject<'_>, over: Option<Mistakes>) -> Option<Failure> {
    if let Some(mistakes) = over {
        return Some(Failure::Mistakes(what.display().to_string(), mistakes));
    }
    let over = page::over_budget(subject);
    (!over.is_empty()).then(|| Failure::at(what, "over budget", &over.join("; ")))
}

fn said(opened: &Opened<'_>, output: &Path, bytes: usize) -> String {
    format!(
        "{}: {}, {bytes} bytes in {}\n",
        opened.image.board.name,
        count(opened.image.cells.len(), "cell"),
        output.display()
    )
}
