//! Which cell waits for which, drawn and as a table.

mod grid;
mod lanes;
mod layout;
#[cfg(test)]
mod tests;

use std::fmt::Write;

use libcell::image::{Cell, Image};
use maud::{Markup, html};

use super::head;
use super::shown::{Bare, Shown};
use crate::facts;
use layout::{HEIGHT, Layout, Line, layout};

/// Of the corners of lines.
const RADIUS: i32 = 3;

/// For each cell the ones it waits for.
fn depends(image: &Image<'_>) -> Vec<Vec<usize>> {
    image
        .cells
        .iter()
        .map(|cell| cell.depends.iter().copied().map(usize::from).collect())
        .collect()
}

pub(super) fn section(image: &Image<'_>) -> Markup {
    let longest = image.cells.iter().map(|cell| cell.name.as_str().len());
    let layout = layout(&depends(image), longest.max().unwrap_or_default());
    html! {
        section #graph {
            h2 { "Start order" }
            p.about {
                "A cell starts when all that it waits for are ready; the cells of a wave do not wait for each other. "
                "A thick frame is a critical cell: the watchdog is fed only while it is well. A dashed frame is a cell "
                "that is started by hand."
            }
            @if !image.cells.is_empty() {
                (drawing(image, &layout))
                (table(image, &layout))
            }
        }
    }
}

fn drawing(image: &Image<'_>, layout: &Layout) -> Markup {
    let name = |cell: usize| image.cells.get(cell).map_or("", |cell| cell.name.as_str());
    let mut labels: Vec<(usize, i32)> = Vec::new();
    for (wave, place) in layout.waves.iter().zip(&layout.boxes) {
        match labels.iter_mut().find(|(known, _)| known == wave) {
            Some((_, y)) => *y = (*y).min(place.y),
            None => labels.push((*wave, place.y)),
        }
    }
    html! {
        svg.graph viewBox={ "0 0 " (layout.width) " " (layout.height) } width=(layout.width) role="img" {
            title { "Which cell waits for which" }
            desc { "The table below says the same." }
            defs {
                marker #arrow viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto" {
                    path d="M0 0.8 8 4 0 7.2z" {}
                }
            }
            // lines of one pixel lie on pixels
            g transform="translate(.5 .5)" {
                @for (wave, y) in labels {
                    text.wave x="2" y=(y + HEIGHT / 2 + 3) { "wave " (wave + 1) }
                }
                @for line in &layout.lines {
                    path.edge d=(path(line)) marker-end="url(#arrow)" {
                        title { (Bare(name(line.to))) " waits for " (Bare(name(line.from))) }
                    }
                }
                @for (cell, place) in image.cells.iter().zip(&layout.boxes) {
                    a href={ "#cell-" (cell.name.as_str()) } {
                        g.box.critical[cell.critical].by-hand[!cell.autostart] {
                            title {
                                (Bare(cell.name.as_str()))
                                @if !cell.description.is_empty() { ": " (Bare(cell.description)) }
                            }
                            rect x=(place.x) y=(place.y) width=(place.width) height=(place.height) rx="3" {}
                            text.name x=(place.x + place.width / 2) y=(place.y + 14) { (Bare(cell.name.as_str())) }
                            text.role x=(place.x + place.width / 2) y=(place.y + 26) { (role(cell)) }
                        }
                    }
                }
            }
        }
    }
}

/// How it starts, and whether the watchdog hangs on it.
pub(super) const fn role(cell: &Cell<'_>) -> &'static str {
    match (cell.autostart, cell.critical) {
        (true, true) => "at boot, critical",
        (true, false) => "at boot",
        (false, true) => "by hand, critical",
        (false, false) => "by hand",
    }
}

/// The line with its corners rounded.
fn path(line: &Line) -> String {
    let mut text = String::new();
    let mut points = line.points.iter().copied();
    let Some(mut last) = points.next() else {
        return text;
    };
    // a String takes everything
    let _ = write!(text, "M{} {}", last.0, last.1);
    let rest: Vec<_> = points.collect();
    for (position, point) in rest.iter().enumerate() {
        match rest.get(position + 1) {
            None => {
                let _ = write!(text, "L{} {}", point.0, point.1);
            }
            Some(next) => {
                let (before, after) = (toward(*point, last), toward(*point, *next));
                let _ = write!(
                    text,
                    "L{} {}Q{} {} {} {}",
                    before.0, before.1, point.0, point.1, after.0, after.1
                );
            }
        }
        last = *point;
    }
    text
}

/// A little from a corner toward the next one, not beyond the middle.
fn toward(from: (i32, i32), to: (i32, i32)) -> (i32, i32) {
    let step = |from: i32, to: i32| from + (to - from).signum() * RADIUS.min((to - from).abs() / 2);
    (step(from.0, to.0), step(from.1, to.1))
}

fn table(image: &Image<'_>, layout: &Layout) -> Markup {
    let mut cells: Vec<_> = layout.waves.iter().zip(&image.cells).collect();
    cells.sort_by_key(|(wave, _)| **wave);
    html! {
        table.waves {
            caption { "The same in words" }
            (head(&["Wave", "Cell", "Starts", "Waits for", "Ready"]))
            tbody {
                @for (wave, cell) in cells {
                    tr {
                        td { (wave + 1) }
                        th scope="row" { (Shown(cell.name.as_str())) }
                        td { (role(cell)) }
                        td {
                            @if cell.depends.is_empty() { "nothing" }
                            (Shown(&facts::depends(cell, image).join(", ")))
                        }
                        td { (super::cells::readiness(cell.readiness)) }
                    }
                }
            }
        }
    }
}
