//! An image comes back as it was written, and nothing else is accepted.

use alloc::vec;
use alloc::vec::Vec;

use cell_abi::{Access, CellName, Limits, Profile, Protocols, Reservation, Reservations, RootPath};
use proptest::prelude::*;

use super::*;

fn name(text: &str) -> CellName<'_> {
    CellName::new(text).unwrap()
}

fn cell<'a>(text: &'a str, root: &'a str) -> Cell<'a> {
    Cell {
        name: name(text),
        description: "",
        root: RootPath::new(root).unwrap(),
        autostart: true,
        critical: false,
        profile: Profile::High,
        may: Profile::High.policy(),
        reservations: Reservations::new(),
        devices: vec![DeviceNode {
            path: "/dev/null",
            access: Access::ReadWrite,
            any_minor: false,
        }],
        limits: Limits::default(),
        caps: vec![ResourceCap::DataKib(1024)],
        command: vec!["/bin/sh", "/run"],
        environment: vec!["PATH=/bin"],
        directory: "/",
        uid: 5001,
        gid: 5001,
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
        mounts: vec![],
        plan: vec![],
        root_digest: [7; 32],
        root_kib: 12,
    }
}

fn sample() -> Image<'static> {
    let mut web = cell("web", "/cells/web");
    web.reservations
        .push(Reservation::new(Protocols::Tcp, 80, 80).unwrap())
        .unwrap();
    web.mounts.push(MountEntry {
        source: MountSource::Volume(0),
        target: "/srv",
        read_only: false,
        no_exec: true,
    });
    web.plan.push(PlanStep::File {
        path: "/srv/index.html",
        content: b"hello\n",
        owner: Ownership {
            mode: 0o644,
            uid: 5001,
            gid: 5001,
        },
    });
    let mut worker = cell("worker", "/cells/worker");
    worker.depends.push(0);
    worker.health = Some(Health {
        command: vec!["/bin/true"],
        interval_ms: 10_000,
        timeout_ms: 1000,
        retries: 3,
        start_period_ms: 0,
    });
    Image {
        board: Board {
            name: "desk",
            arch: "amd64",
            sealed: false,
            signed: false,
            rescue: false,
            watchdog: Some(Watchdog {
                device: "/dev/watchdog",
                period_s: 30,
            }),
            ram_kib: 65_536,
            flash_kib: 16_384,
            roots_kib: 0,
            system_ram_kib: 0,
            budget: Budget::default(),
            syslog: "/var/run/log",
            recovery: false,
        },
        volumes: vec![Volume {
            name: name("data"),
            path: "/volumes/data",
            mode: 0o750,
            uid: 5001,
            gid: 5001,
            budget_kib: 64,
            allow: Allow::default(),
        }],
        cells: vec![web, worker],
    }
}

#[test]
fn an_image_comes_back_as_it_was_written() {
    let bytes = write(&sample()).unwrap();
    let opened = open(&bytes).unwrap();
    assert_eq!(opened.image, sample());
    assert_eq!(opened.signature, None);
    assert_eq!(opened.signed, bytes);
    assert_eq!(write(&opened.image).unwrap(), bytes);
}

#[test]
fn the_bytes_are_the_golden_ones() {
    let golden = include_bytes!("tests/golden.bin");
    let bytes = write(&sample()).unwrap();
    assert_eq!(bytes, golden, "the format changed: give it another number");
}

#[test]
fn the_header_is_as_documented() {
    let bytes = write(&sample()).unwrap();
    assert_eq!(bytes[..8], [0x89, 0x43, 0x45, 0x4c, 0x4c, 0x0d, 0x0a, 0x1a]);
    assert_eq!(bytes[8..12], [2, 0, 0, 0]);
    let length = u32::try_from(bytes.len() - 48).unwrap();
    assert_eq!(bytes[12..16], length.to_le_bytes());
    assert_eq!(bytes[16..48], open(&bytes).unwrap().digest);
}

