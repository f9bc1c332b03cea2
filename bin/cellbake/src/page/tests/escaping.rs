//! Whatever a definition says, it is shown and never obeyed.

use libcell::image::{DeviceNode, Health, Image, Ownership, PlanStep, Watchdog};
use proptest::prelude::*;

use super::super::Area;
use super::super::shown::{Bare, Shown};
use super::parsed::Parsed;
use super::{page, sample};
use maud::Render;

/// Pieces that mean something to HTML, CSS, SVG or a reader's eye.
fn pieces() -> impl Strategy<Value = String> {
    let special = prop_oneof![
        Just("<script>alert(1)</script>"),
        Just("</style><script>"),
        Just("</title>"),
        Just("<!--"),
        Just("-->"),
        Just("]]>"),
        Just("\" onload=\"x"),
        Just("' onclick='x"),
        Just("&lt;"),
        Just("&#x3c;"),
        Just("&amp"),
        Just("javascript:"),
        Just("\u{202e}"),
        Just("\u{200b}"),
        Just("\u{85}"),
        Just("\u{fdd0}"),
        Just("\u{fffe}"),
        Just("url(http://x)"),
        Just("</svg>"),
        Just("}"),
    ];
    let any = "[ -~\u{a0}-\u{2ff}\u{2000}-\u{206f}]{0,6}";
    proptest::collection::vec(prop_oneof![special.prop_map(str::to_owned), any], 1..4)
        .prop_map(|pieces| pieces.concat())
}

/// As the text of a page has it when it was escaped: what is not seen by its number.
fn read(text: &str) -> String {
    Parsed::of(&Shown(text).render().into_string()).text
}

/// Short enough for a field, on a boundary of characters.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev();
    let end = end.into_iter().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_of_a_definition_is_shown_and_never_obeyed(
        texts in proptest::collection::vec(pieces(), 12),
    ) {
        let short: Vec<&str> = texts.iter().map(|text| cut(text, 60)).collect();
        let in_path: Vec<String> = short
            .iter()
            .map(|text| text.replace('/', "|"))
            .map(|text| if text.is_empty() || text == "." || text == ".." { "x".to_owned() } else { text })
            .collect();
        let path = |which: usize| format!("/dev/{}{which}", in_path[which]);
        let paths: Vec<String> = (0..12).map(path).collect();
        let environment = format!("{}=x", short[1].replace('=', "x").replace("", "N"));
        let mut image: Image<'_> = sample();
        image.board.syslog = &paths[0];
        image.board.watchdog = Some(Watchdog { device: &paths[1], period_s: 30 });
        image.volumes[0].path = &paths[2];
        let target = paths[3].replace("/dev/", "/srv/");
        let inside = format!("{target}/{}", in_path[4]);
        let owner = Ownership { mode: 0o644, uid: 1, gid: 1 };
        for cell in &mut image.cells {
            cell.description = short[5];
            cell.command = vec![&paths[6], short[7], ""];
            cell.environment = vec![&environment];
            cell.directory = &paths[8];
            cell.devices = vec![DeviceNode { path: &paths[9], ..cell.devices[0].clone() }];
            cell.health = Some(Health {
                command: vec![&paths[10], short[11]],
                interval_ms: 1, timeout_ms: 1, retries: 1, start_period_ms: 0,
            });
            cell.log.tag = if short[0].is_empty() { "x" } else { short[0] };
            cell.plan = Vec::new();
            let Some(mount) = cell.mounts.first_mut() else { continue };
            mount.target = &target;
            cell.mounts.truncate(1);
            cell.plan = vec![
                PlanStep::Directory { path: &inside, owner },
                PlanStep::File { path: &inside, content: short[2].as_bytes(), owner },
                PlanStep::File { path: &inside, content: b"\xff<b>", owner },
                PlanStep::Line { path: &inside, text: short[3] },
                PlanStep::Link { path: &inside, target: short[6] },
                PlanStep::Execute(short[9]),
            ];
        }
        let flash = [Area {
            name: texts[10].clone(),
            used: 10,
            bound: Some(5),
            contributors: vec![(texts[11].clone(), 8), (cut(&texts[0], 9).to_owned(), 2)],
            unbounded: vec![texts[1].clone()],
        }];
        let parsed = Parsed::of(&page(&image, &flash));
        parsed.assert_harmless();
        let texts_shown = [
            short[2], short[3], short[5], short[6], short[9], &environment, &inside, &target,
            &texts[10], &texts[11], &texts[1],
        ];
        for text in texts_shown.into_iter().chain(paths.iter().take(3).map(String::as_str)) {
            prop_assert!(parsed.text.contains(&read(text)), "{:?}", text);
        }
        for which in [6, 8, 9, 10] {
            // a word of a command may stand in quotes
            let quoted = paths[which].replace('\\', "\\\\").replace('"', "\\\"");
            let shown = [&paths[which], &quoted].map(|path| read(path));
            prop_assert!(shown.iter().any(|path| parsed.text.contains(path)), "{:?}", shown);
        }
    }

    #[test]
    fn any_text_is_escaped_alike_with_and_without_a_box(text in any::<String>()) {
        let bare = Bare(&text).render().into_string();
        let parsed = Parsed::of(&bare);
        parsed.assert_harmless();
        prop_assert!(parsed.elements.is_empty());
        let boxed = Parsed::of(&Shown(&text).render().into_string());
        boxed.assert_harmless();
        prop_assert_eq!(parsed.text, boxed.text);
    }
}
