//! Every check of a cell's own values: what is said of a mistake, and where.

mod scratch;

use scratch::{BOARD, CELL, Scratch, after_board, after_cell, in_cell, one};

#[test]
fn the_board_the_cases_begin_with_has_none() {
    assert_eq!(Scratch::new(&[]).mistakes(), Vec::<String>::new());
}

#[test]
fn unknown_keys_are_refused_with_what_was_meant() {
    in_cell("autostrat = true", "`autostrat` is not a key of a cell", 1);
    let mistakes =
        Scratch::new(&[("cells/a.toml", &format!("autostrat = true\n{CELL}"))]).mistakes();
    assert!(
        mistakes[0].contains("did you mean `autostart`?"),
        "{}",
        mistakes[0]
    );
    after_board("[budgets]", "`budgets` is not a key of a board", "12:2");
    after_cell("[log]\ncolour = 1", "`colour` is not a key of [log]", "7:1");
}

#[test]
fn values_of_the_wrong_kind() {
    in_cell(
        "autostart = \"yes\"",
        "`autostart` must be true or false",
        13,
    );
    in_cell(
        "ports = \"tcp/80\"",
        "`ports` must be a list, [\"like\", \"this\"]",
        9,
    );
    in_cell("description = 1", "`description` must be a text", 15);
    in_cell("restart = 1", "`restart` must be a table", 11);
    after_cell(
        "[limits]\nnofile = 2",
        "`nofile` must be from 3 to 1048576",
        "7:10",
    );
    after_cell(
        "[limits]\ndata = \"1X\"",
        "`data`: `X` is no unit of size",
        "7:8",
    );
}

#[test]
fn what_is_no_toml_is_shown_and_the_rest_still_read() {
    let cell = CELL.replacen("\n\n", "\nports = tcp/80\n\n", 1);
    let mistakes = Scratch::new(&[("cells/a.toml", &cell)]).mistakes();
    assert!(mistakes[0].contains("error: not TOML"), "{mistakes:?}");
    assert!(mistakes[0].contains("cells/a.toml:2:9"), "{mistakes:?}");
}

#[test]
fn names() {
    one(
        &[("cells/bad name.toml", CELL)],
        "`bad name` is not a name for a cell: byte 0x20 is not allowed",
        "cells/bad name.toml:1:1",
    );
    one(
        &[("cells/A.toml", CELL)],
        "a second cell named `a`",
        "cells/a.toml:1:1",
    );
    one(
        &[("volumes/-x.toml", "budget = \"1M\"\n")],
        "`-x` is not a name for a volume: begins with \"-\"",
        "volumes/-x.toml:1:1",
    );
}

#[test]
fn more_cells_than_a_kernel_has() {
    let names: Vec<String> = (0..64)
        .map(|number| format!("cells/c{number:02}.toml"))
        .collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), CELL)).collect();
    one(
        &files,
        "65 cells, and there can be 64",
        "cells/c63.toml:1:1",
    );
}

#[test]
fn descriptions() {
    let long = "x".repeat(80);
    in_cell(
        &format!("description = \"{long}\""),
        "a description of 80 bytes, and it may have 79",
        15,
    );
    in_cell(
        "description = \"two\\nlines\"",
        "a description with a control character",
        15,
    );
}

#[test]
fn ports() {
    in_cell(
        "ports = [\"tcp/80800\"]",
        "`ports`: port 80800 is above 65535",
        10,
    );
    in_cell(
        "ports = [\"sctp/80\"]",
        "`ports`: `sctp` is not tcp or udp",
        10,
    );
    in_cell("ports = [0]", "`ports`: port 0 cannot be reserved", 10);
    in_cell(
        "ports = [\"90-80\"]",
        "`ports`: the first port is above the last",
        10,
    );
    in_cell("ports = [49152]", "49152 is in the ephemeral range", 10);
    in_cell(
        "ports = [\"80\", \"tcp/70-80\"]",
        "port tcp/70-80 is reserved already",
        16,
    );
    let other = CELL.replacen("\n\n", "\nports = [\"udp/5000-5010\"]\n\n", 1);
    let cell = CELL.replacen("\n\n", "\nports = [\"tcp/5005\", \"udp/5010\"]\n\n", 1);
    one(
        &[("cells/a.toml", &other), ("cells/b.toml", &cell)],
        "port udp/5010 is reserved already",
        "cells/b.toml:2:22",
    );
    let many: Vec<String> = (1..=17).map(|port| (port * 10).to_string()).collect();
    in_cell(
        &format!("ports = [{}]", many.join(",")),
        "more than 16 reservations",
        65,
    );
}

