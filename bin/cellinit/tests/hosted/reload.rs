//! Definitions that change while cells run.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use cell_abi::CellName;
use libcell::control::{Changes, Deed, Reply, Request, State};
use libcell::desired::store::Stored;
use libcell::desired::{Base, CellEntry, Overrides, Setting};
use libcell::image::Cell;
use libcell::platform::System;

use super::control::Control;
use super::device::{Device, can_run, image, script};

const STAY: &str = "ulimit -n; while :; do sleep 1000 & wait; done";

fn name(text: &str) -> CellName<'_> {
    CellName::new(text).unwrap()
}

fn entry(
    of: &'static str,
    base: Base<'static>,
    settings: Vec<Setting<'static>>,
) -> CellEntry<'static> {
    CellEntry {
        name: name(of),
        base,
        settings,
    }
}

fn change(device: &Device, cells: Vec<CellEntry<'static>>) {
    let prefix = device.prefix.to_str().unwrap();
    let system = System::at(prefix);
    let overrides = Overrides {
        cells,
        volumes: vec![],
    };
    let stored = Stored::load(&system, prefix).unwrap();
    stored.replace(&system, prefix, &overrides).unwrap();
}

fn reload(control: &mut Control) -> Result<(), String> {
    control.send(&Request::Reload { operation: 0xabc });
    control
        .receive(|reply| match reply {
            Reply::Done => Ok(()),
            Reply::Failed(why) => Err((*why).to_owned()),
            other => panic!("{other:?}"),
        })
        .unwrap()
}

fn ask(control: &mut Control, what: Deed, cell: &str) {
    let operation = 1;
    let request = Request::Do {
        operation,
        what,
        cell,
    };
    assert_eq!(control.ask(&request), Ok(()));
}

/// Name, state and whether another definition waits, of every cell.
fn cells(control: &mut Control) -> Vec<(String, State, bool)> {
    let mut all = vec![];
    for index in 0..=u8::MAX {
        control.send(&Request::Status(index));
        let one = control.receive(|reply| match reply {
            Reply::Cell(status) => Some((status.name.to_owned(), status.state, status.pending)),
            _ => None,
        });
        match one.unwrap() {
            Some(one) => all.push(one),
            None => return all,
        }
    }
    all
}

fn changes(control: &mut Control) -> Changes {
    control.send(&Request::System);
    let seen = control.receive(|reply| match reply {
        Reply::System(system) => system.changes,
        other => panic!("{other:?}"),
    });
    seen.unwrap()
}

fn two() -> Vec<Cell<'static>> {
    vec![script("one", &[], STAY), script("two", &[0], STAY)]
}

#[test]
fn a_cell_that_runs_keeps_its_definition_until_it_is_restarted() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(two()));
    let mut control = device.control();
    control.wait(1, State::Ready);
    assert_eq!(changes(&mut control), Changes::Made(0));
    let before = control.status(0).pid;
    change(
        &device,
        vec![entry("one", Base::Image, vec![Setting::NoFile(Some(33))])],
    );
    reload(&mut control).unwrap();
    assert_eq!(changes(&mut control), Changes::Made(1));
    let states = cells(&mut control);
    assert_eq!(states[0], ("one".into(), State::Ready, true));
    assert_eq!(states[1], ("two".into(), State::Ready, false));
    assert_eq!(control.status(0).pid, before, "and runs on");
    ask(&mut control, Deed::Restart, "one");
    control.wait(0, State::Ready);
    control.wait(1, State::Ready);
    assert_eq!(cells(&mut control)[0], ("one".into(), State::Ready, false));
    super::device::eventually("its limit", || {
        control.log("one").contains("stdout: 33\n").then_some(())
    });
    assert!(control.log("one").contains("op 00000001: restart"));
    assert_eq!(device.terminate().code(), Some(0));
    assert_eq!(device.mounts(), [""; 0]);
    assert_eq!(device.survivors(), 0);
}

#[test]
fn a_cell_comes_and_goes_and_the_others_do_not_notice() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(two()));
    let mut control = device.control();
    control.wait(1, State::Ready);
    let pids = [control.status(0).pid, control.status(1).pid];
    // before the others in no order that matters, and with another root's files
    let settings = vec![Setting::Autostart(false)];
    change(
        &device,
        vec![entry("extra", Base::Like(name("one")), settings)],
    );
    reload(&mut control).unwrap();
    let states = cells(&mut control);
    assert_eq!(states[2], ("extra".into(), State::Stopped, false));
    ask(&mut control, Deed::Start, "extra");
    control.wait(2, State::Ready);
    assert_eq!([control.status(0).pid, control.status(1).pid], pids);
    // two is gone from the definitions and runs on, its output too
    change(
        &device,
        vec![
            entry("extra", Base::Like(name("one")), vec![]),
            entry("two", Base::Removed, vec![]),
        ],
    );
    reload(&mut control).unwrap();
    let states = cells(&mut control);
    assert_eq!(
        states,
        [
            ("one".into(), State::Ready, false),
            ("extra".into(), State::Ready, false),
            ("two".into(), State::Ready, true),
        ]
    );
    let signal = format!("/proc/{}/stat", pids[1]);
    assert!(fs::metadata(&signal).is_ok());
    ask(&mut control, Deed::Stop, "two");
    super::device::eventually("two to be gone", || {
        (cells(&mut control).len() == 2).then_some(())
    });
    assert_eq!(control.status(0).pid, pids[0]);
    assert_eq!(device.terminate().code(), Some(0));
    assert_eq!(device.mounts(), [""; 0]);
    assert_eq!(device.survivors(), 0);
}

