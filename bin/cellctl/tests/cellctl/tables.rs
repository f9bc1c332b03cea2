//! `list`, `stats` and `policy` in all formats, recorded.

use cell_abi::{
    Access, DeviceKind, DeviceRule, Handle, Limits, MINOR_ANY, Op, Policy, Profile, Protocols,
    Reservation, Stats,
};
use cell_core::Subject;

use crate::golden::compare;
use crate::machine::{Machine, policy};

const FORMATS: [(&str, &str); 3] = [("human", ""), ("tsv", "-T"), ("json", "-J")];

/// Runs a command in every format against `golden/<name>.<format>`.
fn in_every_format(machine: &Machine, name: &str, words: &[&str]) {
    for (format, flag) in FORMATS {
        let mut all = vec![words[0]];
        all.extend(Some(flag).filter(|flag| !flag.is_empty()));
        all.extend(&words[1..]);
        compare(&format!("{name}.{format}"), &machine.done(&all));
    }
}

fn limited() -> Policy {
    let mut limited = policy(Profile::Medium);
    limited.limits = Limits {
        processes: Some(16),
        nofile: Some(64),
        address_space_kib: Some(16 << 10),
        core_kib: Some(0),
    };
    let ports = [
        (Protocols::Tcp, 80, 80),
        (Protocols::Udp, 5000, 5010),
        (Protocols::Both, 1, 1),
    ];
    for (protocols, first, last) in ports {
        let reservation = Reservation::new(protocols, first, last).unwrap();
        limited.reservations.push(reservation).unwrap();
    }
    for (kind, access, major, minor) in [
        (DeviceKind::Char, Access::ReadWrite, 2, 2),
        (DeviceKind::Char, Access::Read, 5, MINOR_ANY),
        (DeviceKind::Block, Access::Write, 14, 1),
    ] {
        let rule = DeviceRule {
            kind,
            access,
            major,
            minor,
        };
        limited.devices.push(rule).unwrap();
    }
    limited
}

/// Three cells that have lived: one busy, one idle, one dying.
fn lived_in() -> Machine {
    let machine = Machine::new();
    let web = machine.cell("web", limited());
    machine.pass(3 * 3600 + 5 * 60);
    let gone = machine.cell("gone", policy(Profile::High));
    let spool = machine.cell_at("spool", "/cells/spool", policy(Profile::Low));
    machine.pass(42);
    machine.enter(web, 100);
    machine.kernel.credential_shared(web);
    machine.kernel.process_forked(web);
    machine.exit(web, 12_345_678);
    machine.live.borrow_mut().insert(
        web,
        Stats {
            cpu_us: 1_000_000,
            resident_kib: 1536,
            virtual_kib: 20 << 10,
            ..Stats::default()
        },
    );
    machine.live.borrow_mut().insert(
        spool,
        Stats {
            cpu_us: 7_654_321_000,
            ..Stats::default()
        },
    );
    for _ in 0..3 {
        machine.deny(web, Op::NetworkRaw, 100);
    }
    machine.deny(web, Op::ProcessFork, 100);
    // an open file keeps its credential
    machine.kernel.credential_shared(gone);
    machine.done(&["destroy", "gone"]);
    machine
}

#[test]
fn no_cells() {
    let machine = Machine::new();
    in_every_format(&machine, "list-none", &["list"]);
    in_every_format(&machine, "stats-none", &["stats"]);
    assert_eq!(machine.done(&["list", "-T", "-H"]), "");
}

#[test]
fn cells_of_every_kind() {
    let machine = lived_in();
    in_every_format(&machine, "list", &["list"]);
    in_every_format(&machine, "stats", &["stats"]);
    compare("stats-verbose.human", &machine.done(&["stats", "-v"]));
    in_every_format(&machine, "policy", &["policy", "web"]);
    compare(
        "policy-verbose.human",
        &machine.done(&["policy", "-v", "web"]),
    );
}

#[test]
fn names_and_roots_that_mean_harm() {
    let machine = Machine::new();
    for (name, root) in [
        ("256", "/cells/a\"b\\c"),
        ("...", "/cells/{name=\"x\"} 1"),
        ("_", "/cells/ü\u{9b}31m\u{85}"),
        ("a.very-long_name.of-31-letters.", "/cells/#"),
    ] {
        machine.cell_at(name, root, policy(Profile::High));
    }
    let longest = format!("/{}", "r".repeat(cell_abi::ROOT_MAX - 1));
    machine.cell_at("0x100", &longest, policy(Profile::High));
    in_every_format(&machine, "list-hostile", &["list"]);
    in_every_format(&machine, "stats-hostile", &["stats"]);
}

