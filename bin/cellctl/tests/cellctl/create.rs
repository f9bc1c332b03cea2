//! `create`: what goes to the kernel, and what does not get that far.

use cell_abi::{
    Access, CellName, DeviceKind, DeviceRule, Handle, Limits, MINOR_ANY, PolicyReport, Profile,
};
use cell_core::Subject;

use crate::machine::{Machine, policy};

fn created(machine: &Machine, name: &str) -> PolicyReport {
    let who = Subject::HOST_ROOT;
    let cell = machine
        .kernel
        .lookup(who, CellName::new(name).unwrap())
        .unwrap();
    machine.kernel.policy(who, cell).unwrap().to_report()
}

fn device(major: u16, minor: u32, access: Access) -> DeviceRule {
    DeviceRule {
        kind: DeviceKind::Char,
        access,
        major,
        minor,
    }
}

#[test]
fn the_least_that_is_said_makes_a_high_cell_with_the_standard_devices() {
    let machine = Machine::new();
    assert_eq!(
        machine.done(&["create", "-n", "web", "/cells/web"]),
        "cell 256\n"
    );
    let made = created(&machine, "web").policy;
    assert_eq!(made.profile, Profile::High);
    assert_eq!(made.may, Profile::High.policy());
    assert_eq!(made.limits, Limits::default());
    assert!(made.reservations.is_empty());
    let standard = [
        (2, 2),
        (2, 12),
        (2, 11),
        (46, 0),
        (46, 1),
        (1, 0),
        (165, 1),
        (165, 0),
        (5, MINOR_ANY),
    ];
    assert_eq!(
        made.devices.as_slice(),
        standard.map(|(major, minor)| device(major, minor, Access::ReadWrite))
    );
}

#[test]
fn everything_that_is_said_reaches_the_kernel() {
    let machine = Machine::new();
    let words = [
        "create",
        "-l",
        "low",
        "-r",
        "80,tcp/443,udp/5000-5010",
        "-d",
        "gpio0:r",
        "-d",
        "/dev/gpio0:w",
        "-P",
        "32",
        "-N",
        "64",
        "-A",
        "16M",
        "-C",
        "0",
        "-n",
        "gate.1_a-b",
        "/cells/gate",
    ];
    assert_eq!(machine.done(&words), "cell 256\n");
    let made = created(&machine, "gate.1_a-b").policy;
    assert_eq!(made.profile, Profile::Low);
    let ports: Vec<String> = made.reservations.iter().map(ToString::to_string).collect();
    assert_eq!(ports, ["80", "tcp/443", "udp/5000-5010"]);
    assert_eq!(
        made.devices.as_slice()[9..],
        [device(174, 0, Access::Read), device(174, 0, Access::Write)]
    );
    assert_eq!(
        made.limits,
        Limits {
            processes: Some(32),
            nofile: Some(64),
            address_space_kib: Some(16 << 10),
            core_kib: Some(0),
        }
    );
}

#[test]
fn long_options_and_unlimited_are_taken_too() {
    let machine = Machine::new();
    machine.done(&[
        "create",
        "--profile",
        "medium",
        "--reserve",
        "1-65535",
        "--device",
        "null",
        "--processes",
        "unlimited",
        "--nofile",
        "unlimited",
        "--address-space",
        "unlimited",
        "--core",
        "unlimited",
        "--name",
        "a",
        "/a",
    ]);
    let made = created(&machine, "a").policy;
    assert_eq!(
        (made.profile, made.limits),
        (Profile::Medium, Limits::default())
    );
}

