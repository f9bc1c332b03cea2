//! The shell over the made-up system: what it calls, and what it makes of calls that fail.

use std::prelude::rust_2024::*;
use std::vec;

use cell_abi::{Access, CellName, Policy, Profile};
use libcell::desired::{Base, CellEntry, Overrides, Setting, slot};
use libcell::image::{
    DeviceNode, Image, MountEntry, MountSource, Readiness, RestartPolicy, Volume, Watchdog, write,
};
use libcell::platform::{Errno, Exit, signal};

use super::define::{cell, complaints, health, image};
use super::fake::{Fake, Manners, Step};

/// Three cells that depend on one another, with everything that a cell can have.
fn board() -> Image<'static> {
    let mut store = cell("store", &[]);
    store.critical = true;
    store.devices = vec![DeviceNode {
        path: "/dev/null",
        access: Access::ReadWrite,
        any_minor: false,
    }];
    store.mounts = vec![
        mount(MountSource::Volume(0), "/data"),
        mount(
            MountSource::Tmpfs {
                size_kib: 64,
                mode: 0o1777,
            },
            "/tmp",
        ),
    ];
    let mut work = cell("work", &[0]);
    work.readiness = Readiness::Healthy;
    work.health = Some(health());
    let mut image = image(vec![store, work, cell("web", &[0, 1])]);
    image.board.watchdog = Some(Watchdog {
        device: "/dev/watchdog",
        period_s: 30,
    });
    image.volumes = vec![Volume {
        name: CellName::new("data").expect("a name"),
        path: "/volumes/data",
        mode: 0o750,
        uid: 1000,
        gid: 1000,
        budget_kib: 0,
        allow: libcell::image::Allow::default(),
    }];
    image
}

