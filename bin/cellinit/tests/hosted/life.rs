//! From boot to stop.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use libcell::control::{Reply, Request, State, Why};
use libcell::image::{Health, Readiness, RestartPolicy};

use super::device::{Device, can_run, eventually, image, is_alive, script, shell, signal};

const STAY: &str =
    "trap 'exit 0' TERM; echo $$ >> /shared/pids; while :; do sleep 1000 & wait; done";

#[test]
fn cells_start_as_their_dependencies_get_ready_and_stop_in_reverse() {
    if !can_run() {
        return;
    }
    // until: in the hosted kernel a signal (of the sleep that ends) may interrupt an open(2), seccomp_unotify(2)
    let mut base = script(
        "base",
        &[],
        "trap 'until echo base >> /shared/stops; do :; done; exit 0' TERM; echo base >> /shared/order; \
         sleep 0.4; touch /shared/open; while :; do sleep 1000 & wait; done",
    );
    base.stop_grace_ms = 10_000;
    base.readiness = Readiness::Healthy;
    base.health = Some(Health {
        command: shell("test -e /shared/open"),
        interval_ms: 60_000,
        timeout_ms: 2000,
        retries: 3,
        start_period_ms: 5000,
    });
    let mut prepare = script("prepare", &[0], "echo prepare >> /shared/order");
    prepare.readiness = Readiness::Exited;
    prepare.restart.policy = RestartPolicy::OnFailure;
    let mut top = script(
        "top",
        &[0, 1],
        "trap 'until echo top >> /shared/stops; do :; done; exit 0' TERM; echo top >> /shared/order; \
         while :; do sleep 1000 & wait; done",
    );
    top.stop_grace_ms = 10_000;
    let start = Instant::now();
    let mut device = Device::boot(&image(vec![base, prepare, top]));
    let mut control = device.control();
    control.wait(2, State::Ready);
    assert!(start.elapsed() >= Duration::from_millis(400));
    eventually("all three", || {
        (device.shared("order") == "base\nprepare\ntop\n").then_some(())
    });
    assert_eq!(control.status(1).state, State::Exited);
    control.send(&Request::System);
    control.receive(|reply| match reply {
        Reply::System(system) => {
            assert_eq!((system.board, system.cells, system.ready), ("test", 3, 3));
            assert!(system.boot_ms >= 400, "{system:?}");
            let bound = 64 * 1024 + 3 * 1024;
            assert!(system.memory <= bound, "{system:?}");
            assert_eq!(system.rings, 3 * 4096);
        }
        other => panic!("{other:?}"),
    });
    assert!(!device.mounts().is_empty());
    // the traps are set; by then the services sleep
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(device.terminate().code(), Some(0));
    assert_eq!(device.shared("stops"), "top\nbase\n");
    assert_eq!(device.mounts(), [""; 0]);
    assert_eq!(device.survivors(), 0);
    assert!(!device.prefix.join("var/run/cellinit.sock").exists());
    assert_eq!(device.complaints(), "");
}

#[test]
fn a_crash_is_followed_by_the_delays_and_a_crash_loop_by_nothing() {
    if !can_run() {
        return;
    }
    let mut crash = script("crash", &[], "echo x >> /shared/runs; exit 3");
    crash.restart.max_failures = 2;
    let mut device = Device::boot(&image(vec![crash, script("stay", &[], STAY)]));
    let mut control = device.control();
    let seen = control.wait(0, State::Backoff);
    assert!((1..=1000).contains(&seen.backoff_ms), "{seen:?}");
    assert_eq!((seen.failures, seen.restarts), (1, 0));
    let before = Instant::now();
    let seen = control.wait(0, State::CrashLoop);
    assert!(before.elapsed() < Duration::from_millis(1500));
    assert_eq!((seen.failures, seen.restarts), (2, 1));
    assert_eq!(device.shared("runs"), "x\nx\n");
    // the one that is killed comes back after a second, as another process
    let pid = control.wait(1, State::Ready).pid;
    signal(pid, "KILL");
    let killed = Instant::now();
    let seen = control.wait(1, State::Backoff);
    assert_eq!(seen.failures, 1);
    let seen = control.wait(1, State::Ready);
    let took = killed.elapsed();
    assert!(took >= Duration::from_millis(990), "{took:?}");
    assert_ne!(seen.pid, pid);
    assert_eq!(device.terminate().code(), Some(0));
    assert_eq!(device.survivors(), 0);
}