#[test]
fn what_is_not_understood_is_refused_before_the_kernel_is_asked() {
    let machine = Machine::new();
    let wrong: &[(&[&str], &str)] = &[
        (
            &["-l", "medium-rare"],
            "medium-rare: profile: not low, medium or high",
        ),
        (
            &["-l", "custom"],
            "custom: profile: not low, medium or high",
        ),
        (&["-r", "0"], "0: ports: port 0 cannot be reserved"),
        (
            &["-r", "90-80"],
            "90-80: ports: the first port is above the last",
        ),
        (
            &["-r", "65536"],
            "65536: ports: not as 80, tcp/80 or udp/5000-5010",
        ),
        (
            &["-r", "80,"],
            ": ports: not as 80, tcp/80 or udp/5000-5010",
        ),
        (&["-r", ""], ": ports: not as 80, tcp/80 or udp/5000-5010"),
        (
            &["-r", "sctp/80"],
            "sctp/80: ports: not as 80, tcp/80 or udp/5000-5010",
        ),
        (
            &["-r", "+80"],
            "+80: ports: not as 80, tcp/80 or udp/5000-5010",
        ),
        (&["-r", "tcp/80,tcp/80"], "tcp/80: ports: given twice"),
        (&["-r", "80-90,udp/85"], "udp/85: ports: given twice"),
        (
            &["-r", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"],
            "17: ports: more than 16 items",
        ),
        (
            &["-P", "0"],
            "0: processes: not a number in range, and not unlimited",
        ),
        (
            &["-P", "65536"],
            "65536: processes: not a number in range, and not unlimited",
        ),
        (
            &["-N", "-1"],
            "-1: open files: not a number in range, and not unlimited",
        ),
        (
            &["-A", "many"],
            "many: address space: not a number in range, and not unlimited",
        ),
        (
            &["-C", "1.5M"],
            "1.5M: core file: not a number in range, and not unlimited",
        ),
        (
            &["-d", "gpio0:rx"],
            "gpio0:rx: device: not as gpio0:r, :w or :rw",
        ),
        (
            &["-n", ".."],
            "..: cell name: \".\" and \"..\" are not allowed",
        ),
        (
            &["-n", "a b"],
            "a b: cell name: has a character that is not allowed",
        ),
        (
            &["-n", "a\tb\n"],
            "a?b?: cell name: has a character that is not allowed",
        ),
        (&["-n", ""], ": cell name: empty"),
    ];
    for (options, line) in wrong {
        let mut words = vec!["create"];
        if !options.contains(&"-n") {
            words.extend(["-n", "web"]);
        }
        words.extend(*options);
        words.push("/cells/web");
        machine.fails(&words, 64, line);
    }
    for (root, line) in [
        ("cells", "cells: root: not absolute"),
        ("/a/../b", "/a/../b: root: \".\" and \"..\" are not allowed"),
        ("", ": root: empty"),
    ] {
        machine.fails(&["create", "-n", "web", root], 64, line);
    }
    assert_eq!(machine.ioctls.get(), 0);
}

#[test]
fn too_many_devices_are_refused() {
    let machine = Machine::new();
    let mut words = vec!["create", "-n", "web"];
    for _ in 0..8 {
        words.extend(["-d", "gpio0"]);
    }
    words.push("/cells/web");
    machine.fails(
        &words,
        64,
        "/dev/gpio0: device: more than 16, the standard ones included",
    );
}

#[test]
fn devices_are_the_hosts_as_they_are_now() {
    let machine = Machine::new();
    machine.fails(
        &["create", "-n", "web", "-d", "i2c0", "/cells/web"],
        1,
        "/dev/i2c0: device: no such file or directory",
    );
    machine.fails(
        &["create", "-n", "web", "-d", "odd", "/cells/web"],
        1,
        "/dev/odd: device: not supported by the device",
    );
    machine.devices.borrow_mut().remove("/dev/full");
    machine
        .devices
        .borrow_mut()
        .insert("/dev/pts/0".to_owned(), (5, 7));
    machine.done(&["create", "-n", "web", "/cells/web"]);
    let devices = created(&machine, "web").policy.devices;
    assert_eq!(devices.len(), 8, "one gone, one named twice: {devices:?}");
}

#[test]
fn the_kernels_refusals_name_what_they_are_about() {
    let machine = Machine::new();
    machine.cell("web", policy(Profile::High));
    machine.fails(
        &["create", "-n", "web", "/cells/web"],
        1,
        "web: create: name or port taken",
    );
    machine.fails(
        &["create", "-n", "a", "/missing"],
        1,
        "/missing: root: no such file or directory",
    );
    machine.fails(
        &["create", "-n", "a", "/file"],
        1,
        "/file: root: not a directory",
    );
    for number in 1..64 {
        machine.cell(&format!("c{number}"), policy(Profile::High));
    }
    machine.fails(&["create", "-n", "a", "/a"], 1, "a: create: no free slot");
}

#[test]
fn who_may_not_is_told_why() {
    let machine = Machine::new();
    let cell = machine.cell("web", policy(Profile::High));
    let words = ["create", "-n", "a", "/a"];
    machine.who.set(Subject {
        cell: Handle::HOST,
        root: false,
    });
    machine.fails(&words, 1, "a: create: not root");
    machine.who.set(Subject { cell, root: true });
    machine.fails(&words, 1, "a: create: not from inside a cell");
    machine.who.set(Subject::HOST_ROOT);
    machine.done(&["seal", "--yes"]);
    machine.fails(&words, 1, "a: create: sealed until reboot");
}
