//! Options that do not go together, help, and words that are none.

use crate::golden::compare;
use crate::machine::Machine;

const COMMANDS: [&str; 10] = [
    "create", "destroy", "enter", "exec", "kill", "list", "stats", "policy", "events", "seal",
];

#[test]
fn help_is_what_was_recorded() {
    let machine = Machine::new();
    let mut all = machine.done(&["--help"]);
    assert_eq!(all, machine.done(&["help"]));
    for command in COMMANDS {
        let help = machine.done(&[command, "--help"]);
        assert_eq!(help, machine.done(&["help", command]));
        all.push_str(&format!("\n--- {command}\n{help}"));
    }
    for line in all.lines() {
        assert!(line.len() <= 80, "a terminal has 80 columns: {line}");
    }
    compare("help", &all);
    assert_eq!(machine.ioctls.get(), 0);
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let machine = Machine::new();
    for command in ["list", "stats", "events"] {
        let refused = |words: &[&str], why: &str| {
            let mut all = vec![command];
            all.extend(words);
            machine.fails(&all, 64, &format!("{command}: {why}"));
        };
        refused(&["-H"], "-H: needs -T");
        refused(&["-J", "-H"], "-H: needs -T");
        refused(&["-TJ"], "-J: not with -T");
    }
    machine.fails(&["policy", "-H", "web"], 64, "policy: -H: needs -T");
    for (words, why) in [
        (&["-h"][..], "-h: needs -P"),
        (&["-T", "-h"], "-h: needs -P"),
        (&["-P", "-T"], "-P: not with -T"),
        (&["-P", "-J"], "-P: not with -J"),
        (&["-v", "-T"], "-v: not with -T, which has every column"),
        (&["-v", "-J"], "-v: not with -J, which has every column"),
        (&["-v", "-P"], "-v: not with -P"),
        (&["-P", "-s", "1"], "-P: not with -s: it has totals"),
        (&["-s", "2"], "-s: is 1 or 10"),
        (&["-s", "-1"], "-s: is 1 or 10"),
    ] {
        let mut all = vec!["stats"];
        all.extend(words);
        machine.fails(&all, 64, &format!("stats: {why}"));
    }
    assert_eq!(machine.ioctls.get(), 0);
}

#[test]
fn words_that_are_none_of_ours_are_named() {
    let machine = Machine::new();
    let none = "command: there is none of that name; help lists them";
    machine.fails(&["frobnicate"], 64, &format!("frobnicate: {none}"));
    machine.fails(&["-x"], 64, &format!("-x: {none}"));
    for (words, line) in [
        (&[][..], "arguments: command: missing; help lists them"),
        (&["list", "-x"], "list: -x: no such option"),
        (&["list", "web"], "list: web: one word too many"),
        (&["kill"], "kill: cell: missing"),
        (&["create"], "create: root: missing"),
        (&["create", "/cells/web"], "create: --name: missing"),
        (&["kill", "-s"], "kill: -s: needs a value"),
        (&["kill", "\u{1b}[2J", "x"], "kill: x: one word too many"),
        (&["list", "\n"], "list: ?: one word too many"),
    ] {
        machine.fails(words, 64, line);
    }
    assert_eq!(machine.ioctls.get(), 0);
}

#[test]
fn options_in_clusters_are_understood() {
    let machine = Machine::new();
    assert_eq!(
        machine.done(&["list", "-TH"]),
        machine.done(&["list", "-T", "-H"])
    );
    assert_eq!(
        machine.done(&["stats", "-Ph"]),
        machine.done(&["stats", "--http", "--prometheus"])
    );
}

#[test]
fn a_program_without_even_a_name_does_not_fall_over() {
    let machine = Machine::new();
    assert_eq!(cellctl::run(&machine, &[]), 64);
}