#[test]
fn dependencies() {
    in_cell("depends = [\"b\"]", "there is no cell `b`", 12);
    in_cell("depends = [\"a\"]", "`a` depends on itself", 12);
    let on = |names: &str| CELL.replacen("\n\n", &format!("\ndepends = [{names}]\n\n"), 1);
    one(
        &[
            ("cells/a.toml", &on("\"c\"")),
            ("cells/b.toml", &on("\"a\"")),
            ("cells/c.toml", &on("\"b\"")),
        ],
        "cells wait for one another: a -> c -> b -> a",
        "cells/a.toml:2:12",
    );
    one(
        &[("cells/b.toml", &on("\"a\", \"a\""))],
        "`a` is said twice",
        "cells/b.toml:2:17",
    );
}

#[test]
fn users_and_groups() {
    in_cell(
        "user = \"www\"",
        "there is no user `www` in the board's passwd",
        8,
    );
    in_cell("group = \"www\"", "there is no group `www`", 9);
    in_cell("groups = [\"www\"]", "there is no group `www`", 11);
    in_cell("user = \"root\"", "`a` would run as root", 8);
    in_cell("user = 0", "`a` would run as root", 8);
    in_cell(
        "user = 7\nroot = true",
        "`root = true` and a user that is not root",
        8,
    );
    one(
        &[(
            "board.toml",
            &BOARD.replace("[users]\nrange = [5000, 5999]\n", ""),
        )],
        "1 of the cells name no user, and the board has no range of uids for them",
        "board.toml:1:1",
    );
    one(
        &[
            ("board.toml", &BOARD.replace("5999]", "5000]")),
            ("cells/b.toml", CELL),
        ],
        "no uid is left in this range for `b`",
        "board.toml:7:9",
    );
    one(
        &[
            (
                "board.toml",
                &BOARD.replace("5999]", "5000]\npasswd = \"pw\""),
            ),
            ("files/pw", "x:*:5000:1::/:/\n"),
        ],
        "uid 5000 of this range is `x` in the board's passwd",
        "board.toml:7:9",
    );
    one(
        &[
            (
                "board.toml",
                &BOARD.replace("5999]", "5999]\npasswd = \"pw\""),
            ),
            ("files/pw", "ok:*:1:1::/:/\nbad\n"),
        ],
        "not a line of passwd(5) or group(5)",
        "files/pw:2:1",
    );
}

#[test]
fn profiles_and_operations() {
    in_cell("profile = \"hihg\"", "there is no profile `hihg`", 11);
    in_cell(
        "allow = [\"vnode.exce\"]",
        "there is no operation `vnode.exce`",
        10,
    );
    in_cell(
        "allow = [\"process.fork\"]",
        "process.fork is allowed without it",
        10,
    );
    in_cell(
        "deny = [\"network.raw\"]",
        "network.raw is denied without it",
        9,
    );
    after_board(
        "[profiles.high]\nbase = \"high\"",
        "the profile `high` is every board's",
        "12:11",
    );
    after_board(
        "[profiles.own]\nbase = \"hgih\"",
        "there is no profile `hgih`",
        "13:8",
    );
}

#[test]
fn logs() {
    after_cell(
        "[log]\nfacility = \"deamon\"",
        "`facility`: `deamon` is no facility; did you mean `daemon`?",
        "7:12",
    );
    after_cell(
        "[log]\nstderr = \"loud\"",
        "`stderr`: `loud` is no level",
        "7:10",
    );
    after_cell("[log]\ntag = \"a b\"", "not a tag for syslog", "7:7");
    after_cell(
        &format!("[log]\ntag = \"{}\"", "x".repeat(64)),
        "not a tag for syslog",
        "7:7",
    );
    after_board(
        "[defaults.log]\ntag = \"x\"",
        "one tag for all cells",
        "13:7",
    );
    after_cell("[log]\nring = \"1\"", "`ring` must be from 1K to 1M", "7:8");
}

