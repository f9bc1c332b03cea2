//! Definitions to test with.

use std::prelude::rust_2024::*;
use std::vec;

use cell_abi::{CellName, Limits, Profile, Reservations, RootPath};
use libcell::image::{
    Board, Budget, Cell, Facility, Health, Image, Level, Log, Readiness, Restart, RestartPolicy,
};

/// A cell that is started at boot, restarted always, ready at once.
pub(super) fn cell(name: &'static str, depends: &[u8]) -> Cell<'static> {
    Cell {
        name: CellName::new(name).expect("a name"),
        description: "",
        root: RootPath::new(format!("/cells/{name}").leak()).expect("a root"),
        autostart: true,
        critical: false,
        profile: Profile::High,
        may: Profile::High.policy(),
        reservations: Reservations::new(),
        devices: vec![],
        limits: Limits::default(),
        caps: vec![],
        command: vec!["/bin/service"],
        environment: vec!["PATH=/bin"],
        directory: "/",
        uid: 1000,
        gid: 1000,
        groups: vec![],
        depends: depends.to_vec(),
        restart: Restart {
            policy: RestartPolicy::Always,
            max_failures: 0,
            stable_ms: 30_000,
        },
        stop_grace_ms: 5000,
        readiness: Readiness::Started,
        health: None,
        log: Log {
            facility: Facility(3),
            stdout: Level(5),
            stderr: Level(3),
            tag: name,
            ring: 1024,
        },
        mounts: vec![],
        plan: vec![],
        root_digest: [0; 32],
        root_kib: 0,
    }
}

/// A health command every 10 s, at most 1 s, three failures bear no fourth.
pub(super) fn health() -> Health<'static> {
    Health {
        command: vec!["/bin/check"],
        interval_ms: 10_000,
        timeout_ms: 1000,
        retries: 3,
        start_period_ms: 0,
    }
}

/// An image of these cells.
pub(super) fn image(cells: Vec<Cell<'static>>) -> Image<'static> {
    Image {
        board: Board {
            name: "test",
            arch: "amd64-linux",
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
        volumes: vec![],
        cells,
    }
}

/// What was said on standard error beside the one line that cells were started.
pub(super) fn complaints(stderr: &str) -> String {
    let started = |line: &&str| line.starts_with("cellinit: cells started: ");
    assert!(stderr.lines().filter(started).count() <= 1, "{stderr}");
    let complaints = stderr.lines().filter(|line| !started(line));
    complaints.map(|line| format!("{line}\n")).collect()
}
