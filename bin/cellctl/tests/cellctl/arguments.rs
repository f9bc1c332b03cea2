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
    assert!(all.lines().all(|line| line.len() <= 150));
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
            machine.fails(&all, 64, &format!("{command}: usage: {why}"));
        };
        refused(&["-H"], "-H needs -T");
        refused(&["-J", "-H"], "-H needs -T");
        refused(&["-T", "-J"], "-T or -J, not both");
    }
    machine.fails(&["policy", "-H", "web"], 64, "policy: usage: -H needs -T");
    for (words, why) in [
        (&["-h"][..], "-h needs -P"),
        (&["-T", "-h"], "-h needs -P"),
        (
            &["-P", "-T"],
            "-P is a format of its own: without -T and -J",
        ),
        (
            &["-P", "-J"],
            "-P is a format of its own: without -T and -J",
        ),
        (&["-v", "-T"], "-v is for people: without -T, -J and -P"),
        (&["-v", "-P"], "-v is for people: without -T, -J and -P"),
        (&["-P", "-s", "1"], "-P has totals: without -s"),
        (&["-s", "2"], "-s is 1 or 10"),
        (&["-s", "-1"], "-s is 1 or 10"),
    ] {
        let mut all = vec!["stats"];
        all.extend(words);
        machine.fails(&all, 64, &format!("stats: usage: {why}"));
    }
    assert_eq!(machine.ioctls.get(), 0);
}

#[test]
fn what_argh_refuses_is_one_line_about_the_command() {
    let machine = Machine::new();
    for (words, line) in [
        (
            &["frobnicate"][..],
            "frobnicate: usage: Unrecognized argument: frobnicate",
        ),
        (&["-x"], "arguments: usage: Unrecognized argument: -x"),
        (&["list", "-x"], "list: usage: Unrecognized argument: -x"),
        (&["list", "web"], "list: usage: Unrecognized argument: web"),
        (
            &["kill"],
            "kill: usage: Required positional arguments not provided: cell",
        ),
        (
            &["create"],
            "create: usage: Required positional arguments not provided: root Required options not provided: --name",
        ),
        (
            &["kill", "-s"],
            "kill: usage: No value provided for option '-s'.",
        ),
        (
            &[],
            "arguments: usage: One of the following subcommands must be present: help create destroy enter exec \
             kill list stats policy events seal",
        ),
    ] {
        machine.fails(words, 64, line);
    }
    assert_eq!(machine.ioctls.get(), 0);
}

#[test]
fn a_program_without_even_a_name_does_not_fall_over() {
    let machine = Machine::new();
    assert_eq!(cellctl::run(&machine, &[]), 64);
}
