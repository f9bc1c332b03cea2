//! Changes merge, tighten, tell themselves apart and come back from bytes.

mod properties;
mod seal;

use alloc::vec;
use alloc::vec::Vec;

use cell_abi::{
    Access, CellName, Limits, Op, OpSet, Profile, Protocols, Reservation, Reservations, RootPath,
};
use proptest::prelude::*;

use super::tighten::{Loosening, loosens};
use super::*;
use crate::image::{
    Board, Budget, Cell, DeviceNode, Facility, Health, Hunk, Image, Level, Log, MountEntry,
    MountSource, Ownership, PlanStep, Readiness, ResourceCap, Restart, RestartPolicy, Rule, Volume,
    Watchdog,
};

fn name(text: &str) -> CellName<'_> {
    CellName::new(text).unwrap()
}

fn port(first: u16, last: u16) -> Reservation {
    Reservation::new(Protocols::Tcp, first, last).unwrap()
}

fn ports(all: &[Reservation]) -> Reservations {
    Reservations::from_slice(all).unwrap()
}

fn device(path: &str) -> DeviceNode<'_> {
    DeviceNode {
        path,
        access: Access::ReadWrite,
        any_minor: false,
    }
}

fn cell(text: &'static str) -> Cell<'static> {
    Cell {
        name: name(text),
        description: "",
        root: RootPath::new("/cells/web").unwrap(),
        autostart: true,
        critical: false,
        profile: Profile::Medium,
        may: Profile::Medium.policy(),
        reservations: Reservations::new(),
        devices: vec![device("/dev/null"), device("/dev/gpio0")],
        limits: Limits {
            processes: Some(8),
            nofile: Some(64),
            address_space_kib: None,
            core_kib: Some(0),
        },
        caps: vec![ResourceCap::DataKib(1024)],
        command: vec!["/bin/httpd"],
        environment: vec!["PATH=/bin"],
        directory: "/",
        uid: 5000,
        gid: 5000,
        groups: vec![],
        depends: vec![],
        restart: Restart {
            policy: RestartPolicy::Always,
            max_failures: 5,
            stable_ms: 30_000,
        },
        stop_grace_ms: 5000,
        readiness: Readiness::Started,
        health: None,
        log: Log {
            facility: Facility(3),
            stdout: Level(6),
            stderr: Level(4),
            tag: text,
            ring: 4096,
        },
        mounts: vec![MountEntry {
            source: MountSource::Volume(0),
            target: "/data",
            read_only: false,
            no_exec: false,
        }],
        plan: vec![],
        root_digest: [7; 32],
        root_kib: 12,
    }
}

/// web, and app that depends on it, on two volumes.
fn image() -> Image<'static> {
    let mut web = cell("web");
    web.reservations = ports(&[port(80, 90)]);
    let mut app = cell("app");
    app.depends = vec![0];
    app.mounts[0].source = MountSource::Volume(1);
    Image {
        board: Board {
            name: "desk",
            arch: "amd64",
            sealed: false,
            signed: false,
            rescue: false,
            watchdog: None,
            ram_kib: 0,
            flash_kib: 0,
            roots_kib: 0,
            system_ram_kib: 0,
            budget: Budget::default(),
            syslog: "/var/run/log",
            recovery: false,
        },
        volumes: ["data", "more"]
            .iter()
            .zip(["/volumes/data", "/volumes/more"])
            .map(|(text, path)| Volume {
                name: name(text),
                path,
                mode: 0o755,
                uid: 0,
                gid: 0,
                budget_kib: 0,
                allow: crate::image::Allow::default(),
            })
            .collect(),
        cells: vec![web, app],
    }
}

