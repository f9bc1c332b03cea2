//! `events`: what happens while it waits.

use cell_abi::{Handle, Op, Profile};
use cell_core::{EVENTS, Subject};

use crate::golden::compare;
use crate::machine::{Machine, policy};

/// One of each kind, one after the other; the name of a cell that is gone when its events are read is its number.
fn everything(machine: &Machine, kept: Handle) {
    let web = machine.cell("web", policy(Profile::High));
    machine.enter(web, 345);
    machine.exit(web, 0);
    machine.destroy(web);
    machine.enter(kept, 12);
    for pid in [12, 13, 14] {
        machine.deny(kept, Op::NetworkRaw, pid);
    }
    machine.pass(2);
    machine.deny(kept, Op::NetworkRaw, 15);
    machine.deny(kept, Op::ProcessFork, 15);
    machine.destroy(machine.cell("after", policy(Profile::High)));
    let at = machine.stamp(77);
    machine.kernel.seal(Subject::HOST_ROOT, at).unwrap();
}

#[test]
fn every_kind_in_every_format() {
    for (format, flags) in [
        ("human", &[][..]),
        ("tsv", &["-T"][..]),
        ("tsv-bare", &["-T", "-H"]),
        ("json", &["-J"]),
    ] {
        let machine = Machine::new();
        let kept = machine.cell("mail", policy(Profile::High));
        machine.meanwhile(move |machine| everything(machine, kept));
        let mut words = vec!["events", "-n", "10"];
        words.extend(flags);
        compare(&format!("events.{format}"), &machine.done(&words));
    }
}

#[test]
fn one_event_is_waited_for_unless_more_are_asked_for() {
    let machine = Machine::new();
    machine.cell("before", policy(Profile::High));
    machine.meanwhile(|machine| {
        machine.cell("web", policy(Profile::High));
        machine.cell("mail", policy(Profile::High));
    });
    assert_eq!(
        machine.done(&["events"]),
        "1001 cell=web pid=1 create\n",
        "from now on, and the first wait took a second"
    );
}

#[test]
fn a_count_ends_following() {
    let machine = Machine::new();
    for name in ["a", "b", "c"] {
        machine.meanwhile(move |machine| {
            machine.cell(name, policy(Profile::High));
        });
    }
    assert_eq!(
        machine.done(&["events", "-f", "-n", "3"]).lines().count(),
        3
    );
}

#[test]
fn following_ends_with_the_device() {
    let machine = Machine::new();
    machine.meanwhile(|machine| {
        machine.cell("web", policy(Profile::High));
    });
    machine.meanwhile(|machine| machine.gone.set(true));
    let ran = machine.run(&["events", "-f"]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.out, "1001 cell=web pid=1 create\n");
    assert_eq!(
        ran.err,
        "cellctl: /sim/dev/cell: events: device not configured\n"
    );
}

#[test]
fn a_denial_that_was_folded_is_told_without_another() {
    let machine = Machine::new();
    let web = machine.cell("web", policy(Profile::High));
    machine.meanwhile(move |machine| {
        for _ in 0..5 {
            machine.deny(web, Op::NetworkRaw, 9);
        }
    });
    let told = machine.done(&["events", "-n", "2"]);
    let counts: Vec<&str> = told
        .lines()
        .map(|line| line.split_once("network.raw").unwrap().1)
        .collect();
    assert_eq!(counts, ["", ", 4 times"]);
}

#[test]
fn what_was_lost_is_counted() {
    let machine = Machine::new();
    machine.cell("web", policy(Profile::High));
    let lose = |machine: &Machine| {
        machine.meanwhile(|machine| {
            let web = machine.kernel.next(Subject::HOST_ROOT, Handle::HOST);
            for pid in 0..EVENTS + 12 {
                machine.enter(web.unwrap(), u32::try_from(pid).unwrap());
            }
        });
    };
    lose(&machine);
    assert_eq!(
        machine.done(&["events"]),
        "1001 lost 12 events\n1001 cell=web pid=12 enter\n"
    );
    lose(&machine);
    let told = machine.done(&["events", "-T", "-H"]);
    assert!(told.ends_with("\tenter\t-\t1\t12\n"), "{told}");
}

#[test]
fn bytes_that_are_no_event_are_told_and_passed_over() {
    let machine = Machine::new();
    machine.meanwhile(|machine| {
        machine.noise.borrow_mut().extend([5, 5, 0]);
        machine.cell("web", policy(Profile::High));
    });
    let ran = machine.run(&["events"]);
    assert_eq!(ran.status, 0);
    assert_eq!(ran.out, "1001 cell=web pid=1 create\n");
    assert_eq!(
        ran.err,
        "cellctl: /sim/dev/cell: event: not one, passed over\n"
    );
}

#[test]
fn a_count_is_a_number_above_zero() {
    let machine = Machine::new();
    for text in ["0", "-1", "many", ""] {
        let line = format!("{text}: count: not a number above 0");
        machine.fails(&["events", "-n", text], 64, &line);
    }
}