#[test]
fn times() {
    in_cell(
        "stop_grace = \"1h\"",
        "`stop_grace` must be from 0s to 10m",
        14,
    );
    in_cell("stop_grace = \"5\"", "`stop_grace`: has no unit", 14);
    after_cell(
        "[restart]\nstable = \"10ms\"",
        "`stable` must be from 1s to 1h",
        "7:10",
    );
    let health = "[health]\ncommand = [\"/bin/prog\"]\n";
    after_cell(
        &format!("{health}interval = \"0s\""),
        "`interval` must be from 1s to 1h",
        "8:12",
    );
    after_cell(
        &format!("{health}timeout = \"11m\""),
        "`timeout` must be from 100ms to 10m",
        "8:11",
    );
    after_cell(
        &format!("{health}retries = 0"),
        "`retries` must be from 1 to 100",
        "8:11",
    );
    after_board(
        "[watchdog]\ndevice = \"/dev/watchdog\"\nperiod = \"1s\"",
        "`period`: must be whole seconds from 3s to 1h",
        "14:10",
    );
}

#[test]
fn readiness() {
    in_cell(
        "ready = \"healthy\"",
        "ready when healthy, and no [health]",
        9,
    );
    in_cell(
        "ready = \"soon\"",
        "`ready`: `soon` is no way to be ready",
        9,
    );
    in_cell(
        "ready = \"exited\"",
        "ready when it has exited, and it is always started again",
        9,
    );
}

#[test]
fn devices() {
    let device = |path: &str| format!("[[devices]]\npath = \"{path}\"");
    after_cell(
        &device("gpio0"),
        "`gpio0` is not the path of a device",
        "7:8",
    );
    after_cell(
        &device("/dev/../x"),
        "`/dev/../x` is not the path of a device",
        "7:8",
    );
    after_cell(&device("/dev/null"), "every cell has /dev/null", "7:8");
    after_cell(
        &device("/dev/kmem"),
        "no cell may have /dev/kmem: it is the kernel's memory",
        "7:8",
    );
    after_cell(
        &format!("{}\naccess = \"rw\"", device("/dev/gpio0")),
        "`access`: `rw` is no access",
        "8:10",
    );
    let many: Vec<String> = (0..9)
        .map(|unit| device(&format!("/dev/gpio{unit}")))
        .collect();
    after_cell(
        &many.join("\n"),
        "9 devices, and 8 are left beside the standard ones",
        "23:8",
    );
}

#[test]
fn environments() {
    in_cell(
        "environment = { \"1A\" = \"x\" }",
        "`1A` is not a name for an environment",
        17,
    );
    in_cell(
        "environment = { \"A=B\" = \"x\" }",
        "`A=B` is not a name for an environment",
        17,
    );
    in_cell("environment = { A = 1 }", "`A` must be a text", 21);
    let many: Vec<String> = (0..33).map(|number| format!("A{number} = \"\"")).collect();
    one(
        &[(
            "cells/a.toml",
            &format!("environment = {{ {} }}\n{CELL}", many.join(", ")),
        )],
        "33 entries of environment, and there can be 32",
        "cells/a.toml:1:1",
    );
}

#[test]
fn a_sealed_board_with_a_cell_that_is_not_started() {
    let board = format!("sealed = true\n{BOARD}");
    let cell = format!("autostart = false\n{CELL}");
    one(
        &[("board.toml", &board), ("cells/a.toml", &cell)],
        "`a` could never be started",
        "cells/a.toml:1:13",
    );
}

#[test]
fn no_text_makes_it_panic() {
    use proptest::prelude::*;
    let scratch = Scratch::new(&[]);
    let whole = include_str!("golden/whole-cell.toml");
    let plan =
        "DIR /a mode=0755\nFILE_BEGIN /b\nx\nFILE_END\nLINE /b | y\nSYMLINK b /c\nEXEC true\n";
    scratch.write("cells/a.toml", whole);
    scratch.write("plans/a.apply", plan);
    assert_eq!(scratch.mistakes(), Vec::<String>::new());
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let edit = (
        any::<prop::sample::Index>(),
        0..12usize,
        "[a-z\\[\\]{}=\"'/.,0-9\\n\u{e9}\u{1f600}]{0,6}",
    );
    proptest!(config, |(edits in prop::collection::vec(edit, 1..4), of_plan in any::<bool>())| {
        let mut text: Vec<char> = if of_plan { plan } else { whole }.chars().collect();
        for (at, remove, insert) in edits {
            let from = at.index(text.len() + 1).min(text.len());
            let to = (from + remove).min(text.len());
            text.splice(from..to, insert.chars());
        }
        let text: String = text.into_iter().collect();
        let (cell, plan) = if of_plan { (whole, text.as_str()) } else { (text.as_str(), plan) };
        scratch.write("cells/a.toml", cell);
        scratch.write("plans/a.apply", plan);
        let _ = scratch.load().map_err(|why| why.to_string());
    });
}
