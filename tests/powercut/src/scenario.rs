//! What is cut, and what must be there afterwards.

use libcell::archive::{Allow, Origin};
use libcell::backup::{self, Plan, Tight};
use libcell::job::{Found, Job};
use libcell::platform::{Open, Platform};
use libcell::problem::Why;
use libcell::problem::words;
use libcell::progress::Unwatched;
use libcell::restore::{self, Order, Resumed, Room};

use crate::disk::{Cut, Disk, Image, Point, Tree};
use crate::volume::{self, Age};

const VOLUME: &str = "/volumes/v";

/// Where the archive is that is restored from: another medium.
const STICK: &str = "/stick";

/// How a scenario ended: cut points tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Calls that change or sync something, each cut as a killed process, torn, as lost power.
    pub calls: usize,
    /// Images that were looked at after a cut.
    pub first: usize,
    /// Images that were looked at after a cut of what goes on after a cut.
    pub second: usize,
}

/// A scenario.
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// Runs it.
    pub run: fn() -> Count,
}

/// All of them.
pub const ALL: &[Scenario] = &[
    Scenario {
        name: "restore over an old volume",
        run: || restores(Some(Age::Old), Room::Both),
    },
    Scenario {
        name: "restore where there is none",
        run: || restores(None, Room::Both),
    },
    Scenario {
        name: "restore in place",
        run: || restores(Some(Age::Old), Room::InPlace),
    },
    Scenario {
        name: "restore in place of one that was given up",
        run: given_up,
    },
    Scenario {
        name: "backup",
        run: || backups(0),
    },
    Scenario {
        name: "backup that deletes older ones",
        run: || backups(2),
    },
    Scenario {
        name: "deletion of a backup",
        run: deletions,
    },
];

fn order(archive: &str, room: Room) -> Order<'_> {
    Order {
        room,
        ..Order::new(archive, Origin::Picocell)
    }
}

/// What comes of some work, with what it was at.
fn done<P: Platform, T>(
    platform: &P,
    work: impl FnOnce(&mut Job<'_, P>) -> Result<T, Why>,
) -> Result<(T, String, Found), String> {
    let mut watch = Unwatched;
    let mut job = Job::new(platform, "", &mut watch);
    match work(&mut job) {
        Ok(value) => Ok((value, job.object, job.found)),
        Err(why) => Err(format!("{}: {}", job.object, words(why))),
    }
}

fn plan(keep: u16) -> Plan<'static> {
    Plan {
        volume: "v",
        board: "board",
        image: "-",
        directory: None,
        allow: Allow::default(),
        keep,
        tight: Tight::Refuse,
    }
}

/// A disk with an empty data partition and a stick.
fn disk() -> Disk {
    let disk = Disk::new();
    for path in ["/volumes", STICK] {
        disk.make_directory(path, 0o755).unwrap();
    }
    disk
}

/// The archive of a new volume, on the stick; the volume is gone again.
fn archived(disk: &Disk) -> (String, Tree) {
    volume::make(disk, "", "v", Age::New);
    let plan = Plan {
        directory: Some(STICK),
        ..plan(0)
    };
    let (_, path, _) = done(disk, |job| backup::create(job, &plan)).unwrap();
    let tree = disk.tree(VOLUME).unwrap();
    libcell::tree::remove(disk, VOLUME).unwrap();
    (path, tree)
}

/// What may be there.
struct Promise {
    old: Option<Tree>,
    new: Tree,
    /// The archive, if the old one may be given up for it.
    archive: Option<String>,
}

impl Promise {
    /// Goes on after a cut; the old one or the new one is there then.
    fn holds(&self, disk: &Disk, what: &str) -> Resumed {
        let (resumed, _, _) =
            done(disk, restore::resume).unwrap_or_else(|problem| panic!("{what}: {problem}"));
        let tree = disk.tree(VOLUME);
        match resumed {
            Resumed::NeedArchive => {
                let archive = self
                    .archive
                    .as_ref()
                    .unwrap_or_else(|| panic!("{what}: given up"));
                assert_eq!(tree, None, "{what}");
                done(disk, |job| {
                    restore::restore(job, &order(archive, Room::InPlace))
                })
                .unwrap();
                assert_eq!(disk.tree(VOLUME).as_ref(), Some(&self.new), "{what}");
            }
            Resumed::New => {
                assert_eq!(tree.as_ref(), Some(&self.new), "{what}: not the new one")
            }
            Resumed::Old => assert_eq!(tree, self.old, "{what}: not the old one"),
            Resumed::Clean => assert!(
                tree == self.old || tree.as_ref() == Some(&self.new),
                "{what}: neither the old nor the new one"
            ),
        }
        for beside in ["staging", "aside"] {
            let path = format!("/volumes/.state/{beside}");
            assert!(disk.tree(&path).is_none(), "{what}: {beside} is left");
        }
        assert_eq!(
            done(disk, restore::resume).unwrap().0,
            Resumed::Clean,
            "{what}"
        );
        resumed
    }

    /// Cuts at each point, and cuts what goes on after it at each point.
    fn holds_at(&self, points: &[Point]) -> Count {
        let mut count = calls(points);
        for (index, point) in points.iter().enumerate() {
            let what = format!("{} {:?} at {index}", point.call, point.cut);
            let disk = Disk::of(point.image.clone());
            disk.record();
            self.holds(&disk, &what);
            count.first += 1;
            for (again, second) in disk.points().iter().enumerate() {
                let what = format!("{what}, then {} {:?} at {again}", second.call, second.cut);
                self.holds(&Disk::of(second.image.clone()), &what);
                count.second += 1;
            }
        }
        count
    }
}

