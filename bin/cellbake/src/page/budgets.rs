//! What the board's cells take of RAM and flash, beside what there is.

use libcell::image::Image;
use maud::{Markup, html};

use super::Subject;
use super::bars::{self, Area};
use super::contents;
use crate::size::{Demand, Parts, total};

/// Each thing that a board has only so much of.
pub(super) fn areas(subject: &Subject<'_>) -> Vec<Area> {
    let image = &subject.opened.image;
    let board = &image.board;
    let budget = board.budget;
    let parts = Parts::of(image, subject.bytes);
    // an image without cells, or of a cellbake that did not look, says nothing
    let roots = match board.roots_kib {
        0 => total(&parts.roots),
        together => u64::from(together),
    };
    let flash = [
        ("roots", roots),
        ("volumes", total(&parts.volumes)),
        ("cells.bin", total(&parts.image)),
    ];
    let ram_bound = if budget.ram_kib > 0 {
        budget.ram_kib
    } else {
        board.ram_kib
    };
    let mut areas = vec![
        Area {
            unbounded: unbounded(image),
            ..area("RAM of the cells at their limits", &parts.ram, ram_bound)
        },
        Area {
            used: roots,
            ..area("Flash of the roots", &parts.roots, budget.roots_kib)
        },
    ];
    areas.extend(largest_root(subject));
    areas.extend([
        area(
            "Flash of the volumes when full",
            &parts.volumes,
            budget.volumes_kib,
        ),
        area("Flash of cells.bin", &parts.image, budget.image_kib),
        area(
            "Flash of roots, volumes and cells.bin",
            &flash,
            board.flash_kib,
        ),
    ]);
    areas
}

/// A bound of 0 is none.
fn area(name: &str, parts: &[(&str, u64)], bound: u32) -> Area {
    Area {
        name: name.to_owned(),
        used: total(parts),
        bound: (bound > 0).then_some(bound.into()),
        contributors: parts
            .iter()
            .map(|(name, kib)| ((*name).to_owned(), *kib))
            .collect(),
        unbounded: Vec::new(),
    }
}

/// The cells that may take any amount of memory.
fn unbounded(image: &Image<'_>) -> Vec<String> {
    image
        .cells
        .iter()
        .filter(|cell| Demand::of(cell).ram_kib.is_none())
        .map(|cell| cell.name.as_str().to_owned())
        .collect()
}

/// The root that comes closest to what each may take, or exceeds it most, with its files.
fn largest_root(subject: &Subject<'_>) -> Option<Area> {
    let image = &subject.opened.image;
    let bound = image.board.budget.root_kib;
    let largest = image.cells.iter().max_by_key(|cell| cell.root_kib)?;
    (bound > 0).then(|| Area {
        name: format!("Flash of the largest root, that of {}", largest.name),
        used: u64::from(largest.root_kib),
        bound: Some(bound.into()),
        contributors: subject
            .root(largest)
            .map(contents::files)
            .unwrap_or_default(),
        unbounded: Vec::new(),
    })
}

pub(super) fn section(subject: &Subject<'_>) -> Markup {
    let areas = areas(subject);
    html! {
        section #budgets {
            h2 { "RAM and flash" }
            p.about {
                "RAM is counted at the worst: every process of every cell at its limits, every memory file system full, "
                "every log ring full. Contributors are listed by themselves; a file that several roots have takes flash once."
            }
            @for area in &areas { (bars::draw(area)) }
        }
    }
}
