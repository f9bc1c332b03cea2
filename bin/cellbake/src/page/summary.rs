//! What the board is, in a few lines.

use maud::{Markup, html};

use super::Subject;
use super::shown::Shown;
use crate::facts::hex;
use crate::failure::count;
use crate::size;

pub(super) fn header(subject: &Subject<'_>) -> Markup {
    let opened = subject.opened;
    let board = &opened.image.board;
    html! {
        header {
            p.kind {
                "Board report"
                @if board.rescue { ", of the image for a device whose own was refused" }
            }
            h1 { (Shown(board.name)) }
            p.verdict { (verdict(subject)) }
            dl.facts {
                @for (name, value) in facts(subject) {
                    div { dt { (name) } dd { (value) } }
                }
                div.whole { dt { "sha256 of cells.bin" } dd { code.digest { (hex(&opened.digest)) } } }
            }
            @if let Some(from) = subject.board {
                @for note in &from.notes { p.note { strong { "Note: " } (Shown(note)) } }
            }
        }
    }
}

/// Whether everything fits.
fn verdict(subject: &Subject<'_>) -> Markup {
    let over = super::over_budget(subject);
    let unbounded = subject
        .areas()
        .iter()
        .any(|area| !area.unbounded.is_empty());
    html! {
        @if over.is_empty() && unbounded {
            "No budget is exceeded, but some cells have no bound on their memory."
        } @else if over.is_empty() {
            "Everything fits its budget."
        } @else {
            strong { "Over budget. " }
            @for line in &over { span.line { (Shown(line)) } }
        }
    }
}

fn facts(subject: &Subject<'_>) -> Vec<(&'static str, Markup)> {
    let image = &subject.opened.image;
    let board = &image.board;
    let by_hand = image.cells.iter().filter(|cell| !cell.autostart).count();
    let critical = image.cells.iter().filter(|cell| cell.critical).count();
    vec![
        ("architecture", html! { (Shown(board.arch)) }),
        ("RAM", html! { (size::kib(board.ram_kib.into())) }),
        ("flash", html! { (size::kib(board.flash_kib.into())) }),
        (
            "sealed",
            html! { @if board.sealed { "yes, when all have been started" } @else { "no" } },
        ),
        (
            "watchdog",
            html! {
                @match &board.watchdog {
                    Some(watchdog) => { code { (Shown(watchdog.device)) } ", " (watchdog.period_s) " s" }
                    None => "none",
                }
            },
        ),
        ("syslog", html! { code { (Shown(board.syslog)) } }),
        (
            "cells",
            html! { (image.cells.len()) ", " (critical) " critical, " (by_hand) " by hand" },
        ),
        ("volumes", html! { (image.volumes.len()) }),
        (
            "cells.bin",
            html! { (count(usize::try_from(subject.bytes).unwrap_or(usize::MAX), "byte")) },
        ),
        ("signature", html! { (signature(subject)) }),
    ]
}

/// What the device wants, and what the image has.
fn signature(subject: &Subject<'_>) -> &'static str {
    match (subject.opened.image.board.signed, subject.opened.signature) {
        (true, Some(_)) => "required; there is one, not verified here",
        (true, None) => "required, and there is none yet",
        (false, Some(_)) => "not required; there is one, not verified here",
        (false, None) => "not required",
    }
}
