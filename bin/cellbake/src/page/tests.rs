//! The page as a parser of HTML sees it.

mod escaping;
mod parsed;
mod sample;

use libcell::image;

use super::*;
use parsed::Parsed;
use sample::sample;

fn page(image: &image::Image<'_>, flash: &[Area]) -> String {
    let bytes = image::write(image).unwrap();
    let opened = image::open(&bytes).unwrap();
    render(&Subject {
        opened: &opened,
        bytes: bytes.len() as u64,
        board: None,
        flash,
        earlier: Some(&opened),
    })
}

fn firmware() -> Vec<Area> {
    let area = |name: &str, used, bound| Area {
        name: name.to_owned(),
        used,
        bound: Some(bound),
        contributors: vec![("netbsd".to_owned(), used / 2)],
        unbounded: Vec::new(),
    };
    vec![area("root A <&>", 5000, 8192), area("data", 3000, 2048)]
}

#[test]
fn the_same_image_gives_the_same_page() {
    assert_eq!(page(&sample(), &firmware()), page(&sample(), &firmware()));
}

#[test]
fn the_page_is_well_formed_and_has_nothing_that_runs_or_is_fetched() {
    let parsed = Parsed::of(&page(&sample(), &firmware()));
    parsed.assert_harmless();
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    for link in parsed.values("href") {
        let name = link.strip_prefix('#');
        let inside = name.is_some_and(|name| parsed.values("id").any(|id| id == name));
        assert!(inside || link == "data:,", "{link}");
    }
    let mut ids: Vec<_> = parsed.values("id").collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id twice");
}

#[test]
fn headings_follow_each_other_and_every_header_cell_has_a_scope() {
    let parsed = Parsed::of(&page(&sample(), &firmware()));
    let mut level = 0;
    let mut tables = 0;
    for (name, attributes) in &parsed.elements {
        let heading = name.strip_prefix('h').and_then(|level| level.parse().ok());
        if let Some(next) = heading {
            assert!(next <= level + 1, "h{next} after h{level}");
            level = next;
        }
        match name.as_str() {
            "th" => assert!(attributes.contains_key("scope")),
            "table" => tables += 1,
            "svg" => assert_eq!(attributes.get("role").map(String::as_str), Some("img")),
            _ => {}
        }
    }
    assert_eq!(parsed.count("caption"), tables);
    let drawings = parsed.count("svg");
    assert_eq!(parsed.count("desc"), drawings);
    assert!(parsed.count("title") > drawings);
}

#[test]
fn every_cell_is_named_and_drawn() {
    let image = sample();
    let parsed = Parsed::of(&page(&image, &[]));
    let count = |class: &str| parsed.values("class").filter(|all| has(all, class)).count();
    fn has(all: &str, class: &str) -> bool {
        all.split(' ').any(|one| one == class)
    }
    assert_eq!(count("box"), image.cells.len());
    assert_eq!(count("cell"), image.cells.len());
    let waits: usize = image.cells.iter().map(|cell| cell.depends.len()).sum();
    assert_eq!(count("edge"), waits);
    for cell in &image.cells {
        let id = format!("cell-{}", cell.name);
        assert!(parsed.values("id").any(|one| one == id), "{id}");
    }
}

#[test]
fn what_does_not_fit_is_said_in_words() {
    let mut image = sample();
    image.board.roots_kib = 4;
    image.board.budget.roots_kib = 1;
    let text = Parsed::of(&page(&image, &firmware())).text;
    for said in [
        "Over budget.",
        "over by 3 KiB",
        "Flash of the roots: 4 KiB of 1 KiB",
        "data: 3 MiB of 2 MiB",
        "over by 952 KiB",
    ] {
        assert!(text.contains(said), "no `{said}` in {text}");
    }
    let text = Parsed::of(&page(&sample(), &[])).text;
    assert!(!text.contains("over by"), "{text}");
}

#[test]
fn the_largest_root_and_what_roots_share_are_told() {
    let mut image = sample();
    image.board.budget.root_kib = 4;
    image.board.roots_kib = 6;
    image.cells[1].root_kib = 5;
    let text = Parsed::of(&page(&image, &[])).text;
    let name = image.cells[1].name;
    let said = format!("Flash of the largest root, that of {name}: 5 KiB of 4 KiB");
    assert!(text.contains(&said), "no `{said}`");
    assert!(text.contains("Flash of the roots6 KiB of 10 MiB"));
}

#[test]
fn a_board_that_wants_a_signature_says_so() {
    let mut image = sample();
    image.board.signed = true;
    let text = Parsed::of(&page(&image, &[])).text;
    assert!(text.contains("required, and there is none yet"));
}

#[test]
fn a_cell_without_a_bound_on_its_memory_is_named() {
    let mut image = sample();
    image.cells[0].limits.processes = None;
    let text = Parsed::of(&page(&image, &[])).text;
    assert!(text.contains("No bound: logger"), "{text}");
}

#[test]
fn a_board_without_cells_has_a_page() {
    let mut image = sample();
    image.cells.clear();
    image.volumes.clear();
    Parsed::of(&page(&image, &[])).assert_harmless();
}
