//! Files made so on a real file system: once, and not outside, whatever lies there or comes between.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cell_abi::{CellName, Limits, Profile, Reservations, RootPath};
use cell_layer::{Fate, Layer};
use libcell::converge::{Ground, How, Outcome, Scope, empty, open_directory, step, volume};
use libcell::image::{
    Board, Budget, Cell, Facility, Hunk, Image, Level, Log, MountEntry, MountSource, Ownership,
    PlanStep, Readiness, Restart, RestartPolicy, Volume,
};
use libcell::platform::{Errno, Platform, System};

const OWNER: Ownership = Ownership {
    mode: 0o640,
    uid: 0,
    gid: 0,
};

fn image() -> Image<'static> {
    let name = |text| CellName::new(text).unwrap();
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
        volumes: vec![Volume {
            name: name("data"),
            path: "/volumes/data",
            mode: 0o755,
            uid: 0,
            gid: 0,
            budget_kib: 0,
            allow: libcell::image::Allow::default(),
        }],
        cells: vec![Cell {
            name: name("web"),
            description: "",
            root: RootPath::new("/cells/web").unwrap(),
            autostart: true,
            critical: false,
            profile: Profile::High,
            may: Profile::High.policy(),
            reservations: Reservations::new(),
            devices: vec![],
            limits: Limits::default(),
            caps: vec![],
            command: vec!["/bin/httpd"],
            environment: vec![],
            directory: "/",
            uid: 0,
            gid: 0,
            groups: vec![],
            depends: vec![],
            restart: Restart {
                policy: RestartPolicy::Always,
                max_failures: 0,
                stable_ms: 1,
            },
            stop_grace_ms: 1,
            readiness: Readiness::Started,
            health: None,
            log: Log {
                facility: Facility(3),
                stdout: Level(6),
                stderr: Level(4),
                tag: "web",
                ring: 1024,
            },
            mounts: vec![MountEntry {
                source: MountSource::Volume(0),
                target: "/data",
                read_only: false,
                no_exec: true,
            }],
            plan: vec![
                PlanStep::Directory {
                    path: "/data/a/b",
                    owner: Ownership {
                        mode: 0o750,
                        ..OWNER
                    },
                },
                PlanStep::File {
                    path: "/data/a/b/file",
                    content: b"one\ntwo\nthree\n",
                    owner: OWNER,
                },
                PlanStep::Line {
                    path: "/data/a/b/list",
                    text: "a line",
                },
                PlanStep::Link {
                    path: "/data/a/b/link",
                    target: "file",
                },
                PlanStep::Copy {
                    from: "/etc/seed",
                    path: "/data/a/b/copy",
                    owner: OWNER,
                },
                PlanStep::Patch {
                    path: "/data/a/b/copy",
                    hunks: vec![Hunk {
                        line: 2,
                        old: b"two\n",
                        new: b"2\n",
                    }],
                },
            ],
            root_digest: [0; 32],
            root_kib: 0,
        }],
    }
}

struct Place {
    directory: tempfile::TempDir,
    image: Image<'static>,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for path in ["volumes/data/a", "cells/web/etc", "outside"] {
            fs::create_dir_all(directory.path().join(path)).unwrap();
        }
        let mut place = Self {
            directory,
            image: image(),
        };
        // a copy that is patched is not copied again: here it is one or the other
        place.image.cells[0].plan.truncate(5);
        fs::write(place.path("cells/web/etc/seed"), "one\ntwo\n").unwrap();
        fs::write(place.path("outside/victim"), "kept\n").unwrap();
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn prefix(&self) -> &str {
        self.directory.path().to_str().unwrap()
    }

    fn run<P: Platform>(&self, platform: &P, how: How) -> Result<Vec<Outcome>, Errno> {
        let ground = Ground {
            platform,
            prefix: self.prefix(),
            image: &self.image,
        };
        let cell = &self.image.cells[0];
        let steps = cell.plan.iter();
        steps
            .map(|one| step(&ground, cell, one, Scope::Volumes, how))
            .collect()
    }

    /// Every file below, with what tells whether it was touched.
    fn tree(&self, path: &str) -> Vec<(PathBuf, u64, i64, Vec<u8>)> {
        let mut all = vec![];
        walk(&self.path(path), &mut all);
        all.sort();
        all
    }

    fn clear(&self) {
        let _ = fs::remove_dir_all(self.path("volumes/data"));
        fs::create_dir_all(self.path("volumes/data/a")).unwrap();
    }
}