#[test]
fn every_shortening_is_refused() {
    let bytes = write(&sample()).unwrap();
    for length in 0..bytes.len() {
        assert_eq!(open(&bytes[..length]), Err(ImageError::Short), "{length}");
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let bytes = write(&sample()).unwrap();
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << bit;
            assert!(open(&flipped).is_err(), "byte {position} bit {bit}");
        }
    }
}

#[test]
fn what_follows_the_body_is_a_signature_or_refused() {
    let bytes = write(&sample()).unwrap();
    for tail in [
        &b"\0"[..],
        b"SIG1",
        b"SIG1\0\0",
        b"SIG1\x02\0a",
        b"SIG1\x01\0ab",
        b"SIG2\x01\0a",
    ] {
        let mut longer = bytes.clone();
        longer.extend_from_slice(tail);
        assert_eq!(open(&longer), Err(ImageError::Trailer), "{tail:?}");
    }
    let signed = sign(&bytes, b"untrusted comment: x").unwrap();
    let opened = open(&signed).unwrap();
    assert_eq!(opened.signature, Some(&b"untrusted comment: x"[..]));
    assert_eq!(opened.signed, bytes);
    assert_eq!(sign(&signed, b"again"), Err(ImageError::Trailer));
    assert_eq!(sign(&bytes, b""), Err(ImageError::Trailer));
    assert_eq!(sign(&bytes, &[b'x'; 1025]), Err(ImageError::Trailer));
}

#[test]
fn bytes_left_over_in_the_body_are_refused() {
    let mut bytes = write(&sample()).unwrap();
    bytes.push(0);
    reseal(&mut bytes);
    assert_eq!(open(&bytes), Err(ImageError::Body));
}

/// Makes length and digest right for whatever body there is.
fn reseal(bytes: &mut [u8]) {
    let length = u32::try_from(bytes.len() - HEADER).unwrap();
    bytes[12..16].copy_from_slice(&length.to_le_bytes());
    let described = bytes[..16].try_into().unwrap();
    let digest = hash(&described, &bytes[HEADER..]);
    bytes[16..48].copy_from_slice(&digest);
}

