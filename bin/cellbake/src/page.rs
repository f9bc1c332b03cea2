//! What a board comes to, as one HTML file for people: to read on a screen and to print.
//!
//! One file with nothing beside it: no script, nothing fetched, the system's own fonts. What it says of meaning, it says
//! in words or shape and never by colour alone. The same image gives the same bytes.

mod access;
mod amounts;
mod bars;
mod budgets;
mod cells;
mod changes;
mod contents;
mod flash;
mod graph;
mod matrix;
mod shown;
mod summary;
#[cfg(test)]
mod tests;

use libcell::image::{Cell, Opened};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::board::{Base, Board};
use crate::roots::Root;
use crate::size;
pub(crate) use bars::Area;
use shown::Bare;

/// How it looks.
const STYLE: &str = include_str!("page/style.css");

/// Nothing is loaded and nothing is run, whatever the text of a definition might contain.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// What a page is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'s> {
    /// The image.
    pub opened: &'s Opened<'s>,
    /// Its size.
    pub bytes: u64,
    /// The board it was made from: knows names of users, what is in roots, what a set of operations is made from.
    pub board: Option<&'s Board>,
    /// The parts of the flash of a whole firmware, in order; none if only cells were built.
    pub flash: &'s [Area],
    /// An image to compare with.
    pub earlier: Option<&'s Opened<'s>>,
}

impl Subject<'_> {
    /// What a cell's operations are made from.
    fn base(&self, cell: &Cell<'_>) -> Base {
        let known = self
            .board
            .and_then(|board| board.bases.get(cell.name.as_str()));
        known.cloned().unwrap_or_else(|| matrix::nearest(cell.may))
    }

    fn root(&self, cell: &Cell<'_>) -> Option<&Root> {
        let roots = &self.board?.roots;
        roots.iter().find(|root| root.cell == cell.name.as_str())
    }

    /// As the cell's own passwd has it.
    fn user_name(&self, cell: &Cell<'_>) -> Option<String> {
        contents::account(self.root(cell)?, "/etc/passwd", cell.uid)
    }

    fn group_name(&self, cell: &Cell<'_>, gid: u32) -> Option<String> {
        contents::account(self.root(cell)?, "/etc/group", gid)
    }

    /// Everything there is only so much of.
    fn areas(&self) -> Vec<Area> {
        let mut areas = budgets::areas(self);
        areas.extend_from_slice(self.flash);
        areas
    }
}

/// What does not fit, each with what is taken and what there is.
pub(crate) fn over_budget(subject: &Subject<'_>) -> Vec<String> {
    subject
        .areas()
        .iter()
        .filter(|area| area.excess() > 0)
        .map(|area| {
            let bound = area.bound.unwrap_or_default();
            let (used, bound) = (size::kib(area.used), size::kib(bound));
            format!("{}: {used} of {bound}", area.name)
        })
        .collect()
}

/// The page.
pub(crate) fn render(subject: &Subject<'_>) -> String {
    let image = &subject.opened.image;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                title { (Bare(image.board.name)) ": cells of the board" }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                (summary::header(subject))
                (contents_list(subject))
                main {
                    @if let Some(earlier) = subject.earlier { (changes::section(earlier, subject.opened)) }
                    (budgets::section(subject))
                    @if !subject.flash.is_empty() { (flash::section(subject.flash)) }
                    (graph::section(image))
                    (cells::section(subject))
                    (matrix::section(subject))
                    (access::section(image))
                }
            }
        }
    };
    let mut page = page.into_string();
    page.push('\n');
    page
}

fn contents_list(subject: &Subject<'_>) -> Markup {
    let sections = [
        ("changes", "Changes", subject.earlier.is_some()),
        ("budgets", "RAM and flash", true),
        ("flash", "Flash of the firmware", !subject.flash.is_empty()),
        ("graph", "Start order", true),
        ("cells", "Cells", true),
        ("matrix", "Profile matrix", true),
        ("access", "Ports, devices, mounts, volumes", true),
    ];
    html! {
        nav aria-label="Sections" {
            ul {
                @for (id, name, _) in sections.iter().filter(|(_, _, there)| *there) {
                    li { a href={ "#" (id) } { (name) } }
                }
            }
        }
    }
}

/// The names above the columns of a table.
fn head(names: &[&str]) -> Markup {
    html! {
        thead {
            tr {
                @for name in names { th scope="col" { (name) } }
            }
        }
    }
}