fn mount(source: MountSource, target: &'static str) -> MountEntry<'static> {
    MountEntry {
        source,
        target,
        read_only: false,
        no_exec: true,
    }
}

fn run(fake: &Fake, image: &Image<'_>) -> u8 {
    let bytes = write(image).expect("an image");
    fake.world
        .borrow_mut()
        .files
        .insert("/etc/cells.bin".into(), bytes);
    crate::run(fake, &["cellinit"])
}

/// Boots, runs for a while, stops.
const DAY: [Step; 2] = [Step::Pass(60_000), Step::Signal(signal::TERM)];

fn expect_nothing_left(fake: &Fake) {
    let world = fake.world.borrow();
    assert_eq!(world.processes.values().collect::<Vec<_>>(), [""; 0]);
    assert_eq!(world.mounts, [""; 0]);
    assert!(world.kernel.cells.is_empty());
    drop(world);
    assert_eq!(fake.open.get(), 0, "descriptors left open");
}

#[test]
fn a_day_leaves_nothing_behind_and_says_nothing() {
    let fake = Fake::new(&DAY);
    assert_eq!(run(&fake, &board()), 0);
    expect_nothing_left(&fake);
    assert_eq!(complaints(&fake.world.borrow().stderr), "");
    assert_eq!(
        fake.logged("mount "),
        [
            "mount /cells/store",
            "mount /cells/store/dev",
            "mount /cells/store/data",
            "mount /cells/store/tmp",
            "mount /cells/work",
            "mount /cells/web",
        ]
    );
    assert_eq!(
        fake.logged("unmount "),
        [
            "unmount /cells/web",
            "unmount /cells/work",
            "unmount /cells/store/tmp",
            "unmount /cells/store/data",
            "unmount /cells/store/dev",
            "unmount /cells/store",
        ]
    );
    assert_eq!(fake.logged("spawn /bin/service").len(), 3);
    assert_eq!(fake.logged("watchdog_feed").len(), 6, "every 10 s");
    assert_eq!(fake.logged("watchdog_disarm").len(), 1);
    assert_eq!(fake.logged("unlink"), ["unlink /var/run/cellinit.sock"]);
}

#[test]
fn without_health_watchdog_or_backoff_it_does_not_wake_up() {
    let fake = Fake::new(&[Step::Pass(86_400_000), Step::Signal(signal::TERM)]);
    run(&fake, &image(vec![cell("a", &[]), cell("b", &[0])]));
    assert!(
        fake.logged("wait").len() <= 4,
        "the day, TERM, and the two ends"
    );
}

/// Fails each call of a whole day once, in every way given.
fn fail_every_call(errnos: &[Errno], script: &[Step], check: impl Fn(&Fake, u8, &str)) {
    let image = board();
    let fake = Fake::new(script);
    run(&fake, &image);
    let calls = fake.calls();
    assert!(calls > 100);
    for number in 0..calls {
        for errno in errnos {
            let mut fake = Fake::new(script);
            fake.fault = Some((number, *errno));
            let status = run(&fake, &image);
            let failed = fake.world.borrow().failed.clone().expect("a failed call");
            check(&fake, status, &failed);
        }
    }
}

#[test]
fn whatever_call_fails_no_process_stays_and_what_stays_is_told() {
    fail_every_call(
        &[Errno::EIO, Errno::EACCES, Errno::EAGAIN],
        &DAY,
        |fake, status, failed| {
            let world = fake.world.borrow();
            let told = !complaints(&world.stderr).is_empty();
            assert!(world.processes.is_empty(), "{failed}: a process stays");
            let left = !world.mounts.is_empty() || !world.kernel.cells.is_empty();
            assert!(!left || (told && status == 1), "{failed}: stays unsaid");
            assert!(status == 0 || told, "{failed}: fails without a word");
            for line in world.stderr.lines() {
                let is_ours = ["cellinit: ", "cellrescue: "]
                    .iter()
                    .any(|name| line.starts_with(name));
                assert!(is_ours, "{failed}: {line}");
            }
            drop(world);
            assert_eq!(fake.open.get(), 0, "{failed}: a descriptor stays open");
        },
    );
}

#[test]
fn whatever_call_of_the_boot_fails_with_what_may_pass_all_cells_come_up() {
    // long enough for the delays of a retry
    let script = [Step::Pass(30_000), Step::Signal(signal::TERM)];
    fail_every_call(&[Errno::EAGAIN], &script, |fake, status, failed| {
        let started = fake.logged("spawn /bin/service").len();
        let fatal = ["open ", "read /etc", "metadata /etc", "watch_", "listen"]
            .iter()
            .any(|call| failed.starts_with(call))
            || failed.starts_with("make_directory /var")
            || status == 1;
        assert!(started >= 3 || fatal, "{failed}: {started} started");
    });
}

#[test]
fn a_cell_that_cannot_be_set_up_fails_and_the_others_go_on() {
    let mut broken = cell("broken", &[]);
    broken.mounts = vec![mount(MountSource::Volume(0), "/srv/link")];
    let mut image = board();
    image.cells.push(broken);
    let fake = Fake::new(&DAY);
    assert_eq!(run(&fake, &image), 0);
    assert_eq!(
        complaints(&fake.world.borrow().stderr),
        "cellinit: broken: mount /srv/link: too many levels of symbolic links\n"
    );
    assert_eq!(fake.logged("spawn /bin/service").len(), 3);
    expect_nothing_left(&fake);
}

#[test]
fn orphans_are_killed_before_the_service_starts_again() {
    let fake = Fake::new(&[
        Step::Pass(10_000),
        Step::End("store", Exit::Code(1), 3),
        Step::Pass(5000),
        Step::Signal(signal::TERM),
    ]);
    assert_eq!(run(&fake, &board()), 0);
    expect_nothing_left(&fake);
    let world = fake.world.borrow();
    let mut calls = world.log.iter();
    // three starts, then the kill of what the first left, then its second start
    for _ in 0..3 {
        assert!(calls.any(|call| call == "spawn /bin/service"));
    }
    assert!(calls.any(|call| call.starts_with("Kill")));
    assert!(calls.any(|call| call == "spawn /bin/service"));
}

#[test]
fn who_ignores_term_is_killed_after_the_grace() {
    let fake = Fake::new(&DAY);
    fake.world.borrow_mut().manners = Manners::Ignore;
    assert_eq!(run(&fake, &board()), 0);
    expect_nothing_left(&fake);
}

#[test]
fn a_failing_health_command_starves_nobody_else() {
    let fake = Fake::new(&DAY);
    fake.world.borrow_mut().health = Exit::Code(1);
    assert_eq!(run(&fake, &board()), 0);
    assert!(
        fake.logged("spawn /bin/service").len() > 2,
        "work is restarted"
    );
    expect_nothing_left(&fake);
}

#[test]
fn the_watchdog_is_not_fed_while_a_critical_cell_is_down() {
    let mut image = board();
    image.cells[0].restart.policy = RestartPolicy::Never;
    let fake = Fake::new(&[
        Step::Pass(5000),
        Step::End("store", Exit::Code(1), 0),
        Step::Pass(60_000),
        Step::Signal(signal::TERM),
    ]);
    run(&fake, &image);
    assert_eq!(
        fake.logged("watchdog_feed").len(),
        1,
        "when it is stopped by request"
    );
}

fn left_behind(fake: &Fake, policy: Policy) {
    let mut world = fake.world.borrow_mut();
    world.processes.insert(10_000, "orphan".into());
    world.kernel.leave_behind("store", policy, &[10_000]);
    let mounts = ["/cells/store", "/cells/store/dev"];
    world.mounts.extend(mounts.map(String::from));
}

#[test]
fn what_an_earlier_cellinit_left_is_killed_and_made_anew() {
    let fake = Fake::new(&DAY);
    left_behind(&fake, Policy::of(Profile::High));
    assert_eq!(run(&fake, &board()), 0);
    assert_eq!(complaints(&fake.world.borrow().stderr), "");
    assert_eq!(fake.logged("Create").len(), 3);
    expect_nothing_left(&fake);
}

fn sealed_board() -> Image<'static> {
    let mut image = board();
    image.board.sealed = true;
    image.cells[0].devices.clear();
    image.cells[2].autostart = false;
    image
}

