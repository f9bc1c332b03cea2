//! Changes merge, tighten, tell themselves apart and come back from bytes.

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

fn sealed() -> Image<'static> {
    let mut image = image();
    image.board.sealed = true;
    image
}

/// Everything that a sealed board bears.
fn tightenings() -> Vec<Setting<'static>> {
    vec![
        Setting::Autostart(false),
        Setting::Profile(Profile::High),
        Setting::Deny(OpSet::of(&[Op::SystemMqueue])),
        Setting::Ports(ports(&[port(82, 85)])),
        Setting::Ports(ports(&[])),
        Setting::Devices(vec![("/dev/gpio0", Access::Read)]),
        Setting::Devices(vec![]),
        Setting::Processes(Some(2)),
        Setting::NoFile(Some(64)),
        Setting::AddressSpaceKib(Some(1 << 20)),
        Setting::Mounts(vec![VolumeMount {
            volume: name("data"),
            target: "/data",
            read_only: true,
            no_exec: true,
        }]),
        Setting::Mounts(vec![]),
    ]
}

/// And what it does not.
fn loosenings() -> Vec<(Setting<'static>, Loosening)> {
    let mount = |volume, target| {
        Setting::Mounts(vec![VolumeMount {
            volume: name(volume),
            target,
            read_only: true,
            no_exec: true,
        }])
    };
    vec![
        (Setting::Profile(Profile::Low), Loosening::Operations),
        (Setting::Ports(ports(&[port(80, 91)])), Loosening::Ports),
        (
            Setting::Ports(ports(&[Reservation::new(Protocols::Both, 80, 80).unwrap()])),
            Loosening::Ports,
        ),
        (
            Setting::Devices(vec![("/dev/mem", Access::Read)]),
            Loosening::Devices,
        ),
        (Setting::Processes(Some(9)), Loosening::Limits),
        (Setting::NoFile(None), Loosening::Limits),
        (Setting::CoreKib(Some(1)), Loosening::Limits),
        (mount("more", "/data"), Loosening::Mounts),
        (mount("data", "/elsewhere"), Loosening::Mounts),
        (Setting::Command(vec!["/bin/sh"]), Loosening::Other),
        (Setting::User(0, 0, vec![]), Loosening::Other),
        (Setting::Critical(true), Loosening::Other),
        (Setting::Description("x"), Loosening::Other),
        (Setting::Depends(vec![name("app")]), Loosening::Other),
        (Setting::Restart(RestartPolicy::Never), Loosening::Other),
        (Setting::Health(Some(vec!["/bin/true"])), Loosening::Other),
        (Setting::Facility(Facility(1)), Loosening::Other),
        (Setting::Tag("other"), Loosening::Other),
    ]
}

#[test]
fn a_sealed_board_bears_every_tightening() {
    for setting in tightenings() {
        merge(&sealed(), change("web", vec![setting.clone()]))
            .unwrap_or_else(|conflict| panic!("{setting:?}: {conflict:?}"));
    }
    let gone = made("app", Base::Removed, vec![]);
    assert_eq!(merge(&sealed(), gone).unwrap().image.cells.len(), 1);
}

