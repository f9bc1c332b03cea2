//! `cellbake report`: what it writes, and how it ends.

mod scratch;

use std::fs;
use std::path::Path;

use scratch::{BOARD, CELL, Scratch, run, text};

/// The report of what is at `what`, the exit status and what was said on standard error.
fn report(what: &Path, more: &[&str]) -> (String, Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.html");
    let (what, path) = (what.display().to_string(), file.display().to_string());
    let mut arguments = vec!["report", &what, "-o", &path];
    arguments.extend(more);
    let output = run(&arguments);
    let page = fs::read_to_string(&file).unwrap_or_default();
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert!(left.len() <= 1, "left over: {left:?}");
    (page, output.status.code(), text(&output.stderr))
}

#[test]
fn a_board_is_reported_with_what_only_its_definitions_know() {
    let board =
        format!("{BOARD}\n[profiles.kiosk]\nbase = \"medium\"\ndeny = [\"network.bind\"]\n");
    let cell = format!("profile = \"kiosk\"\nallow = [\"network.raw\"]\nuser = 77\n{CELL}");
    let scratch = Scratch::new(&[("board.toml", &board), ("cells/web.toml", &cell)]);
    let (page, status, said) = report(scratch.path(), &[]);
    assert_eq!((status, said.as_str()), (Some(0), ""));
    for what in [
        "<h1>small</h1>",
        "id=\"cell-a\"",
        "id=\"cell-web\"",
        "<dd>web (77)</dd>",
        "<dt>also may</dt><dd>network.raw</dd>",
        "<dt>entries</dt><dd>4 files, 3 directories</dd>",
        "<em>kiosk, made from medium</em>",
        "No budget is exceeded, but some cells have no bound",
    ] {
        assert!(page.contains(what), "no {what}");
    }
}

#[test]
fn the_same_board_elsewhere_has_the_same_report() {
    let (one, other) = (Scratch::new(&[]), Scratch::new(&[]));
    let one = report(one.path(), &[]);
    assert_eq!(one, report(other.path(), &[]));
    assert!(!one.0.contains("/tmp"), "a path of the build host");
}

#[test]
fn an_image_alone_is_reported_too() {
    let scratch = Scratch::new(&[]);
    let (page, status, said) = report(&scratch.bake(), &[]);
    assert_eq!((status, said.as_str()), (Some(0), ""));
    assert!(page.contains("<em>high</em>") && page.contains("id=\"cell-a\""));
}

#[test]
fn changes_against_an_earlier_image_are_listed() {
    let before = Scratch::new(&[("cells/old.toml", CELL)]).bake_to_bytes();
    let changed = format!("ports = [\"tcp/80\"]\n{CELL}");
    let after = Scratch::new(&[("cells/a.toml", &changed)]);
    let earlier = after.path().join("earlier.bin");
    fs::write(&earlier, before).unwrap();
    let against = earlier.display().to_string();
    let (page, status, _) = report(after.path(), &["--against", &against]);
    assert_eq!(status, Some(0));
    for row in [
        "<td>ports</td><td>+tcp/80</td>",
        ">cell old</th><td></td><td>removed</td>",
        "href=\"#changes\"",
    ] {
        assert!(page.contains(row), "no {row}");
    }
    let same = after.bake().display().to_string();
    let (page, ..) = report(after.path(), &["--against", &same]);
    assert!(page.contains("There are none."));
    let (page, ..) = report(after.path(), &[]);
    assert!(!page.contains("id=\"changes\""));
}

#[test]
fn a_board_over_its_budget_is_reported_and_fails() {
    let board = format!("{BOARD}\n[budget]\nvolumes = \"1K\"\n");
    let scratch = Scratch::new(&[
        ("board.toml", &board),
        ("volumes/v.toml", "budget = \"5K\"\n"),
    ]);
    let (page, status, said) = report(scratch.path(), &[]);
    assert_eq!(status, Some(1));
    assert!(
        said.contains("flash of the volumes: 5 KiB, and there are 1 KiB"),
        "{said}"
    );
    assert!(page.contains("over by 4 KiB") && page.contains("Over budget."));
}

#[test]
fn an_image_over_its_budget_is_reported_and_fails() {
    let scratch = Scratch::new(&[]);
    let image = scratch.bake();
    let bytes = fs::read(&image).unwrap();
    let mut model = libcell::image::open(&bytes).unwrap().image;
    model.board.flash_kib = 1;
    fs::write(&image, libcell::image::write(&model).unwrap()).unwrap();
    let (page, status, said) = report(&image, &[]);
    assert_eq!(status, Some(1));
    assert!(
        said.contains(": over budget: Flash of roots, volumes and cells.bin: "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(page.contains("over by "));
}

#[test]
fn a_board_with_other_mistakes_or_no_board_leaves_no_report() {
    let board = format!("{BOARD}\n[budget]\nvolumes = \"1K\"\n");
    let scratch = Scratch::new(&[
        ("board.toml", &board),
        ("volumes/v.toml", "budget = \"5K\"\n"),
        ("cells/b.toml", &CELL.replace("/bin/prog", "/bin/none")),
    ]);
    let (page, status, said) = report(scratch.path(), &[]);
    assert_eq!((page.as_str(), status), ("", Some(1)));
    assert!(said.contains("/bin/none"), "{said}");
    for what in ["nothing", "board.toml"] {
        let (page, status, said) = report(&scratch.path().join(what), &[]);
        assert_eq!((page.as_str(), status), ("", Some(1)));
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let good = Scratch::new(&[]);
    let (page, status, said) = report(good.path(), &["--against", "/nonexistent"]);
    assert_eq!((page.as_str(), status), ("", Some(1)));
    assert!(said.contains("/nonexistent: cannot be read"), "{said}");
}

#[test]
fn a_report_that_cannot_be_written_is_one_line() {
    let scratch = Scratch::new(&[]);
    let board = scratch.path().display().to_string();
    let output = run(&["report", &board, "-o", "/nonexistent/report.html"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("cannot be written") && said.lines().count() == 1,
        "{said}"
    );
}