#[test]
fn a_sealed_board_has_every_cell_made_before_the_seal() {
    let fake = Fake::new(&DAY);
    run(&fake, &sealed_board());
    let world = fake.world.borrow();
    assert!(world.kernel.sealed);
    assert_eq!(world.kernel.cells.len(), 3, "the one on hold too");
    assert!(world.processes.is_empty());
    let seal = world.log.iter().position(|call| call == "Seal");
    let created = world
        .log
        .iter()
        .rposition(|call| call.starts_with("Create"));
    assert!(created < seal);
}

#[test]
fn on_a_sealed_kernel_a_cell_of_the_same_policy_is_used_again() {
    let fake = Fake::new(&DAY);
    left_behind(&fake, Policy::of(Profile::High));
    fake.world.borrow_mut().kernel.sealed = true;
    run(&fake, &sealed_board());
    assert_eq!(fake.logged("spawn /bin/service").len(), 1);
}

#[test]
fn a_seal_by_somebody_else_is_noticed_and_cells_go_on_and_stay() {
    let fake = Fake::new(&[
        Step::Pass(10_000),
        Step::Seal,
        Step::End("store", Exit::Code(1), 0),
        Step::Pass(5000),
        Step::Signal(signal::TERM),
    ]);
    assert_eq!(run(&fake, &board()), 0);
    let world = fake.world.borrow();
    assert_eq!(complaints(&world.stderr), "");
    let spawned = world
        .log
        .iter()
        .filter(|call| *call == "spawn /bin/service");
    assert_eq!(spawned.count(), 4, "the one that ended again");
    assert!(world.processes.is_empty());
    assert!(!world.kernel.cells.is_empty());
    assert!(!world.log.iter().any(|call| call.starts_with("Destroy")));
}

#[test]
fn on_a_sealed_kernel_a_cell_of_another_policy_is_not_entered() {
    let fake = Fake::new(&DAY);
    left_behind(&fake, Policy::of(Profile::Low));
    fake.world.borrow_mut().kernel.sealed = true;
    run(&fake, &sealed_board());
    assert_eq!(fake.logged("spawn").len(), 0);
    assert!(fake.world.borrow().stderr.contains(
        "cellinit: store: create: the sealed kernel has a cell of this name with another policy\n"
    ));
}

#[test]
fn on_a_sealed_kernel_a_cell_that_cannot_be_made_leaves_no_mounts() {
    let fake = Fake::new(&DAY);
    fake.world.borrow_mut().kernel.sealed = true;
    run(&fake, &board());
    let world = fake.world.borrow();
    assert!(world.stderr.contains("cellinit: store: create: "));
    assert!(world.log.iter().any(|call| call.starts_with("mount")));
    assert_eq!(world.mounts, [""; 0]);
}

#[test]
fn what_is_not_an_image_is_refused_with_a_line() {
    let fake = Fake::new(&[]);
    let mut world = fake.world.borrow_mut();
    world.files.insert("/etc/cells.bin".into(), vec![0; 100]);
    drop(world);
    assert_eq!(crate::run(&fake, &["cellinit"]), 1);
    let stderr = &fake.world.borrow().stderr;
    assert!(stderr.starts_with("cellinit: /etc/cells.bin: "), "{stderr}");
    assert_eq!(fake.open.get(), 0);
}

#[test]
fn unknown_options_are_usage() {
    let fake = Fake::new(&[]);
    assert_eq!(crate::run(&fake, &["cellinit", "--nonsense"]), 64);
    let stderr = &fake.world.borrow().stderr;
    assert!(stderr.starts_with("cellinit: "), "{stderr}");
}

/// Boots a sealed board with these changes in its store; what it said.
fn sealed_with(settings: Vec<Setting<'static>>) -> (Fake, String) {
    let mut image = board();
    image.board.sealed = true;
    let fake = Fake::new(&DAY);
    let overrides = Overrides {
        cells: vec![CellEntry {
            name: CellName::new("web").expect("a name"),
            base: Base::Image,
            settings,
        }],
        volumes: vec![],
    };
    let slot = slot::write(1, &overrides).expect("a slot");
    fake.world
        .borrow_mut()
        .files
        .insert("/volumes/.state/overrides.0".into(), slot);
    assert_eq!(run(&fake, &image), 0);
    let said = fake.world.borrow().stderr.clone();
    (fake, said)
}

#[test]
fn a_store_that_loosens_a_sealed_board_is_not_used_at_boot() {
    let (fake, said) = sealed_with(vec![Setting::User(0, 0, vec![])]);
    assert_eq!(
        said.lines().next().expect("a line"),
        "cellinit: /volumes/.state: web: the board is sealed: only limits, operations, ports, devices and mounts can \
         be reduced; the image runs without changes"
    );
    assert_eq!(fake.logged("spawn /bin/service").len(), 3);
    let (fake, said) = sealed_with(vec![Setting::Autostart(false)]);
    assert!(said.starts_with("cellinit: cells started: 2"), "{said}");
    assert_eq!(fake.logged("spawn /bin/service").len(), 2);
}
