//! `exec` and `enter`: what the new process is, and which status a failure has.

use cell_abi::{Handle, Limits, Profile};
use cell_core::Subject;
use libcell::platform::Errno;

use crate::machine::{Execution, Machine, policy};

const ENVIRONMENT: [&str; 7] = [
    "PATH=/sbin:/usr/sbin:/bin:/usr/bin",
    "HOME=/",
    "SHELL=/bin/sh",
    "TERM=vt100",
    "USER=root",
    "LOGNAME=root",
    "PS1=[web]# ",
];

fn machine() -> Machine {
    let machine = Machine::new();
    let mut limited = policy(Profile::High);
    limited.limits = Limits {
        processes: Some(9),
        nofile: Some(64),
        address_space_kib: Some(16 << 10),
        core_kib: Some(0),
    };
    machine.cell("web", limited);
    machine
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn executed(machine: &Machine, words: &[&str]) -> Execution {
    machine.run(words);
    machine.executed.take().expect("nothing was executed")
}

#[test]
fn a_shell_on_this_terminal_under_the_cells_limits_and_nothing_of_the_operators() {
    for words in [["enter", "web"], ["exec", "256"]] {
        let machine = machine();
        assert_eq!(
            executed(&machine, &words),
            Execution {
                command: strings(&["/bin/sh"]),
                environment: strings(&ENVIRONMENT),
                limits: strings(&["NoFile 64", "AddressSpace 16777216", "Core 0"]),
                enter: Some(("/sim/dev/cell".to_owned(), Handle::new(0, 1))),
                directory: "/".to_owned(),
                user: None,
                keeps_terminal: true,
            }
        );
    }
}

#[test]
fn a_cell_without_limits_sets_none() {
    let machine = Machine::new();
    machine.cell("web", policy(Profile::High));
    assert!(executed(&machine, &["exec", "web"]).limits.is_empty());
}

#[test]
fn options_after_the_cell_belong_to_the_command() {
    let machine = machine();
    let done = executed(
        &machine,
        &["exec", "web", "/bin/ls", "-l", "--", "-u", "--help", "help"],
    );
    assert_eq!(
        done.command,
        ["/bin/ls", "-l", "--", "-u", "--help", "help"]
    );
    let done = executed(&machine, &["exec", "web", "--", "/bin/help", "-x"]);
    assert_eq!(done.command, ["/bin/help", "-x"]);
}

#[test]
fn a_command_without_a_slash_is_looked_for_in_the_cell() {
    let machine = machine();
    *machine.files.borrow_mut() = strings(&["/bin/ps", "/cells/web/bin/ps", "/cells/web/sbin/ps"]);
    assert_eq!(
        executed(&machine, &["exec", "web", "ps", "-a"]).command,
        ["/sbin/ps", "-a"]
    );
    machine.fails(
        &["exec", "web", "top"],
        127,
        "top: execute: no such file or directory",
    );
    assert!(machine.executed.take().is_none());
    assert_eq!(
        executed(&machine, &["exec", "web", "bin/ps"]).command,
        ["bin/ps"]
    );
}

const WRONG_USER: &str = "not as uid[:gid[,group]...] in numbers, 16 groups at most";

#[test]
fn users_are_numbers() {
    let machine = machine();
    for (text, user) in [
        ("1000", (1000, 1000, vec![])),
        ("1000:20", (1000, 20, vec![])),
        ("0:0,5,6", (0, 0, vec![5, 6])),
    ] {
        let done = executed(&machine, &["exec", "-u", text, "web"]);
        assert_eq!(done.user, Some(user), "{text}");
    }
    let done = executed(&machine, &["enter", "-u", "1000", "web"]);
    assert_eq!(
        done.environment[4..],
        ["USER=1000", "LOGNAME=1000", "PS1=[web]$ "]
    );
    for text in [
        "www",
        "",
        "1000:",
        ":5",
        "1000:5,",
        "-1",
        "4294967295",
        "0:4294967295",
    ] {
        let line = format!("{text}: user: {WRONG_USER}");
        machine.fails(&["exec", "-u", text, "web"], 64, &line);
    }
    let many = format!("0:{}", ["1"; 18].join(","));
    machine.fails(
        &["exec", "-u", &many, "web"],
        64,
        &format!("{many}: user: {WRONG_USER}"),
    );
}

#[test]
fn variables_are_added_or_replace() {
    let machine = machine();
    let done = executed(
        &machine,
        &["exec", "-e", "TERM=xterm", "-e", "A=b=c", "-e", "B=", "web"],
    );
    let mut wanted = strings(&ENVIRONMENT);
    wanted.remove(3);
    wanted.extend(strings(&["TERM=xterm", "A=b=c", "B="]));
    assert_eq!(done.environment, wanted);
    for text in ["TERM", "", "=x"] {
        let line = format!("{text}: variable: not as NAME=value");
        machine.fails(&["exec", "-e", text, "web"], 64, &line);
    }
}

#[test]
fn a_failure_is_of_entering_or_of_executing() {
    let machine = machine();
    let words = ["exec", "web", "/bin/x"];
    for (errno, status, line) in [
        (
            Errno::ENOENT,
            127,
            "/bin/x: execute: no such file or directory",
        ),
        (Errno::EACCES, 126, "/bin/x: execute: permission denied"),
        (Errno::ENOEXEC, 126, "/bin/x: execute: not an executable"),
        (Errno::E2BIG, 126, "/bin/x: execute: argument list too long"),
        (Errno::ENOMEM, 126, "/bin/x: execute: out of memory"),
        (Errno::EPERM, 1, "web: enter: operation not permitted"),
        (
            Errno::EBUSY,
            1,
            "web: enter: it has more than one thread here, or a directory open",
        ),
        (Errno::ESTALE, 1, "web: enter: stale handle"),
        (Errno::EAGAIN, 1, "web: enter: temporarily unavailable"),
    ] {
        machine.exec_error.set(errno);
        machine.fails(&words, status, line);
    }
}

#[test]
fn nothing_is_started_for_who_may_not_or_where_nothing_is() {
    let machine = machine();
    machine.fails(&["exec", "mail"], 1, "mail: look up: no such cell");
    machine.fails(
        &["exec", "999"],
        1,
        "999: look up: no such cell; name:123 is the cell named 123",
    );
    let inside = Subject {
        cell: Handle::new(0, 1),
        root: true,
    };
    machine.who.set(inside);
    machine.fails(&["exec", "web"], 1, "web: look up: not from inside a cell");
    machine.fails(
        &["exec", "256"],
        1,
        "/sim/dev/cell: list: not from inside a cell",
    );
    assert!(machine.executed.take().is_none());
}
