//! The program: what it prints, and its exit status.

mod scratch;

use std::fs;

use miniserde::json::{self, Value};
use scratch::{BOARD, CELL, Scratch, run, text};

/// A definition with five mistakes.
const FIVE: &str = r#"description = "five mistakes"
autostrat = true
command = ["/bin/prgo", "-p", "80"]
ports = ["tcp/80800"]
depends = ["loger"]

[log]
facility = "deamon"

[contents]
copy = ["/bin/prog"]
"#;

#[test]
fn five_different_mistakes_are_all_shown_at_once() {
    let scratch = Scratch::new(&[("cells/a.toml", FIVE), ("cells/logger.toml", CELL)]);
    let board = scratch.path().display().to_string();
    let output = run(&["check", &board]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let said = text(&output.stderr).replace(&board, "BOARD");
    assert_eq!(said, include_str!("golden/five-mistakes.txt"));
}

#[test]
fn check_and_bake_say_what_they_did() {
    let scratch = Scratch::new(&[]);
    let board = scratch.path().display().to_string();
    let output = run(&["check", &board]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "small: 1 cell, 0 volumes, armv7: no mistakes\n"
    );
    let (image, roots) = (format!("{board}/out.bin"), format!("{board}/roots"));
    let output = run(&["bake", &board, "-o", &image, "--roots", &roots]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(fs::read(&image).unwrap(), scratch.load().unwrap().image);
    assert!(scratch.path().join("roots/a/bin/prog").exists());
    assert!(!scratch.path().join("out.bin.unfinished").exists());
}

#[test]
fn nothing_is_written_for_a_board_with_mistakes() {
    let scratch = Scratch::new(&[("cells/a.toml", FIVE)]);
    let board = scratch.path().display().to_string();
    let (image, roots) = (format!("{board}/out.bin"), format!("{board}/roots"));
    let output = run(&["bake", &board, "-o", &image, "--roots", &roots]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!scratch.path().join("out.bin").exists());
    assert!(!scratch.path().join("roots").exists());
}

#[test]
fn arguments_that_are_not_understood_are_64_and_one_line() {
    for arguments in [
        &["frobnicate"][..],
        &[],
        &["bake", "x"],
        &["inspect", "-T", "-J", "x"],
        &["import", "-o", "x"],
        &["check", "--colour", "x"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(
            said.starts_with("cellbake: ") && said.lines().count() == 1,
            "{said}"
        );
    }
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).starts_with("Usage: cellbake"));
}

#[test]
fn what_is_not_there_or_no_image_is_one_line() {
    let scratch = Scratch::new(&[]);
    let at = |path: &str| format!("{}/{path}", scratch.path().display());
    for (arguments, what) in [
        (vec!["check".to_owned(), at("none")], "cannot be read"),
        (vec!["inspect".to_owned(), at("none")], "cannot be read"),
        (
            vec!["inspect".to_owned(), at("board.toml")],
            "refused: not an image of cells",
        ),
        (
            vec!["diff".to_owned(), at("board.toml"), at("board.toml")],
            "refused",
        ),
        (vec!["size".to_owned(), at("board.toml")], "refused"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = text(&output.stderr);
        assert!(said.contains(what) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn inspect_shows_people_a_table_and_scripts_its_values() {
    let cell = format!("ports = [\"tcp/80\"]\n{CELL}");
    let scratch = Scratch::new(&[("cells/web.toml", &cell)]);
    let image = scratch.bake().display().to_string();
    let shown = text(&run(&["inspect", &image]).stdout);
    assert!(
        shown.starts_with("small: armv7, 64 MiB of RAM, 16 MiB of flash\n"),
        "{shown}"
    );
    assert!(
        shown
            .lines()
            .any(|line| line.starts_with("web ") && line.contains("tcp/80")),
        "{shown}"
    );
    let values = text(&run(&["inspect", "-T", &image]).stdout);
    let lines: Vec<Vec<&str>> = values
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(
        lines[0],
        [
            "NAME", "PROFILE", "UID", "AUTO", "READY", "DEPENDS", "PORTS", "RAM", "ROOT", "COMMAND"
        ]
    );
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (lines[2][0], lines[2][6], lines[2][7]),
        ("web", "tcp/80", "unlimited")
    );
    let without = text(&run(&["inspect", "-T", "-H", &image]).stdout);
    assert_eq!(values.split_once('\n').unwrap().1, without);
    let full = text(&run(&["inspect", &image, "web"]).stdout);
    assert!(
        full.contains("command                 /bin/prog\n"),
        "{full}"
    );
    let none = run(&["inspect", &image, "wbe"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(
        text(&none.stderr).contains("did you mean `web`?"),
        "{}",
        text(&none.stderr)
    );
}

#[test]
fn inspect_as_json_reads_back_as_it_was_written() {
    let cell =
        format!("description = \"quote \\\" and \\\\ and \\u00e9\"\nports = [\"tcp/80\"]\n{CELL}");
    let scratch = Scratch::new(&[("cells/web.toml", &cell)]);
    let image = scratch.bake().display().to_string();
    let shown = text(&run(&["inspect", "-J", &image]).stdout);
    let value: Value = json::from_str(&shown).unwrap();
    assert_eq!(format!("{}\n", json::to_string(&value)), shown);
    let Value::Object(document) = value else {
        panic!("{shown}");
    };
    let Some(Value::Array(cells)) = document.get("cells") else {
        panic!("{shown}");
    };
    let cells: Vec<_> = cells.iter().collect();
    let [_, Value::Object(web)] = cells.as_slice() else {
        panic!("{shown}");
    };
    assert!(matches!(web.get("name"), Some(Value::String(name)) if name == "web"));
    assert!(
        matches!(web.get("description"), Some(Value::String(text)) if text == "quote \" and \\ and \u{e9}")
    );
    assert!(matches!(web.get("autostart"), Some(Value::Bool(true))));
    assert!(matches!(web.get("processes"), Some(Value::Null)));
    assert!(matches!(web.get("ports"), Some(Value::Array(ports)) if ports.len() == 1));
}

#[test]
fn diff_says_what_changed_field_by_field() {
    let before = Scratch::new(&[("cells/old.toml", CELL)]);
    let changed = format!(
        "ports = [\"tcp/80\"]\nallow = [\"network.bind\"]\nstop_grace = \"1s\"\n{}",
        CELL.replacen("\"/bin/prog\"]", "\"/bin/prog\", \"-v\"]", 1)
    );
    let after = Scratch::new(&[("cells/a.toml", &changed), ("cells/new.toml", CELL)]);
    let images = [before.bake(), after.bake()].map(|image| image.display().to_string());
    let same = run(&["diff", &images[0], &images[0]]);
    assert_eq!(
        (same.status.code(), text(&same.stdout).as_str()),
        (Some(0), "")
    );
    let output = run(&["diff", &images[0], &images[1]]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout),
        "board: start_order: a old -> a new\n\
         cell a: profile: high -> custom\n\
         cell a: may: +network.bind\n\
         cell a: ports: +tcp/80\n\
         cell a: command: /bin/prog -> /bin/prog -v\n\
         cell a: stop_grace_ms: 5000 -> 1000\n\
         cell old: removed\n\
         cell new: added\n"
    );
}

#[test]
fn size_counts_what_limits_allow() {
    let limits = "\n[limits]\nprocesses = 4\ndata = \"1M\"\nstack = \"256K\"\n\n[[mounts]]\ntmpfs = \"64K\"\ntarget = \"/tmp\"\n";
    let board = format!("{BOARD}\n[budget]\nram = \"8M\"\n");
    let scratch = Scratch::new(&[
        ("board.toml", &board),
        ("cells/a.toml", &format!("{CELL}{limits}")),
        ("volumes/v.toml", "budget = \"512K\"\n"),
    ]);
    let path = scratch.path().display().to_string();
    let output = run(&["size", "-T", &path]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("volume v: no cell mounts it"),
        "{}",
        text(&output.stderr)
    );
    let said = text(&output.stdout);
    let line = |what: &str| {
        let line = said.lines().find(|line| line.starts_with(what)).unwrap();
        line.split('\t').map(str::to_owned).collect::<Vec<_>>()
    };
    // 4 x (1 MiB + 256 KiB) + 64 KiB + a ring of 4 KiB
    let ram = (4 * (1024 + 256) + 64 + 4) * 1024;
    // 1 KiB and a database of users of 3
    assert_eq!(line("cell")[2..], [ram.to_string(), "4096".to_owned()]);
    assert_eq!(
        line("volume")[2..],
        ["-".to_owned(), (512 * 1024).to_string()]
    );
    assert_eq!(line("budget\tram")[2], (8 * 1024 * 1024).to_string());
    let image = scratch.bake().display().to_string();
    let of_image = run(&["size", "-T", &image]);
    assert_eq!(text(&of_image.stdout), said);
}

#[test]
fn size_over_the_budget_of_an_image_names_the_largest() {
    let scratch = Scratch::new(&[("cells/b.toml", CELL)]);
    let image = scratch.bake();
    let bytes = fs::read(&image).unwrap();
    let mut model = libcell::image::open(&bytes).unwrap().image;
    for (cell, kib) in model.cells.iter_mut().zip([1000, 3000]) {
        cell.root_kib = kib;
    }
    model.board.roots_kib = 4000;
    model.board.budget.roots_kib = 2048;
    fs::write(&image, libcell::image::write(&model).unwrap()).unwrap();
    let output = run(&["size", &image.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.ends_with("flash of the roots: 4 MiB of 2 MiB: the largest: b 3 MiB, a 1000 KiB\n"),
        "{said}"
    );
}