/// An image with everything that one can have.
fn full() -> Image<'static> {
    let mut image = image();
    image.board.watchdog = Some(Watchdog {
        device: "/dev/watchdog",
        period_s: 30,
    });
    let owner = Ownership {
        mode: 0o640,
        uid: 5000,
        gid: 70_000,
    };
    let app = &mut image.cells[1];
    app.caps = vec![
        ResourceCap::DataKib(1),
        ResourceCap::StackKib(200),
        ResourceCap::FileSizeKib(u32::MAX),
        ResourceCap::CpuS(4),
        ResourceCap::LockedKib(0),
    ];
    app.groups = vec![1, 300];
    app.readiness = Readiness::After(2000);
    app.restart.policy = RestartPolicy::OnFailure;
    app.health = Some(Health {
        command: vec!["/bin/check", "-x"],
        interval_ms: 10_000,
        timeout_ms: 1000,
        retries: 3,
        start_period_ms: 0,
    });
    app.mounts.push(MountEntry {
        source: MountSource::Tmpfs {
            size_kib: 64,
            mode: 0o1777,
        },
        target: "/tmp",
        read_only: false,
        no_exec: true,
    });
    app.plan = vec![
        PlanStep::Directory {
            path: "/data/d",
            owner,
        },
        PlanStep::File {
            path: "/data/f",
            content: b"\0\xff",
            owner,
        },
        PlanStep::Line {
            path: "/data/l",
            text: "t",
        },
        PlanStep::Link {
            path: "/data/s",
            target: "t",
        },
        PlanStep::Execute("true"),
        PlanStep::Copy {
            from: "/etc/x",
            path: "/data/x",
            owner,
        },
        PlanStep::Patch {
            path: "/data/x",
            hunks: vec![Hunk {
                line: 1,
                old: b"a\n",
                new: b"b\n",
            }],
        },
    ];
    image
}

fn change(of: &'static str, settings: Vec<Setting<'static>>) -> Overrides<'static> {
    Overrides {
        cells: vec![CellEntry {
            name: name(of),
            base: Base::Image,
            settings,
        }],
        volumes: vec![],
    }
}

fn made(
    of: &'static str,
    base: Base<'static>,
    settings: Vec<Setting<'static>>,
) -> Overrides<'static> {
    let mut overrides = change(of, settings);
    overrides.cells[0].base = base;
    overrides
}