#[test]
fn a_sealed_board_bears_no_loosening() {
    for (setting, loosening) in loosenings() {
        let mut overrides = change("web", vec![setting.clone()]);
        if let Setting::Depends(_) = setting {
            overrides.cells[0].name = name("app");
            overrides.cells[0].settings = vec![Setting::Depends(vec![])];
        }
        let conflict = merge(&sealed(), overrides.clone()).unwrap_err();
        assert_eq!(conflict.why, Why::Loose(loosening), "{setting:?}");
    }
    let twin = made("twin", Base::Like(name("web")), vec![]);
    assert_eq!(
        refused(&sealed(), &twin),
        "twin: the board is sealed: no cell can be added"
    );
    let mut image = sealed();
    image.cells[0].autostart = false;
    let on = change("web", vec![Setting::Autostart(true)]);
    assert_eq!(
        refused(&image, &on),
        "web: the board is sealed: it can be kept from starting, not made to"
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

fn any_setting() -> impl Strategy<Value = Setting<'static>> {
    let all: Vec<_> = tightenings()
        .into_iter()
        .chain(loosenings().into_iter().map(|(setting, _)| setting))
        .collect();
    prop_oneof![
        proptest::sample::select(all),
        any::<Option<u16>>().prop_map(Setting::Processes),
        any::<Option<u32>>().prop_map(Setting::NoFile),
        any::<Option<u32>>().prop_map(Setting::CoreKib),
        (any::<u64>(), any::<u64>())
            .prop_map(|(low, high)| Setting::Deny(OpSet::from_halves(low, high))),
        (1..200_u16, 0..5_u16)
            .prop_map(|(first, more)| Setting::Ports(ports(&[port(first, first + more)]))),
    ]
}

fn any_overrides() -> impl Strategy<Value = Overrides<'static>> {
    let entry = (
        proptest::sample::select(vec!["web", "app", "new"]),
        proptest::sample::select(vec![
            Base::Image,
            Base::Removed,
            Base::Like(name("web")),
            Base::Root(name("app")),
        ]),
        proptest::collection::vec(any_setting(), 0..5),
    );
    proptest::collection::vec(entry, 0..4).prop_map(|entries| {
        let mut overrides = Overrides::default();
        for (of, base, settings) in entries {
            let mut entry = CellEntry {
                name: name(of),
                base,
                settings: vec![],
            };
            settings.into_iter().for_each(|setting| entry.set(setting));
            overrides.put_cell(entry);
        }
        overrides
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn changes_come_back_from_bytes(overrides in any_overrides(), generation in 1..u32::MAX) {
        let bytes = slot::write(generation, &overrides).unwrap();
        let (read, body) = slot::open(&bytes).unwrap();
        prop_assert_eq!(read, generation);
        prop_assert_eq!(slot::decode(body).unwrap(), overrides);
    }

    /// The bytes are those that serde derives from the model.
    #[test]
    fn what_is_written_by_hand_is_what_serde_derives(overrides in any_overrides()) {
        let bytes = slot::write(1, &overrides).unwrap();
        let derived = postcard::to_allocvec(&overrides).unwrap();
        prop_assert_eq!(slot::open(&bytes).unwrap().1, derived.as_slice());
        if let Ok(merged) = merge(&full(), overrides.clone()) {
            let derived = postcard::to_allocvec(&merged.image).unwrap();
            let mut poured = Vec::new();
            pour(&merged.image, &mut |bytes| poured.extend_from_slice(bytes));
            prop_assert_eq!(&poured, &derived);
            prop_assert_eq!(read(&derived).unwrap(), merged.image.clone());
            for cell in &merged.image.cells {
                let derived = postcard::to_allocvec(&Draft::of(&merged.image, cell)).unwrap();
                let mut poured = Vec::new();
                definition(&merged.image, cell, &mut |bytes| poured.extend_from_slice(bytes));
                prop_assert_eq!(&poured, &derived);
                prop_assert_eq!(read_definition(&derived).unwrap(), Draft::of(&merged.image, cell));
            }
        }
    }

    /// The bytes that serde refuses are refused, and what it reads is read the same.
    #[test]
    fn what_is_read_by_hand_is_what_serde_reads(
        overrides in any_overrides(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let merged = merge(&full(), overrides.clone()).map_or_else(|_| full(), |merged| merged.image);
        let mut bytes = postcard::to_allocvec(&merged).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let derived = postcard::take_from_bytes::<Image<'_>>(&bytes);
        let derived = derived.ok().filter(|(_, rest)| rest.is_empty()).map(|(image, _)| image);
        prop_assert_eq!(read(&bytes), derived);
    }

    #[test]
    fn no_damage_goes_unseen(overrides in any_overrides(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut bytes = slot::write(1, &overrides).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        prop_assert_eq!(slot::open(&bytes), Err(slot::Damage::Torn));
        bytes[at] ^= 1_u8 << bit;
        bytes.truncate(at);
        prop_assert_eq!(slot::open(&bytes), Err(slot::Damage::Torn));
    }

    /// What a sealed board runs is never more than its image, whatever is in the store.
    #[test]
    fn nothing_in_the_store_loosens_a_sealed_board(overrides in any_overrides()) {
        let sealed = sealed();
        if let Ok(merged) = merge(&sealed, overrides) {
            prop_assert_eq!(loosens(&sealed, &merged.image), None);
            for cell in &merged.image.cells {
                let was = sealed.cells.iter().find(|was| was.name == cell.name).unwrap();
                prop_assert!(cell.may.is_subset(was.may));
                for port in 1..=u16::MAX {
                    let has = |cell: &Cell<'_>| {
                        cell.reservations.iter().any(|one| one.covers(Protocols::Tcp, port))
                    };
                    prop_assert!(!has(cell) || has(was));
                }
                prop_assert!(cell.limits.nofile.unwrap_or(u32::MAX) <= was.limits.nofile.unwrap_or(u32::MAX));
                prop_assert!(cell.limits.core_kib.unwrap_or(u32::MAX) <= was.limits.core_kib.unwrap_or(u32::MAX));
                prop_assert_eq!(&cell.command, &was.command);
                prop_assert_eq!(cell.uid, was.uid);
                prop_assert!(cell.mounts.len() <= was.mounts.len());
                prop_assert!(cell.devices.len() <= was.devices.len());
            }
        }
    }

    /// Being tighter carries over: what is tighter than something tighter is tighter.
    #[test]
    fn tighter_than_tighter_is_tighter(first in any_overrides(), second in any_overrides()) {
        let image = image();
        if let Ok(one) = merge(&image, first)
            && let Ok(two) = merge(&one.image, second)
            && loosens(&image, &one.image).is_none()
            && loosens(&one.image, &two.image).is_none()
        {
            prop_assert_eq!(loosens(&image, &two.image), None);
        }
    }

    /// What is merged keeps to the rules of an image, and merging it with nothing changes nothing.
    #[test]
    fn what_is_merged_is_an_image(overrides in any_overrides()) {
        if let Ok(merged) = merge(&image(), overrides.clone()) {
            prop_assert_eq!(crate::image::check(&merged.image), Ok(()));
            prop_assert_eq!(merge(&merged.image, Overrides::default()).unwrap().image, merged.image);
        }
    }
}