fn broken(change: impl FnOnce(&mut Image<'static>)) -> (Place, Rule) {
    let mut image = sample();
    change(&mut image);
    // what another program wrote is refused by open; ours does not write it
    let mut bytes = vec![0; HEADER];
    bytes[..10].copy_from_slice(b"\x89CELL\r\n\x1a\x02\0");
    bytes.extend(postcard::to_allocvec(&image).unwrap());
    reseal(&mut bytes);
    let read = open(&bytes).unwrap_err();
    let written = write(&image).unwrap_err();
    assert_eq!(read, written);
    match read {
        ImageError::Flaw(flaw) => (flaw.place, flaw.rule),
        other => panic!("{other}"),
    }
}

#[test]
fn every_rule_is_checked() {
    use Place::{Board, Cell, Volume};
    let many = vec!["/a"; 40];
    let cases: Vec<((Place, Rule), (Place, Rule))> = vec![
        (broken(|i| i.board.name = ""), (Board, Rule::BadName)),
        (broken(|i| i.board.syslog = "log"), (Board, Rule::BadPath)),
        (
            broken(|i| i.board.watchdog.as_mut().unwrap().period_s = 0),
            (Board, Rule::OutOfRange),
        ),
        (
            broken(|i| i.cells = (0..65).map(|_| cell("a", "/a")).collect()),
            (Board, Rule::TooMany),
        ),
        (
            broken(|i| i.volumes.push(i.volumes[0].clone())),
            (Volume(1), Rule::DuplicateName),
        ),
        (
            broken(|i| i.volumes[0].name = name(".state")),
            (Volume(0), Rule::BadName),
        ),
        (
            broken(|i| i.volumes[0].mode = 0o10_000),
            (Volume(0), Rule::BadMode),
        ),
        (
            broken(|i| i.cells[1].name = name("web")),
            (Cell(1), Rule::DuplicateName),
        ),
        (
            broken(|i| i.cells[1].reservations = i.cells[0].reservations.clone()),
            (Cell(1), Rule::PortTaken),
        ),
        (
            broken(|i| i.cells[0].description = "two\nlines"),
            (Cell(0), Rule::BadText),
        ),
        (
            broken(|i| i.cells[0].root = RootPath::new("/a//b").unwrap()),
            (Cell(0), Rule::BadPath),
        ),
        (
            broken(|i| i.cells[0].devices[0].path = "/etc/passwd"),
            (Cell(0), Rule::BadDevice),
        ),
        (
            broken(|i| i.cells[0].caps.push(ResourceCap::DataKib(1))),
            (Cell(0), Rule::DuplicateLimit),
        ),
        (
            broken(|i| i.cells[0].command = vec![]),
            (Cell(0), Rule::BadCommand),
        ),
        (
            broken(|i| i.cells[0].command = vec!["sh"]),
            (Cell(0), Rule::BadCommand),
        ),
        (
            broken(|i| i.cells[0].command = many.clone()),
            (Cell(0), Rule::TooMany),
        ),
        (
            broken(|i| i.cells[0].environment = vec!["=x"]),
            (Cell(0), Rule::BadEnvironment),
        ),
        (
            broken(|i| i.cells[0].environment = vec!["A=\0"]),
            (Cell(0), Rule::BadText),
        ),
        (
            broken(|i| i.cells[0].directory = "/a/../b"),
            (Cell(0), Rule::BadPath),
        ),
        (
            broken(|i| i.cells[0].groups = vec![1; 17]),
            (Cell(0), Rule::TooMany),
        ),
        (
            broken(|i| i.cells[1].depends = vec![1]),
            (Cell(1), Rule::BadDependency),
        ),
        (
            broken(|i| i.cells[1].depends = vec![0, 0]),
            (Cell(1), Rule::BadDependency),
        ),
        (
            broken(|i| i.cells[0].stop_grace_ms = u32::MAX),
            (Cell(0), Rule::OutOfRange),
        ),
        (
            broken(|i| i.cells[1].health.as_mut().unwrap().retries = 0),
            (Cell(1), Rule::OutOfRange),
        ),
        (
            broken(|i| i.cells[0].log.facility = Facility(24)),
            (Cell(0), Rule::BadLevel),
        ),
        (
            broken(|i| i.cells[0].log.ring = 0),
            (Cell(0), Rule::OutOfRange),
        ),
        (
            broken(|i| i.cells[0].mounts[0].source = MountSource::Volume(1)),
            (Cell(0), Rule::BadMount),
        ),
        (
            broken(|i| i.cells[0].mounts[0].target = "/dev/x"),
            (Cell(0), Rule::BadMount),
        ),
        (
            broken(|i| {
                let mut second = i.cells[0].mounts[0].clone();
                second.target = "/srv/www";
                i.cells[0].mounts.push(second);
            }),
            (Cell(0), Rule::BadMount),
        ),
        (
            broken(|i| i.cells[0].mounts[0].target = "/elsewhere"),
            (Cell(0), Rule::BadPlan),
        ),
    ];
    for (number, (got, expected)) in cases.iter().enumerate() {
        assert_eq!(got, expected, "case {number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        let _ = open(&bytes);
    }

    #[test]
    fn no_body_under_a_right_digest_makes_it_panic(
        body in proptest::collection::vec(any::<u8>(), 0..512),
    ) {
        let mut bytes = b"\x89CELL\r\n\x1a\x02\0".to_vec();
        bytes.resize(HEADER, 0);
        bytes.extend(body);
        reseal(&mut bytes);
        let _ = open(&bytes);
    }

    #[test]
    fn what_opens_after_a_change_under_a_right_digest_writes_back_or_is_refused(
        position in any::<proptest::sample::Index>(),
        value in any::<u8>(),
    ) {
        let mut bytes = write(&sample()).unwrap();
        let position = HEADER + position.index(bytes.len() - HEADER);
        bytes[position] = value;
        reseal(&mut bytes);
        if let Ok(opened) = open(&bytes) {
            let again = write(&opened.image).unwrap();
            prop_assert_eq!(open(&again).unwrap().image, opened.image);
        }
    }
}
