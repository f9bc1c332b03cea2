//! Whatever goes wrong at whatever call that writes: the store reads as before or as after, and the next apply converges.

use cell_layer::Fate;
use libcell::platform::Errno;

use super::device::Device;

const FATES: [Fate; 5] = [
    Fate::Error(Errno::EIO),
    Fate::Error(Errno::ENOSPC),
    Fate::Error(Errno::EPIPE),
    Fate::Killed,
    Fate::Torn,
];

/// Runs a command with every fate at every call that writes; how many that were.
fn every_point(device: &Device, command: &str) -> usize {
    let before = device.snapshot();
    let was = device.store();
    let (ran, calls, _) = device.run_with(command, None);
    assert_eq!(ran.status, 0, "{command}: {ran:?}");
    let after = device.store();
    let mut points = 0;
    for fate in FATES {
        for at in 0..calls {
            device.restore(&before);
            let (ran, _, dead) = device.run_with(command, Some((at, fate)));
            let now = device.store();
            let context = format!("{command}: {fate:?} at {at} of {calls}: {ran:?}");
            assert!(now == was || now == after, "{now:?}: {context}");
            if !dead && ran.status != 0 {
                let told = !ran.err.is_empty() || !ran.out.contains(" failed=0 ");
                assert!(told, "fails without a word: {context}");
            }
            let mut apply = device.run("apply --all --restart-changed");
            if apply.out.contains(": WARN: orphaned\n") {
                // what was to be removed runs on, and only who removes it ends it
                assert!(command.starts_with("cell remove"), "{context}");
                assert_eq!((apply.status, &now), (2, &after), "{context}");
                device.done("cell remove --orphans --scope runtime --yes");
                apply = device.run("apply --all --restart-changed");
            }
            assert_eq!(apply.status, 0, "{context}, then {apply:?}");
            let drift = device.run("apply --all --dry-run");
            assert_eq!(drift.status, 0, "{context}, then {drift:?}");
            assert_eq!(device.store(), now, "apply changes no definition");
            points += 1;
        }
    }
    device.restore(&before);
    points
}

#[test]
fn nothing_is_ever_half_done() {
    let device = Device::new();
    let mut all = 0;
    // a store that was never written, one with files of which one is older, and the same with the other one older
    for round in 0..3 {
        if round > 0 {
            device.done(&format!("cell set tool --rlimit-nofile {round}"));
        }
        if round == 1 {
            device.done("volume create spare");
        }
        device.done("apply --all");
        for command in [
            "cell create twin --like web",
            "cell set web --rlimit-nofile 32 --cmd /bin/httpd",
            "cell set db --autostart NO --scope both",
            "cell remove tool",
            "cell remove web --scope both --yes",
            "volume remove spare --scope both --yes",
            "volume create extra",
            "volume create extra --scope both",
            "volume set site --mode 0700 --scope both",
            "cell stop web --scope both",
            "system reset --scope desired --yes",
        ] {
            if round == 0 && command.contains("spare") {
                continue;
            }
            let points = every_point(&device, command);
            println!("{command}: {points} points");
            all += points;
        }
    }
    println!("all of them: {all} points");
}

#[test]
fn an_apply_that_was_cut_short_is_finished_by_the_next() {
    let device = Device::new();
    device.done("cell create twin --like web --rlimit-nofile 9");
    device.done("cell set db --cmd /bin/httpd");
    device.done("cell set web --rlimit-nofile 7");
    let points = every_point(&device, "apply --all --restart-changed");
    println!("apply: {points} points");
    assert!(points > 100);
}

#[test]
fn a_volume_that_was_half_emptied_is_emptied_by_the_next_try() {
    let device = Device::new();
    let path = device.path("volumes/old");
    let fill = || {
        std::fs::create_dir_all(path.join("a/b")).unwrap();
        for name in ["x", "a/y", "a/b/z"] {
            std::fs::write(path.join(name), "data").unwrap();
        }
    };
    let command = "volume remove --orphans --scope runtime --yes";
    fill();
    let (ran, calls, _) = device.run_with(command, None);
    assert_eq!(ran.status, 0, "{ran:?}");
    let mut points = 0;
    for fate in FATES {
        for at in 0..calls {
            fill();
            device.run_with(command, Some((at, fate)));
            let again = device.run(command).status;
            assert!(again == 0 || again == 2, "{fate:?} at {at}");
            assert!(!path.exists());
            points += 1;
        }
    }
    println!("volume remove: {points} points");
}