fn merged(overrides: &Overrides<'static>) -> Image<'static> {
    merge(&image(), overrides.clone()).unwrap().image
}

fn refused(image: &Image<'static>, overrides: &Overrides<'static>) -> alloc::string::String {
    let conflict = merge(image, overrides.clone()).unwrap_err();
    alloc::format!("{}: {}", conflict.object.unwrap_or("-"), conflict.why)
}

#[test]
fn no_change_is_the_image() {
    assert_eq!(merged(&Overrides::default()), image());
}

#[test]
fn a_setting_changes_what_it_names_and_nothing_else() {
    let mut expected = image();
    expected.cells[0].limits.nofile = Some(32);
    expected.cells[0].autostart = false;
    let settings = vec![Setting::NoFile(Some(32)), Setting::Autostart(false)];
    assert_eq!(merged(&change("web", settings)), expected);
}

#[test]
fn a_dependency_puts_a_cell_behind_what_it_depends_on() {
    // web on app, and app on nothing
    let mut overrides = change("web", vec![Setting::Depends(vec![name("app")])]);
    overrides.put_cell(CellEntry {
        name: name("app"),
        base: Base::Image,
        settings: vec![Setting::Depends(vec![])],
    });
    let image = merged(&overrides);
    let names: Vec<_> = image.cells.iter().map(|cell| cell.name.as_str()).collect();
    assert_eq!(names, ["app", "web"]);
    assert_eq!(image.cells[1].depends, [0]);
    let circle = change("web", vec![Setting::Depends(vec![name("app")])]);
    assert_eq!(
        refused(&self::image(), &circle),
        "web: dependencies go in a circle"
    );
}

#[test]
fn a_cell_that_is_needed_is_not_removed_and_a_volume_neither() {
    let gone = made("web", Base::Removed, vec![]);
    assert_eq!(
        refused(&image(), &gone),
        "app: depends on a cell that there is not: web"
    );
    let overrides = Overrides {
        cells: vec![],
        volumes: vec![VolumeEntry {
            name: name("data"),
            change: VolumeChange::Removed,
        }],
    };
    assert_eq!(
        refused(&image(), &overrides),
        "web: mounts a volume that there is not: data"
    );
}

#[test]
fn a_copy_has_all_but_the_ports_and_a_bare_cell_the_root_only() {
    let image = merged(&made("twin", Base::Like(name("web")), vec![]));
    let twin = &image.cells[2];
    assert!(twin.reservations.is_empty());
    assert_eq!(twin.log.tag, "twin");
    assert_eq!(twin.mounts, image.cells[0].mounts);
    assert_eq!(twin.command, ["/bin/httpd"]);
    let bare = made("bare", Base::Root(name("web")), vec![]);
    assert_eq!(
        refused(&self::image(), &bare),
        "bare: a command without an absolute program"
    );
    let command = vec![Setting::Command(vec!["/bin/sh"])];
    let image = merged(&made("bare", Base::Root(name("web")), command));
    let bare = &image.cells[2];
    assert_eq!(bare.root, image.cells[0].root);
    assert_eq!(bare.profile, Profile::High);
    assert!(bare.mounts.is_empty() && bare.caps.is_empty());
    assert_eq!(bare.devices, [device("/dev/null")]);
}

#[test]
fn a_rule_that_breaks_is_told_with_the_cell() {
    let settings = vec![Setting::Ports(ports(&[port(90, 90)]))];
    let overrides = made("app", Base::Image, settings);
    assert_eq!(
        merge(&image(), overrides.clone()).unwrap_err(),
        Conflict {
            object: Some("app"),
            why: Why::Rule(Rule::PortTaken)
        }
    );
}

#[test]
fn a_later_image_makes_idle_what_it_has_not() {
    let mut overrides = change("old", vec![Setting::Autostart(false)]);
    overrides.volumes = vec![VolumeEntry {
        name: name("older"),
        change: VolumeChange::Mode(0o700),
    }];
    let result = merge(&image(), overrides.clone()).unwrap();
    assert_eq!(result.image, image());
    assert_eq!(result.idle, [name("older"), name("old")]);
}

#[test]
fn a_volume_is_made_where_volumes_are_and_nowhere_else() {
    let volume = |path| Overrides {
        cells: vec![],
        volumes: vec![VolumeEntry {
            name: name("extra"),
            change: VolumeChange::Made {
                path,
                mode: 0o700,
                uid: 1,
                gid: 1,
            },
        }],
    };
    assert_eq!(
        merged(&volume("/volumes/extra")).volumes[2].path,
        "/volumes/extra"
    );
    for path in [
        "",
        "/etc",
        "/volumes/other",
        "/volumes/../etc",
        "/volumesextra",
    ] {
        assert_eq!(
            refused(&image(), &volume(path)),
            "extra: not a volume's name or place",
            "{path}"
        );
    }
    let mut hidden = volume("/volumes/.state");
    hidden.volumes[0].name = name(".state");
    assert_eq!(
        refused(&image(), &hidden),
        ".state: not a volume's name or place"
    );
}

#[test]
fn a_definition_is_the_same_wherever_its_references_are() {
    let image = image();
    let mut other = image.clone();
    other.volumes.swap(0, 1);
    other.cells[0].mounts[0].source = MountSource::Volume(1);
    other.cells[1].mounts[0].source = MountSource::Volume(0);
    for (one, two) in image.cells.iter().zip(&other.cells) {
        assert_eq!(digest(&image, one), digest(&other, two));
    }
    other.cells[1].mounts[0].source = MountSource::Volume(1);
    assert_ne!(
        digest(&image, &image.cells[1]),
        digest(&other, &other.cells[1])
    );
    let mut soft = image.clone();
    soft.cells[0].autostart = false;
    soft.cells[0].description = "words";
    assert_eq!(
        digest(&image, &image.cells[0]),
        digest(&soft, &soft.cells[0])
    );
}

#[test]
fn what_is_held_keeps_its_definition_and_hears_of_its_autostart() {
    let working = image();
    let settings = vec![Setting::NoFile(Some(1)), Setting::Autostart(false)];
    let mut overrides = change("web", settings);
    overrides.put_cell(CellEntry {
        name: name("app"),
        base: Base::Removed,
        settings: vec![],
    });
    let desired = merged(&overrides);
    let all = adopt(&desired, &working, &|_| true).unwrap();
    assert_eq!(all.cells.len(), 2, "app still runs");
    assert_eq!(all.cells[0].limits.nofile, Some(64));
    assert!(!all.cells[0].autostart && !all.cells[1].autostart);
    assert!(!adopts(&all, &desired, &all.cells[0]));
    let none = adopt(&desired, &working, &|_| false).unwrap();
    assert_eq!(none, desired);
    assert!(adopts(&none, &desired, &none.cells[0]));
}