#[test]
fn a_service_whose_health_fails_is_restarted() {
    if !can_run() {
        return;
    }
    let mut sick = script(
        "sick",
        &[],
        "touch /shared/well; echo x >> /shared/runs; while :; do sleep 1000 & wait; done",
    );
    sick.health = Some(Health {
        command: shell("test -e /shared/well"),
        interval_ms: 100,
        timeout_ms: 2000,
        retries: 2,
        start_period_ms: 0,
    });
    let mut device = Device::boot(&image(vec![sick]));
    let mut control = device.control();
    control.wait(0, State::Ready);
    device.shared("runs");
    fs::remove_file(device.prefix.join("volumes/shared/well")).unwrap();
    eventually("the restart", || {
        (control.status(0).restarts == 1).then_some(())
    });
    control.wait(0, State::Ready);
    assert!(
        control
            .log("sick")
            .contains("cellinit: health: failed, 2 in a row; restarted\n")
    );
    assert_eq!(device.terminate().code(), Some(0));
}

#[test]
fn what_a_service_forked_away_ends_with_it() {
    if !can_run() {
        return;
    }
    let escape = script(
        "escape",
        &[],
        "(setsid sh -c 'echo $$ > /shared/orphan; trap \"\" TERM HUP; while :; do sleep 1000; done' &) ; \
         while :; do sleep 1000 & wait; done",
    );
    let mut device = Device::boot(&image(vec![escape]));
    let mut control = device.control();
    let orphan = device.shared("orphan");
    assert!(is_alive(&orphan));
    let start = Instant::now();
    assert_eq!(control.ask(&Request::Stop("escape")), Ok(()));
    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(!is_alive(&orphan));
    assert_eq!(control.status(0).state, State::Stopped);
    assert_eq!(device.mounts(), [""; 0]);
    fs::remove_file(device.prefix.join("volumes/shared/orphan")).unwrap();
    assert_eq!(control.ask(&Request::Start("escape")), Ok(()));
    let second = device.shared("orphan");
    assert!(is_alive(&second));
    assert_eq!(control.ask(&Request::Shutdown), Ok(()));
    eventually("the end", || device.cellinit.try_wait().unwrap());
    assert!(!is_alive(&second));
    assert_eq!(device.survivors(), 0);
}

#[test]
fn an_idle_cellinit_of_32_cells_does_not_wake_up_and_is_small() {
    if !can_run() {
        return;
    }
    let cells = (0..32).map(|index| script(format!("cell-{index}").leak(), &[], STAY));
    let mut device = Device::boot(&image(cells.collect()));
    let mut control = device.control();
    for index in 0..32 {
        control.wait(index, State::Ready);
    }
    control.send(&Request::System);
    control.receive(|reply| match reply {
        Reply::System(system) => {
            eprintln!(
                "own account: {} bytes, rings {} bytes; this build's private memory: {} KiB",
                system.memory,
                system.rings,
                private_kib(device.cellinit.id())
            );
            assert!(system.memory <= (64 + 32) * 1024, "{system:?}");
        }
        other => panic!("{other:?}"),
    });
    drop(control);
    // the last of the shells' start
    std::thread::sleep(Duration::from_millis(500));
    let switches = || {
        let path = format!("/proc/{}/status", device.cellinit.id());
        let status = fs::read_to_string(path).unwrap();
        let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
        lines.map(String::from).collect::<Vec<_>>()
    };
    let before = switches();
    std::thread::sleep(idle());
    let after = switches();
    eprintln!("idle for {:?}: {before:?}, then {after:?}", idle());
    assert_eq!(after, before);
    device.terminate();
}