fn walk(path: &Path, all: &mut Vec<(PathBuf, u64, i64, Vec<u8>)>) {
    let of = fs::symlink_metadata(path).unwrap();
    let bytes = if of.is_file() {
        fs::read(path).unwrap()
    } else {
        vec![]
    };
    all.push((path.to_owned(), of.ino(), of.ctime_nsec(), bytes));
    if of.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            walk(&entry.unwrap().path(), all);
        }
    }
}

#[test]
fn a_plan_changes_what_is_not_so_and_nothing_the_second_time() {
    let place = Place::new();
    let system = System::at(place.prefix());
    assert_eq!(
        place.run(&system, How::Check).unwrap(),
        [Outcome::Changed; 5]
    );
    assert_eq!(
        place.tree("volumes/data").len(),
        2,
        "looking changes nothing"
    );
    assert_eq!(
        place.run(&system, How::Make).unwrap(),
        [Outcome::Changed; 5]
    );
    let before = place.tree("volumes/data");
    let layer = Layer::new(&system, None);
    assert_eq!(place.run(&layer, How::Make).unwrap(), [Outcome::Same; 5]);
    assert_eq!(layer.log(), [""; 0], "no call that changes something");
    assert_eq!(place.tree("volumes/data"), before);
    assert_eq!(
        fs::read(place.path("volumes/data/a/b/copy")).unwrap(),
        b"one\ntwo\n"
    );
}

#[test]
fn a_patch_is_applied_once_and_one_that_does_not_fit_is_told() {
    let mut place = Place::new();
    let system = System::at(place.prefix());
    place.image = image();
    place.image.cells[0].plan.drain(..5);
    fs::create_dir(place.path("volumes/data/a/b")).unwrap();
    let copy = place.path("volumes/data/a/b/copy");
    assert_eq!(place.run(&system, How::Make), Err(Errno::ENOENT));
    fs::write(&copy, "one\ntwo\n").unwrap();
    assert_eq!(place.run(&system, How::Make).unwrap(), [Outcome::Changed]);
    assert_eq!(place.run(&system, How::Make).unwrap(), [Outcome::Same]);
    assert_eq!(fs::read(&copy).unwrap(), b"one\n2\n");
    fs::write(&copy, "something else\n").unwrap();
    assert_eq!(place.run(&system, How::Make), Err(Errno::EINVAL));
    fs::write(&copy, vec![b'x'; 70_000]).unwrap();
    assert_eq!(place.run(&system, How::Make), Err(Errno::EFBIG));
}

/// Whatever happens at whatever call: what is there is what was, or what is to be, and the next run makes it so.
#[test]
fn a_plan_that_was_cut_short_is_finished_by_the_next_run() {
    let place = Place::new();
    let system = System::at(place.prefix());
    let count = {
        let layer = Layer::new(&system, None);
        place.run(&layer, How::Make).unwrap();
        layer.calls()
    };
    let whole: Vec<_> = place
        .tree("volumes/data")
        .into_iter()
        .map(|(path, _, _, bytes)| (path, bytes))
        .collect();
    let mut points = 0;
    for fate in [
        Fate::Error(Errno::EIO),
        Fate::Error(Errno::ENOSPC),
        Fate::Killed,
        Fate::Torn,
    ] {
        for at in 0..count {
            place.clear();
            let layer = Layer::new(&system, Some((at, fate)));
            assert!(place.run(&layer, How::Make).is_err(), "{at} {fate:?}");
            for (path, _, _, bytes) in place.tree("volumes/data") {
                let is_beside = path.file_name().unwrap().to_str().unwrap().starts_with('.');
                let known = whole.iter().find(|(other, _)| *other == path);
                assert!(
                    is_beside || known.is_some_and(|(_, whole)| *whole == bytes),
                    "{at} {fate:?}: {}",
                    path.display()
                );
            }
            place.run(&system, How::Make).unwrap();
            let now: Vec<_> = place
                .tree("volumes/data")
                .into_iter()
                .map(|(path, _, _, bytes)| (path, bytes))
                .collect();
            assert_eq!(now, whole, "{at} {fate:?}");
            points += 1;
        }
    }
    println!("plan: {points} points");
    assert!(points > 60);
}

/// Plants something at every component of every path of the plan: nothing outside is touched.
#[test]
fn what_a_cell_plants_leads_nowhere() {
    for victim in ["outside", "outside/victim", "nowhere"] {
        for planted in [
            "data/a",
            "data/a/b",
            "data/a/b/file",
            "data/a/b/list",
            "data/a/b/copy",
            "data",
        ] {
            let place = Place::new();
            let system = System::at(place.prefix());
            place.run(&system, How::Make).unwrap();
            let before = place.tree("outside");
            let at = place.path("volumes").join(planted);
            let _ = fs::remove_file(&at).or_else(|_| fs::remove_dir_all(&at));
            symlink(place.path(victim), &at).unwrap();
            assert_eq!(
                place.run(&system, How::Make),
                Err(Errno::ELOOP),
                "{planted} to {victim}"
            );
            assert_eq!(
                place.run(&system, How::Check),
                Err(Errno::ELOOP),
                "{planted} to {victim}"
            );
            assert_eq!(place.tree("outside"), before, "{planted} to {victim}");
        }
    }
}

