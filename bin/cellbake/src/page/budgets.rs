//! What the board's cells take of RAM and flash, beside what there is.

use libcell::image::Image;
use maud::{Markup, html};

use super::Subject;
use super::bars::{self, Area};
use crate::size::{Demand, Parts, total};

/// Each thing that a board has only so much of.
pub(super) fn areas(image: &Image<'_>, bytes: u64) -> Vec<Area> {
    let board = &image.board;
    let budget = board.budget;
    let parts = Parts::of(image, bytes);
    let area = |name: &str, parts: &[(&str, u64)], bound: u32| Area {
        name: name.to_owned(),
        used: total(parts),
        bound: (bound > 0).then_some(bound.into()),
        contributors: parts
            .iter()
            .map(|(name, kib)| ((*name).to_owned(), *kib))
            .collect(),
        unbounded: Vec::new(),
    };
    let ram_bound = if budget.ram_kib > 0 {
        budget.ram_kib
    } else {
        board.ram_kib
    };
    let unbounded = image
        .cells
        .iter()
        .filter(|cell| Demand::of(cell).ram_kib.is_none())
        .map(|cell| cell.name.as_str().to_owned())
        .collect();
    let flash = [
        ("roots", total(&parts.roots)),
        ("volumes", total(&parts.volumes)),
        ("cells.bin", total(&parts.image)),
    ];
    vec![
        Area {
            unbounded,
            ..area("RAM of the cells at their limits", &parts.ram, ram_bound)
        },
        area("Flash of the roots", &parts.roots, budget.roots_kib),
        area(
            "Flash of the volumes when full",
            &parts.volumes,
            budget.volumes_kib,
        ),
        area("Flash of cells.bin", &parts.image, budget.image_kib),
        area("Flash of all of these", &flash, board.flash_kib),
    ]
}

pub(super) fn section(subject: &Subject<'_>) -> Markup {
    let areas = areas(&subject.opened.image, subject.bytes);
    html! {
        section #budgets {
            h2 { "RAM and flash" }
            p.about {
                "RAM is counted at the worst: every process of every cell at its limits, every memory file system full, "
                "every log ring full."
            }
            @for area in &areas { (bars::draw(area)) }
        }
    }
}