#[test]
fn definitions_that_cannot_be_are_refused_and_everything_goes_on() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(two()));
    let mut control = device.control();
    control.wait(1, State::Ready);
    change(&device, vec![entry("one", Base::Removed, vec![])]);
    assert_eq!(
        reload(&mut control),
        Err("/volumes/.state: two: depends on a cell that there is not: one".into())
    );
    fs::write(device.prefix.join("volumes/.state/overrides.0"), "x").unwrap();
    assert_eq!(reload(&mut control), Err("/volumes/.state: damaged".into()));
    assert_eq!(changes(&mut control), Changes::Made(0));
    assert_eq!(cells(&mut control).len(), 2);
    assert_eq!(device.terminate().code(), Some(0));
    // the next boot has only the damaged store: the image runs, and it is said
    device.start_again();
    let mut control = device.control();
    control.wait(1, State::Ready);
    assert_eq!(changes(&mut control), Changes::Refused);
    let said = fs::read_to_string(device.prefix.join("stderr")).unwrap();
    let mut said = said.lines();
    assert_eq!(
        said.next(),
        Some("cellinit: /volumes/.state: damaged; the image runs without changes")
    );
    assert!(said.all(|line| line.starts_with("cellinit: cells started: 2, ")));
    assert_eq!(device.terminate().code(), Some(0));
}

#[test]
fn what_happened_is_told_to_whoever_asks_later() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(two()));
    let mut control = device.control();
    control.wait(1, State::Ready);
    let request = Request::Note {
        operation: 0x1234,
        text: "cell set one",
    };
    assert_eq!(control.ask(&request), Ok(()));
    control.send(&Request::Events { follow: false });
    let mut text = String::new();
    while control.receive(|reply| match reply {
        Reply::Log(piece) => {
            text.push_str(std::str::from_utf8(piece).unwrap());
            true
        }
        Reply::Done => false,
        other => panic!("{other:?}"),
    }) == Some(true)
    {}
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.split_once(' ').unwrap().1)
        .collect();
    assert!(lines[0].starts_with("one: started: pid "), "{text}");
    assert!(lines.contains(&"-: op 00001234: cell set one"), "{text}");
    device.terminate();
}

/// How often the files of a directory and below were changed: the newest change time, in nanoseconds.
fn newest(path: &std::path::Path) -> i128 {
    use std::os::unix::fs::MetadataExt;
    let of = fs::symlink_metadata(path).unwrap();
    let own = i128::from(of.ctime()) * 1_000_000_000 + i128::from(of.ctime_nsec());
    if !of.is_dir() {
        return own;
    }
    let inside = fs::read_dir(path)
        .unwrap()
        .map(|entry| newest(&entry.unwrap().path()));
    inside.max().unwrap_or(own).max(own)
}

#[test]
fn a_second_boot_writes_nothing_to_the_volumes() {
    if !can_run() {
        return;
    }
    let mut cells = two();
    let owner = libcell::image::Ownership {
        mode: 0o640,
        uid: 1000,
        gid: 1000,
    };
    cells[0].plan = vec![
        libcell::image::PlanStep::Directory {
            path: "/shared/in",
            owner: libcell::image::Ownership {
                mode: 0o750,
                ..owner
            },
        },
        libcell::image::PlanStep::File {
            path: "/shared/in/file",
            content: b"x\n",
            owner,
        },
        libcell::image::PlanStep::Line {
            path: "/shared/in/list",
            text: "a line",
        },
        libcell::image::PlanStep::Link {
            path: "/shared/in/link",
            target: "file",
        },
        libcell::image::PlanStep::Copy {
            from: "/bin/text",
            path: "/shared/in/copy",
            owner,
        },
    ];
    let mut device = Device::prepare(&image(cells), |prefix| {
        let text = prefix.join("cells/one/bin/text");
        fs::write(&text, "text\n").unwrap();
        fs::set_permissions(&text, fs::Permissions::from_mode(0o644)).unwrap();
    });
    device.control().wait(1, State::Ready);
    device.terminate();
    let volume = device.prefix.join("volumes/shared");
    assert_eq!(
        fs::read_to_string(volume.join("in/copy")).unwrap(),
        "text\n"
    );
    let before = newest(&volume);
    for _ in 0..3 {
        device.start_again();
        device.control().wait(1, State::Ready);
        device.terminate();
        assert_eq!(newest(&volume), before);
    }
}
