//! `kill` and `destroy`.

use cell_abi::{Handle, Profile};
use cell_core::Subject;
use libcell::platform::signal;

use crate::machine::{Machine, policy};

#[test]
fn every_way_to_name_a_cell_reaches_it() {
    let machine = Machine::new();
    let web = machine.cell("web", policy(Profile::High));
    let digits = machine.cell("256", policy(Profile::High));
    machine.enter(web, 10);
    assert_eq!((web.raw(), digits.raw()), (256, 257));
    for (text, cell) in [
        ("web", web),
        ("name:web", web),
        ("256", web),
        ("0x100", web),
        ("0400", web),
        ("name:256", digits),
        ("257", digits),
    ] {
        machine.done(&["kill", text]);
        assert_eq!(machine.killed.take(), [(cell, signal::TERM)], "{text}");
    }
}

#[test]
fn signals_have_names_and_numbers() {
    let machine = Machine::new();
    let web = machine.cell("web", policy(Profile::High));
    machine.enter(web, 10);
    machine.enter(web, 11);
    for (text, number) in [
        ("KILL", signal::KILL),
        ("SIGKILL", signal::KILL),
        ("kill", signal::KILL),
        ("sigHup", signal::HUP),
        ("usr1", signal::USR1),
        ("0", 0),
        ("9", 9),
        ("64", 64),
    ] {
        assert_eq!(machine.done(&["kill", "-s", text, "web"]), "signalled 2\n");
        assert_eq!(machine.killed.take(), [(web, number)], "{text}");
    }
    for text in ["65", "256", "-1", "NONE", "SIG", "", "9x"] {
        let line = format!("{text}: signal: neither a name nor a number");
        machine.fails(&["kill", "-s", text, "web"], 64, &line);
    }
    assert!(machine.killed.take().is_empty());
}

#[test]
fn a_cell_ends_when_its_processes_have() {
    let machine = Machine::new();
    let web = machine.cell("web", policy(Profile::High));
    machine.enter(web, 10);
    machine.fails(
        &["destroy", "web"],
        1,
        "web: destroy: it has processes; cellctl kill ends them",
    );
    machine.exit(web, 1_000);
    assert_eq!(machine.done(&["destroy", "web"]), "");
    machine.fails(&["destroy", "web"], 1, "web: look up: no such cell");
    let missing = "256: look up: no such cell; name:123 is the cell named 123";
    machine.fails(&["destroy", "256"], 1, missing);
    machine.fails(&["kill", "256"], 1, missing);
}

#[test]
fn a_number_of_an_earlier_cell_does_not_reach_the_one_after_it() {
    let machine = Machine::new();
    let old = machine.cell("web", policy(Profile::High));
    machine.done(&["destroy", "web"]);
    let new = machine.cell("web", policy(Profile::High));
    assert_eq!(old.slot(), new.slot());
    let text = old.to_string();
    for command in ["destroy", "kill", "policy"] {
        let line = format!("{text}: look up: no such cell; name:123 is the cell named 123");
        machine.fails(&[command, &text], 1, &line);
    }
    machine.done(&["destroy", &new.to_string()]);
}

#[test]
fn the_host_is_no_cell_and_a_bad_name_is_not_looked_up() {
    let machine = Machine::new();
    for (text, why) in [
        ("0", "cell: 0 is the host, not a cell"),
        ("0x0", "cell: 0 is the host, not a cell"),
        ("a/b", "cell name: has a character that is not allowed"),
        ("", "cell name: empty"),
        ("..", "cell name: \".\" and \"..\" are not allowed"),
    ] {
        for command in ["destroy", "kill", "policy", "exec", "enter"] {
            machine.fails(&[command, text], 64, &format!("{text}: {why}"));
        }
    }
    assert_eq!(machine.ioctls.get(), 0);
}

#[test]
fn only_root_ends_anything() {
    let machine = Machine::new();
    machine.cell("web", policy(Profile::High));
    machine.who.set(Subject {
        cell: Handle::HOST,
        root: false,
    });
    machine.fails(&["kill", "web"], 1, "web: kill: not root");
    machine.fails(&["destroy", "256"], 1, "256: destroy: not root");
}
