//! The flash of a whole firmware: what follows what, and how full each part is.

use maud::{Markup, html};

use super::bars::{self, Area, scaled};
use super::shown::Bare;
use crate::size;

/// Width of the drawing.
const WIDTH: u64 = 720;
/// Narrowest part: it can still be seen.
const NARROWEST: u64 = 6;

/// Where a part begins and how wide it is, and how much of that is taken; in the units of the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Strip {
    x: u64,
    width: u64,
    used: u64,
}

/// Side by side, each as wide as its bound, or as what is taken if it has none or too small a one.
fn strips(areas: &[Area]) -> Vec<Strip> {
    let extent = |area: &Area| area.used.max(area.bound.unwrap_or_default());
    let whole: u64 = areas.iter().map(extent).sum::<u64>().max(1);
    let narrow = NARROWEST * u64::try_from(areas.len()).unwrap_or_default();
    let room = WIDTH.saturating_sub(narrow);
    let mut x = 0;
    areas
        .iter()
        .map(|area| {
            let width = NARROWEST + scaled(extent(area), room, whole);
            let strip = Strip {
                x,
                width,
                used: scaled(area.used, width, extent(area).max(1)),
            };
            x += width;
            strip
        })
        .collect()
}

pub(super) fn section(areas: &[Area]) -> Markup {
    html! {
        section #flash {
            h2 { "Flash of the firmware" }
            (map(areas))
            @for (number, area) in (1..).zip(areas) { (bars::draw(&numbered(number, area))) }
        }
    }
}

/// Its place in the drawing before its name.
fn numbered(number: usize, area: &Area) -> Area {
    Area {
        name: format!("{number}. {}", area.name),
        ..area.clone()
    }
}

fn map(areas: &[Area]) -> Markup {
    let list: Vec<_> = areas
        .iter()
        .map(|area| {
            let bound = area.bound.unwrap_or(area.used);
            format!(
                "{}: {} of {}",
                area.name,
                size::kib(area.used),
                size::kib(bound)
            )
        })
        .collect();
    html! {
        svg.bar.map viewBox={ "-1 -1 " (WIDTH + 2) " 33" } role="img" {
            title { "Parts of the flash, in order" }
            desc { (Bare(&list.join("; "))) }
            @for ((number, area), strip) in (1..).zip(areas).zip(strips(areas)) {
                rect.free x=(strip.x) y="0" width=(strip.width) height="18" {}
                rect.piece.shade0 x=(strip.x) y="0" width=(strip.used) height="18" {}
                text x=(strip.x + strip.width / 2) y="30" { (number) }
                @if area.excess() > 0 && strip.width > 30 {
                    text x=(strip.x + strip.width / 2) y="13" { "over" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(used: u64, bound: Option<u64>) -> Area {
        Area {
            used,
            bound,
            ..Area::default()
        }
    }

    #[test]
    fn parts_lie_side_by_side_and_fill_the_width_at_most() {
        let areas = [
            area(10, Some(64)),
            area(9000, Some(8192)),
            area(1, None),
            area(0, Some(0)),
            area(u64::MAX / 8, Some(u64::MAX / 4)),
        ];
        let strips = strips(&areas);
        let mut end = 0;
        for strip in &strips {
            assert_eq!(strip.x, end);
            assert!(strip.width >= NARROWEST && strip.used <= strip.width);
            end += strip.width;
        }
        assert!(end <= WIDTH, "{end}");
        assert_eq!(super::strips(&[area(4, Some(8))])[0].used, WIDTH / 2);
    }
}