#[test]
fn a_full_table() {
    let machine = Machine::new();
    for number in 0..64 {
        let cell = machine.cell(&format!("c{number}"), policy(Profile::High));
        machine.live.borrow_mut().insert(
            cell,
            Stats {
                cpu_us: 1 << number,
                resident_kib: 1 << (number / 2),
                virtual_kib: u32::MAX,
                ..Stats::default()
            },
        );
        machine.pass(1 << (number / 4));
    }
    in_every_format(&machine, "list-full", &["list"]);
    in_every_format(&machine, "stats-full", &["stats"]);
    machine.out_writes.set(0);
    let bytes = machine.done(&["list"]).len();
    let writes = machine.out_writes.get();
    assert!(
        writes <= bytes / 512 + 1,
        "{writes} writes of {bytes} bytes"
    );
}

/// What scripts of the original rely on.
#[test]
fn the_originals_columns_come_first() {
    let machine = lived_in();
    let first_line = |command| {
        let all = machine.done(&[command, "-T"]);
        all.lines().next().unwrap().replace('\t', " ")
    };
    assert!(first_line("list").starts_with("CID NAME REFS PROCS AGE ROOT NOFILE AS CORE "));
    assert!(first_line("stats").starts_with("CID NAME CPU1S CPU10S PROCS REFS MEMORY AGE ROOT "));
    for command in ["list", "stats"] {
        let with = machine.done(&[command, "-T"]);
        let without = machine.done(&[command, "-T", "-H"]);
        assert_eq!(with.split_once('\n').unwrap().1, without);
    }
}

#[test]
fn cpu_over_a_second_is_measured_when_asked_and_not_made_up() {
    let machine = Machine::new();
    let busy = machine.cell("busy", policy(Profile::High));
    machine.cell("idle", policy(Profile::High));
    let spend = move |machine: &Machine, us| {
        machine.live.borrow_mut().entry(busy).or_default().cpu_us += us;
    };
    let cpu = |machine: &Machine, words: &[&str]| -> Vec<String> {
        let table = machine.done(words);
        let rows = table.lines().map(|row| row.split('\t').collect::<Vec<_>>());
        rows.map(|row| format!("{} {} {}", row[1], row[2], row[3]))
            .collect()
    };
    assert_eq!(
        cpu(&machine, &["stats", "-T", "-H"]),
        ["busy - -", "idle - -"]
    );
    machine.meanwhile(move |machine| spend(machine, 250_000));
    assert_eq!(
        cpu(&machine, &["stats", "-s", "1", "-T", "-H"]),
        ["busy 25 -", "idle 0 -"]
    );
    machine.meanwhile(move |machine| spend(machine, 5_000_000));
    assert_eq!(
        cpu(&machine, &["stats", "-s", "10", "-T", "-H"]),
        ["busy - 50", "idle - 0"]
    );
    machine.meanwhile(move |machine| {
        spend(machine, 500_000);
        machine.cell("late", policy(Profile::High));
    });
    compare("stats-sampled.human", &machine.done(&["stats", "-s", "1"]));
}

#[test]
fn a_cell_that_goes_away_meanwhile_is_left_out() {
    let machine = Machine::new();
    let web = machine.cell("web", policy(Profile::High));
    machine.cell("mail", policy(Profile::High));
    machine
        .before_stats
        .borrow_mut()
        .push_back(Box::new(move |machine| {
            let at = machine.stamp(1);
            machine.kernel.destroy(Subject::HOST_ROOT, web, at).unwrap();
        }));
    let left = machine.done(&["stats", "-T", "-H"]);
    assert_eq!(left.lines().count(), 1);
    assert!(left.contains("\tmail\t"));
}

#[test]
fn a_user_of_the_host_may_look_and_a_member_may_not() {
    let machine = lived_in();
    let root = machine.done(&["list"]);
    machine.who.set(Subject {
        cell: Handle::HOST,
        root: false,
    });
    assert_eq!(machine.done(&["list"]), root);
    machine.done(&["stats"]);
    machine.done(&["policy", "web"]);
    machine.who.set(Subject {
        cell: Handle::new(0, 1),
        root: true,
    });
    for command in ["list", "stats"] {
        machine.fails(&[command], 1, "/sim/dev/cell: list: not from inside a cell");
    }
    machine.fails(&["policy", "256"], 1, "256: policy: not from inside a cell");
}

#[test]
fn standard_output_that_fails_is_a_failure() {
    for words in [
        &["list"][..],
        &["stats"],
        &["stats", "-P"],
        &["policy", "web"],
        &["kill", "web"],
        &["create", "-n", "b", "/b"],
        &["--help"],
    ] {
        let machine = lived_in();
        machine
            .out_error
            .set(Some(libcell::platform::Errno::ENOSPC));
        machine.fails(words, 1, "standard output: write: no space left");
    }
    let machine = lived_in();
    let whole = machine.done(&["list"]);
    machine.out_most.set(7);
    assert_eq!(machine.done(&["list"]), whole, "short writes are continued");
}

#[test]
fn a_kernel_without_cells_is_said_so() {
    let machine = Machine::new();
    machine.gone.set(true);
    for words in [
        &["list"][..],
        &["stats"],
        &["events"],
        &["kill", "web"],
        &["seal", "--yes"],
    ] {
        machine.fails(words, 1, "/sim/dev/cell: open: device not configured");
    }
}