fn calls(points: &[Point]) -> Count {
    Count {
        calls: points
            .iter()
            .filter(|point| point.cut == Cut::Killed)
            .count(),
        ..Count::default()
    }
}

fn restores(old: Option<Age>, room: Room) -> Count {
    let disk = disk();
    let (archive, new) = archived(&disk);
    if let Some(age) = old {
        volume::make(&disk, "", "v", age);
    }
    if room == Room::InPlace {
        disk.free_kib.set(0);
    }
    let promise = Promise {
        old: disk.tree(VOLUME),
        new,
        archive: (room == Room::InPlace).then(|| archive.clone()),
    };
    // what was not given up has room once it is gone
    let giving = Giving { disk: &disk };
    disk.record();
    giving.restore(&order(&archive, room));
    let points = disk.points();
    // what was said to be done is there, whatever was not made lasting
    if let Some(last) = points.iter().rfind(|point| point.cut == Cut::Dropped) {
        let disk = Disk::of(last.image.clone());
        promise.holds(&disk, "done");
        assert_eq!(disk.tree(VOLUME).as_ref(), Some(&promise.new));
    }
    promise.holds_at(&points)
}

/// A disk that has room once the old volume is gone.
struct Giving<'d> {
    disk: &'d Disk,
}

impl Giving<'_> {
    fn restore(&self, order: &Order<'_>) {
        let hook = crate::layer::Layer {
            inner: self.disk,
            hook: self,
        };
        done(&hook, |job| restore::restore(job, order)).unwrap();
    }
}

impl crate::layer::Hook for &Giving<'_> {
    fn after(&self, call: crate::layer::Call) {
        if call.name == "remove_directory" {
            self.disk.free_kib.set(1 << 20);
        }
    }
}

fn given_up() -> Count {
    let disk = disk();
    let (archive, new) = archived(&disk);
    volume::make(&disk, "", "v", Age::Old);
    disk.free_kib.set(0);
    // no room even then: the old one is given up, and that is all
    done(&disk, |job| {
        restore::restore(job, &order(&archive, Room::InPlace))
    })
    .unwrap_err();
    assert_eq!(disk.tree(VOLUME), None);
    disk.free_kib.set(1 << 20);
    let promise = Promise {
        old: None,
        new,
        archive: Some(archive.clone()),
    };
    disk.record();
    done(&disk, |job| {
        restore::restore(job, &order(&archive, Room::Both))
    })
    .unwrap();
    promise.holds_at(&disk.points())
}

/// The archives that are there, all of which are whole.
fn whole(disk: &Disk, what: &str) -> Vec<String> {
    let all = backup::list(disk, backup::DIRECTORY, None).unwrap();
    let files = all.into_iter().map(|backup| backup.file());
    files
        .inspect(|file| {
            let path = format!("{}/{file}", backup::DIRECTORY);
            let verified = done(disk, |job| restore::verify(job, &order(&path, Room::Both)));
            verified.unwrap_or_else(|problem| panic!("{what}: {problem}"));
        })
        .collect()
}

fn backups(keep: u16) -> Count {
    let disk = disk();
    volume::make(&disk, "", "v", Age::New);
    if keep != 0 {
        for _ in 0..3 {
            done(&disk, |job| backup::create(job, &plan(0))).unwrap();
        }
    }
    let (volume, before) = (disk.tree(VOLUME), whole(&disk, "before"));
    disk.record();
    let (_, path, _) = done(&disk, |job| backup::create(job, &plan(keep))).unwrap();
    let points = disk.points();
    let made = path.rsplit('/').next().unwrap().to_string();
    let last: &Image = &points
        .iter()
        .rfind(|point| point.cut == Cut::Dropped)
        .unwrap()
        .image;
    assert!(whole(&Disk::of(last.clone()), "done").contains(&made));
    let mut count = calls(&points);
    for (index, point) in points.iter().enumerate() {
        let what = format!("{} {:?} at {index}", point.call, point.cut);
        let disk = Disk::of(point.image.clone());
        assert_eq!(disk.tree(VOLUME), volume, "{what}");
        let there = whole(&disk, &what);
        // until the new one is there all old ones are
        let is_made = there.contains(&made);
        assert!(
            is_made || before.iter().all(|old| there.contains(old)),
            "{what}: {there:?}"
        );
        assert!(there.len() >= usize::from(keep).min(before.len()), "{what}");
        // another one is made, and what was not finished is gone
        done(&disk, |job| backup::create(job, &plan(keep))).unwrap();
        let parts = disk.tree(backup::DIRECTORY).unwrap();
        assert!(parts.keys().all(|name| !name.ends_with(".part")), "{what}");
        count.first += 1;
    }
    count
}

fn deletions() -> Count {
    let disk = disk();
    volume::make(&disk, "", "v", Age::New);
    for _ in 0..2 {
        done(&disk, |job| backup::create(job, &plan(0))).unwrap();
    }
    let before = whole(&disk, "before");
    let signature = format!("{}/{}{}", backup::DIRECTORY, before[0], backup::SIGNATURE);
    disk.open(&signature, Open::CreateNew, 0o600).unwrap();
    disk.record();
    done(&disk, |job| {
        backup::delete(job, backup::DIRECTORY, &before[0])
    })
    .unwrap();
    let points = disk.points();
    let mut count = calls(&points);
    for point in points {
        let there = whole(&Disk::of(point.image), "deleted");
        assert!(there.contains(&before[1]), "{there:?}");
        count.first += 1;
    }
    count
}
