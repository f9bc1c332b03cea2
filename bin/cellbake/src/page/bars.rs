//! Bars: how much of something is taken, by whom, and what there is of it.

use maud::{Markup, html};

use super::amounts::share;
use super::shown::{Bare, Shown};
use crate::size;

/// Something of which there is only so much: a budget, or a part of the flash. Everything in KiB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Area {
    /// Of what.
    pub name: String,
    /// What is taken of it.
    pub used: u64,
    /// What there is of it, if that was said.
    pub bound: Option<u64>,
    /// Who takes how much. What they do not account for is shown as "other"; they may come to more, where they share.
    pub contributors: Vec<(String, u64)>,
    /// Who may take any amount.
    pub unbounded: Vec<String>,
}

/// Width of a bar, in the units of its drawing.
const WIDTH: u64 = 720;
/// Of a character in it.
const CHARACTER: u64 = 6;

/// A piece of a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub x: u64,
    pub width: u64,
    /// What is written on it; empty if it does not fit.
    pub label: String,
}

/// A bar in its drawing's units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// One for each contributor, side by side; some may have no width.
    pub pieces: Vec<Piece>,
    /// Where what is taken ends.
    pub used: u64,
    /// Where what there is ends.
    pub bound: Option<u64>,
}

impl Area {
    /// What is taken beyond what there is.
    pub(crate) fn excess(&self) -> u64 {
        self.bound
            .map_or(0, |bound| self.used.saturating_sub(bound))
    }

    /// The contributors, the largest first, and what they leave unexplained.
    pub(super) fn parts(&self) -> Vec<(String, u64)> {
        let mut parts: Vec<_> = self.contributors.clone();
        parts.retain(|(_, kib)| *kib > 0);
        parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let known = sum_of(&parts);
        if let Some(rest) = self.used.checked_sub(known).filter(|rest| *rest > 0)
            && !parts.is_empty()
        {
            parts.push(("other".to_owned(), rest));
        }
        parts
    }
}

/// Draws to scale: the whole width is what is taken or what there is, whichever is more.
pub(super) fn bar(area: &Area) -> Bar {
    let whole = area.used.max(area.bound.unwrap_or_default()).max(1);
    let at = |kib: u64| scaled(kib, WIDTH, whole);
    let parts = area.parts();
    let sum = sum_of(&parts).max(1);
    let used = at(area.used);
    // side by side they fill what is taken, also where they share
    let at_part = |kib: u64| scaled(kib, used, sum);
    let mut before = 0u64;
    let pieces = parts
        .into_iter()
        .map(|(name, kib)| {
            let x = at_part(before);
            before = before.saturating_add(kib);
            let width = at_part(before) - x;
            let length = u64::try_from(name.chars().count()).unwrap_or(u64::MAX);
            let fits = length.saturating_add(1).saturating_mul(CHARACTER) <= width;
            Piece {
                x,
                width,
                label: if fits { name } else { String::new() },
            }
        })
        .collect();
    Bar {
        pieces,
        used,
        bound: area.bound.map(at),
    }
}

/// A part of a whole, of so much width.
pub(super) fn scaled(part: u64, width: u64, whole: u64) -> u64 {
    let scaled = u128::from(part) * u128::from(width) / u128::from(whole);
    u64::try_from(scaled).unwrap_or(width).min(width)
}

fn sum_of(parts: &[(String, u64)]) -> u64 {
    let sizes = parts.iter().map(|(_, kib)| *kib);
    sizes.fold(0, u64::saturating_add)
}

/// The area under a heading, with its bar and all contributors.
pub(super) fn draw(area: &Area) -> Markup {
    let over = area.excess() > 0;
    html! {
        div.area.over[over] {
            h3 { (Shown(&area.name)) }
            p.sum { (sum(area)) }
            @if area.used > 0 || area.bound.is_some() { (figure(area)) }
            @if !area.parts().is_empty() {
                ol.parts {
                    @for (name, kib) in area.parts() {
                        li {
                            span.name { (Shown(&name)) }
                            span.size { (size::kib(kib)) }
                            span.share { (share(kib, sum_of(&area.parts()))) }
                        }
                    }
                }
            }
            @if !area.unbounded.is_empty() {
                p { strong { "No bound: " } (Shown(&area.unbounded.join(", "))) }
            }
        }
    }
}

/// In words what the bar shows.
pub(super) fn sum(area: &Area) -> Markup {
    let at_least = if area.unbounded.is_empty() {
        ""
    } else {
        "at least "
    };
    html! {
        (at_least) (size::kib(area.used))
        @match area.bound {
            Some(bound) => {
                " of " (size::kib(bound)) ", " (share(area.used, bound))
                @if area.excess() > 0 {
                    " " strong.verdict { "over by " (size::kib(area.excess())) }
                }
            }
            None => { ", no budget" }
        }
    }
}

fn figure(area: &Area) -> Markup {
    let bar = bar(area);
    let box_height = 18;
    html! {
        svg.bar viewBox={ "-1 -1 " (WIDTH + 2) " 23" } role="img" {
            title { (Bare(&area.name)) }
            desc { (Bare(&sum_text(area))) }
            @if let Some(bound) = bar.bound {
                rect.free x="0" y="0" width=(bound) height=(box_height) {}
            }
            @for (shade, piece) in (0..).zip(&bar.pieces) {
                rect.piece.{ "shade" (shade % 3) } x=(piece.x) y="0" width=(piece.width) height=(box_height) {}
            }
            @if bar.pieces.is_empty() {
                rect.piece.shade0 x="0" y="0" width=(bar.used) height=(box_height) {}
            }
            @if let Some(bound) = bar.bound.filter(|_| area.excess() > 0) {
                rect.excess x=(bound) y="0" width=(WIDTH - bound) height=(box_height) {}
                path.bound d={ "M" (bound) " -1V22" } {}
            }
            @for piece in bar.pieces.iter().filter(|piece| !piece.label.is_empty()) {
                text x=(piece.x + piece.width / 2) y="13" { (Bare(&piece.label)) }
            }
        }
    }
}

fn sum_text(area: &Area) -> String {
    let parts: Vec<_> = area
        .parts()
        .iter()
        .map(|(name, kib)| format!("{name} {}", size::kib(*kib)))
        .collect();
    let bound = area
        .bound
        .map_or_else(String::new, |bound| format!(" of {}", size::kib(bound)));
    format!("{}{bound}: {}", size::kib(area.used), parts.join(", "))
}

#[cfg(test)]
mod tests;
