//! The program itself, on the hosted kernel, with real processes.

mod device;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use device::Device;

/// How long anything may take that should be at once.
const PATIENCE: Duration = Duration::from_secs(10);

fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "waited for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_command_runs_in_the_cell_and_its_status_is_ours() {
    let Some(device) = Device::boot() else { return };
    let number = device.create(&["-l", "low"]);
    assert_eq!(device.done(&["exec", "web", "pwd"]), "/\n");
    assert_eq!(device.done(&["exec", &number, "/bin/ls", "/"]), "bin\n");
    for status in [0, 1, 7, 255] {
        let script = format!("exit {status}");
        let output = device.run(&["exec", "web", "sh", "-c", &script]);
        assert_eq!(output.status.code(), Some(status));
    }
    let killed = device.run(&["exec", "web", "sh", "-c", "kill -9 $$"]);
    assert_eq!(killed.status.signal(), Some(9));
    let missing = "execute: no such file or directory";
    device.fails(&["exec", "web", "top"], 127, &format!("top: {missing}"));
    device.fails(&["exec", "web", "/x"], 127, &format!("/x: {missing}"));
    let denied = "/bin/text: execute: permission denied";
    device.fails(&["exec", "web", "/bin/text"], 126, denied);
    let text = Path::new(&device.root).join("bin/text");
    fs::set_permissions(text, fs::Permissions::from_mode(0o755)).unwrap();
    device.fails(
        &["exec", "web", "text"],
        126,
        "text: execute: not an executable",
    );
    eventually("the last process", || device.field("list", "PROCS") == "0");
    device.done(&["destroy", "web"]);
    assert_eq!(device.done(&["list"]), "no cells\n");
    let line = format!("{number}: look up: no such cell; name:123 is the cell named 123");
    device.fails(&["exec", &number, "pwd"], 1, &line);
}

#[test]
fn the_environment_the_user_and_the_limits_are_the_cells() {
    let Some(device) = Device::boot() else { return };
    device.create(&["-l", "low", "-N", "64", "-A", "64M", "-C", "0"]);
    let mut lines: Vec<String> = device
        .done(&["exec", "-e", "TERM=dumb", "-e", "A=b c", "web", "env"])
        .lines()
        .map(str::to_owned)
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "A=b c",
            "HOME=/",
            "LOGNAME=root",
            "PATH=/sbin:/usr/sbin:/bin:/usr/bin",
            "PS1=[web]# ",
            "SHELL=/bin/sh",
            "TERM=dumb",
            "USER=root",
        ]
    );
    let script = "ulimit -Sn; ulimit -Hn; ulimit -Sv; ulimit -Hc";
    assert_eq!(
        device.done(&["exec", "web", "sh", "-c", script]),
        "64\n64\n65536\n0\n"
    );
    let script = "id -u; id -g; id -G";
    assert_eq!(
        device.done(&["exec", "-u", "1000:20,30", "web", "sh", "-c", script]),
        "1000\n20\n20 30\n"
    );
    assert_eq!(
        device.done(&["exec", "-u", "1000", "web", "id", "-G"]),
        "1000\n"
    );
}

#[test]
fn processes_are_counted_signalled_and_gone() {
    let Some(device) = Device::boot() else { return };
    device.create(&["-l", "low"]);
    let mut sleeps: Vec<Child> = (0..3)
        .map(|_| {
            device
                .command(&["exec", "web", "sleep", "100"])
                .spawn()
                .unwrap()
        })
        .collect();
    eventually("three members", || {
        device.done(&["kill", "-s", "0", "web"]) == "signalled 3\n"
    });
    assert_eq!(device.field("list", "PROCS"), "3");
    device.fails(
        &["destroy", "web"],
        1,
        "web: destroy: it has processes; cellctl kill ends them",
    );
    assert_eq!(device.done(&["kill", "web"]), "signalled 3\n");
    for sleep in &mut sleeps {
        assert_eq!(sleep.wait().unwrap().signal(), Some(15));
    }
    eventually("no member", || device.field("list", "PROCS") == "0");
    device.done(&["destroy", "web"]);
}

#[test]
fn what_is_denied_is_counted_and_told() {
    let Some(device) = Device::boot() else { return };
    device.create(&["-l", "medium"]);
    let mut events = device
        .command(&["events", "-T", "-f", "-n", "2"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(events.stdout.take().unwrap()).lines();
    // the headings come when it listens
    assert!(lines.next().unwrap().unwrap().starts_with("UPTIME\t"));
    let output = device.run(&["exec", "web", "sh", "-c", "chroot / /bin/pwd"]);
    assert_ne!(output.status.code(), Some(0));
    let told: Vec<Vec<String>> = lines
        .map(|line| line.unwrap().split('\t').map(str::to_owned).collect())
        .collect();
    let [entered, denied] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((entered[2].as_str(), entered[4].as_str()), ("web", "enter"));
    assert_eq!(
        (denied[4].as_str(), denied[5].as_str()),
        ("denial", "system.chroot")
    );
    assert!(events.wait().unwrap().success());
    let policy = device.done(&["policy", "-T", "web"]);
    assert!(
        policy.contains("operation\tsystem.chroot\tdeny\t1\n"),
        "{policy}"
    );
    assert_eq!(device.field("stats", "DENIALS"), "1");
    let metrics = device.done(&["stats", "-P"]);
    let sample = "cell_operation_denials_total{name=\"web\",operation=\"system.chroot\"} 1\n";
    assert!(metrics.contains(sample), "{metrics}");
}

#[test]
fn where_no_kernel_is_the_device_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cellctl"))
        .arg("list")
        .env("PICOCELL_PREFIX", directory.path())
        .output()
        .unwrap();
    let path = directory.path().join("dev/cell");
    let err = String::from_utf8(output.stderr).unwrap();
    let expected = format!(
        "cellctl: {}: open: no such file or directory\n",
        path.display()
    );
    assert_eq!((output.status.code(), err), (Some(1), expected));
}
