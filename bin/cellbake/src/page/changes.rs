//! What is different from an earlier image.

use libcell::image::Opened;
use maud::{Markup, html};

use super::head;
use super::shown::Shown;
use crate::command::diff::{Change, changes};
use crate::facts::hex;

pub(super) fn section(earlier: &Opened<'_>, now: &Opened<'_>) -> Markup {
    let changes = changes(&earlier.image, &now.image);
    html! {
        section #changes {
            h2 { "Changes" }
            p.about {
                "Against an earlier image of " (Shown(earlier.image.board.name)) ", sha256 "
                code.digest { (hex(&earlier.digest)) } "."
            }
            @if changes.is_empty() {
                p { "There are none." }
            } @else {
                (table(&changes))
            }
        }
    }
}

fn table(changes: &[Change]) -> Markup {
    html! {
        table.list {
            caption { "What is different" }
            (head(&["Of", "Field", "Change"]))
            @for of_one in changes.chunk_by(|a, b| a.object == b.object) {
                tbody {
                    @for (position, change) in of_one.iter().enumerate() {
                        tr {
                            @if position == 0 {
                                th scope="rowgroup" rowspan=(of_one.len()) { (Shown(&change.object)) }
                            }
                            td { (change.field.unwrap_or_default()) }
                            td { (Shown(&change.what)) }
                        }
                    }
                }
            }
        }
    }
}