#[test]
fn what_would_make_it_wait_is_refused() {
    for name in ["file", "list", "copy"] {
        let place = Place::new();
        let system = System::at(place.prefix());
        place.run(&system, How::Make).unwrap();
        let fifo = place.path("volumes/data/a/b").join(name);
        fs::remove_file(&fifo).unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(place.run(&system, How::Make), Err(Errno::EEXIST), "{name}");
    }
}

/// One changes places of directories and links as fast as it can, the other runs the plan, which has something to write
/// each time: whatever comes of it, nothing outside the volume is ever touched.
#[test]
fn a_race_for_every_component_is_won_by_nobody() {
    let place = Place::new();
    let stop = AtomicBool::new(false);
    let (volume, outside) = (place.path("volumes/data"), place.path("outside"));
    let before = place.tree("outside");
    let mut outcomes = [0_u32; 2];
    let mut written = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let swaps = [
                ("a", "a.real"),
                ("a/b", "a/b.real"),
                ("a/b/file", "a/b/file.real"),
            ];
            while !stop.load(Ordering::Relaxed) {
                for (name, real) in swaps {
                    let (name, real) = (volume.join(name), volume.join(real));
                    let _ = fs::rename(&name, &real);
                    let target = if name.ends_with("file") {
                        outside.join("victim")
                    } else {
                        outside.clone()
                    };
                    let _ = symlink(&target, &name);
                    thread::yield_now();
                    let _ = fs::remove_file(&name);
                    let _ = fs::rename(&real, &name);
                    // about as long as a plan takes, so that each gets to somewhere else
                    thread::sleep(Duration::from_micros(100));
                }
            }
        });
        let system = System::at(place.prefix());
        for _ in 0..3000 {
            // where a link is just now, there is nothing of that name
            for name in ["file", "list", "link", "copy"] {
                let _ = fs::remove_file(volume.join("a/b").join(name));
            }
            match place.run(&system, How::Make) {
                Ok(steps) => {
                    outcomes[1] += 1;
                    written += u32::from(steps.contains(&Outcome::Changed));
                }
                Err(_) => outcomes[0] += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let [refused, done] = outcomes;
    println!("races: {refused} plans refused, {done} done, of which {written} wrote");
    assert!(refused > 0, "nothing came between");
    assert!(written > 0, "nothing was written meanwhile");
    assert_eq!(place.tree("outside"), before);
}

#[test]
fn a_volume_is_a_directory_and_no_link() {
    let place = Place::new();
    let system = System::at(place.prefix());
    let data = &place.image.volumes[0];
    fs::remove_dir_all(place.path("volumes")).unwrap();
    assert_eq!(
        volume(&system, place.prefix(), data, How::Check),
        Ok(Outcome::Changed)
    );
    assert!(!place.path("volumes").exists());
    assert_eq!(
        volume(&system, place.prefix(), data, How::Make),
        Ok(Outcome::Changed)
    );
    assert_eq!(
        volume(&system, place.prefix(), data, How::Make),
        Ok(Outcome::Same)
    );
    fs::remove_dir(place.path("volumes/data")).unwrap();
    symlink(place.path("outside"), place.path("volumes/data")).unwrap();
    let before = place.tree("outside");
    assert_eq!(
        volume(&system, place.prefix(), data, How::Make),
        Err(Errno::ELOOP)
    );
    assert_eq!(place.tree("outside"), before);
}

#[test]
fn a_volume_is_emptied_and_nothing_that_links_name() {
    let place = Place::new();
    let system = System::at(place.prefix());
    place.run(&system, How::Make).unwrap();
    symlink(place.path("outside"), place.path("volumes/data/away")).unwrap();
    fs::create_dir_all(place.path("volumes/data/x/y/z")).unwrap();
    // a name that is not text
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    fs::write(place.path("volumes/data/x").join(odd), "x").unwrap();
    let before = place.tree("outside");
    let directory = open_directory(&system, place.prefix(), "/volumes/data").unwrap();
    empty(&system, &directory).unwrap();
    assert_eq!(fs::read_dir(place.path("volumes/data")).unwrap().count(), 0);
    assert_eq!(place.tree("outside"), before);
}