/// How long idleness is looked at: PICOCELL_IDLE_S, in seconds, otherwise 5.
fn idle() -> Duration {
    let given = std::env::var("PICOCELL_IDLE_S").ok();
    Duration::from_secs(given.map_or(5, |seconds| seconds.parse().unwrap()))
}

/// What a process has of its own: of /proc/<pid>/smaps_rollup.
fn private_kib(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let private = rollup.lines().filter(|line| line.starts_with("Private_"));
    let kib = private.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.sum()
}

#[test]
fn a_cellinit_that_was_killed_is_followed_by_one_that_cleans_up() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(vec![script("stay", &[], STAY)]));
    let first = device.control().wait(0, State::Ready).pid;
    device.shared("pids");
    device.cellinit.kill().unwrap();
    device.cellinit.wait().unwrap();
    assert!(is_alive(&first.to_string()));
    device.start_again();
    let mut control = device.control();
    let second = control.wait(0, State::Ready).pid;
    assert_ne!(first, second);
    assert!(!is_alive(&first.to_string()), "one service, one process");
    assert_eq!(device.terminate().code(), Some(0));
    assert_eq!(device.mounts(), [""; 0]);
    assert_eq!(device.survivors(), 0);
}

#[test]
fn a_second_cellinit_does_not_disturb_the_first() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(vec![script("stay", &[], STAY)]));
    let mut control = device.control();
    let pid = control.wait(0, State::Ready).pid;
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_cellinit"))
        .env("PICOCELL_PREFIX", &device.prefix)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.ends_with("cellinit is running already\n"),
        "{stderr}"
    );
    assert_eq!(control.status(0).pid, pid);
    assert_eq!(control.ask(&Request::Start("nobody")), Err(Why::NoSuchCell));
    device.terminate();
}

/// The socket of one that was killed is nobody's: who comes first takes it, and nobody after that.
#[test]
fn of_several_cellinits_that_begin_at_once_one_runs() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(vec![]));
    for _ in 0..5 {
        drop(device.control());
        device.cellinit.kill().unwrap();
        device.cellinit.wait().unwrap();
        assert!(device.prefix.join("var/run/cellinit.sock").exists());
        let mut all: Vec<_> = (0..4)
            .map(|_| {
                std::process::Command::new(env!("CARGO_BIN_EXE_cellinit"))
                    .env("PICOCELL_PREFIX", &device.prefix)
                    .stdin(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        eventually("the end of all but one", || {
            let mut refused = 0;
            for one in &mut all {
                let status = one.try_wait().unwrap();
                refused += u8::from(status.is_some_and(|status| status.code() == Some(1)));
            }
            (refused == 3).then_some(())
        });
        let last = all
            .iter_mut()
            .position(|one| one.try_wait().unwrap().is_none());
        device.cellinit = all.swap_remove(last.expect("one runs"));
    }
    drop(device.control());
    assert_eq!(device.terminate().code(), Some(0));
}

#[test]
fn detached_it_says_its_process_id_and_runs_in_a_session_of_its_own() {
    if !can_run() {
        return;
    }
    // one that runs holds the device's place; the detached one is the second and says so
    let mut device = Device::boot(&image(vec![script("stay", &[], STAY)]));
    device.control();
    assert_eq!(device.terminate().code(), Some(0));
    let output = Command::new(env!("CARGO_BIN_EXE_cellinit"))
        .arg("--detach")
        .env("PICOCELL_PREFIX", &device.prefix)
        .stderr(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let pid = String::from_utf8(output.stdout).unwrap();
    let mut control = device.control();
    control.wait(0, State::Ready);
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap();
    let session = stat.rsplit(") ").next().unwrap().split(' ').nth(3);
    assert_eq!(session, Some(pid.trim()), "{stat}");
    signal(pid.trim().parse().unwrap(), "TERM");
    eventually("its end", || (!is_alive(&pid)).then_some(()));
    assert_eq!(device.mounts(), [""; 0]);
}
