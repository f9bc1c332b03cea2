//! What cannot be.

use std::fs;
use std::io::{Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use libcell::control::{self, Reply, State, Why};

use super::device::{Device, PATIENCE, can_run, image, script};

const STAY: &str = "while :; do sleep 1000 & wait; done";

#[test]
fn a_missing_program_fails_its_cell_with_a_line_and_no_other() {
    if !can_run() {
        return;
    }
    let mut broken = script("broken", &[], STAY);
    broken.command = vec!["/bin/nothing"];
    let mut nowhere = script("nowhere", &[], STAY);
    nowhere.mounts[0].target = "/nowhere";
    let cells = vec![broken, nowhere, script("stay", &[], STAY)];
    let mut device = Device::boot(&image(cells));
    let mut control = device.control();
    control.wait(0, State::Failed);
    control.wait(1, State::Failed);
    control.wait(2, State::Ready);
    assert_eq!(
        device.complaints(),
        "cellinit: broken: start /bin/nothing: no such file or directory\n\
         cellinit: nowhere: mount /nowhere: no such file or directory\n"
    );
    assert!(
        device
            .mounts()
            .iter()
            .all(|target| target.contains("/stay"))
    );
    assert_eq!(device.terminate().code(), Some(0));
    assert_eq!(device.mounts(), [""; 0]);
}

#[test]
fn nonsense_on_the_control_socket_closes_that_connection_only() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(vec![script("stay", &[], STAY)]));
    let mut good = device.control();
    let mut bad = device.control();
    bad.patience(Duration::from_secs(5));
    bad.stream.write_all(&[200; 64]).unwrap();
    let why = bad.receive(|reply| *reply == Reply::Refused(Why::Malformed));
    assert_eq!(why, Some(true));
    assert_eq!(bad.receive(|_| ()), None);
    good.wait(0, State::Ready);
    device.terminate();
}

#[test]
fn only_root_is_served() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(vec![script("stay", &[], STAY)]));
    device.control();
    let path = device.prefix.join("var/run/cellinit.sock");
    // the mode keeps others out; were it opened, the kernel still says who is there
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=12345", "--clear-groups", "busybox", "nc"])
        .arg(format!("local:{}", path.display()))
        .output();
    let Some(answer) = output.ok().filter(|output| output.status.success()) else {
        // busybox' nc has no local sockets everywhere
        return nobody_is_served(&path, &mut device);
    };
    let (reply, _) = control::read::<Reply<'_>>(&answer.stdout).unwrap().unwrap();
    assert_eq!(reply, Reply::Refused(Why::NotPermitted));
    device.terminate();
}

/// The same by a child of this test that gives its identity up.
fn nobody_is_served(path: &std::path::Path, device: &mut Device) {
    use std::os::unix::process::CommandExt;
    let script = format!(
        "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect({:?})\nsys.stdout.buffer.write(s.recv(100))",
        path.display().to_string()
    );
    let Ok(output) = Command::new("python3")
        .args(["-c", &script])
        .uid(12345)
        .output()
    else {
        eprintln!("skipped: no python3 to connect as another user");
        return;
    };
    let (reply, _) = control::read::<Reply<'_>>(&output.stdout).unwrap().unwrap();
    assert_eq!(reply, Reply::Refused(Why::NotPermitted));
    device.terminate();
}

#[test]
fn check_prints_the_plan_and_starts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cells.bin");
    let mut held = script("held", &[0], STAY);
    held.autostart = false;
    let image = image(vec![script("base", &[], STAY), held]);
    fs::write(&path, libcell::image::write(&image).unwrap()).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cellinit"))
        .args(["--check", "--image"])
        .arg(&path)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut plan = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut plan)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(
        plan,
        "board test (amd64-linux)\n\
         start base wave 1; ready when started; restart always\n\
         hold  held wave 2 after base; ready when started; restart always\n"
    );
}

#[test]
fn check_takes_no_longer_when_everything_depends_on_everything_before() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cells.bin");
    let depends: Vec<u8> = (0..40).collect();
    let cells = (0..40).map(|index| script(format!("c{index}").leak(), &depends[..index], STAY));
    let image = image(cells.collect());
    fs::write(&path, libcell::image::write(&image).unwrap()).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cellinit"))
        .args(["--check", "--image"])
        .arg(&path)
        .stdout(fs::File::create(directory.path().join("plan")).unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let plan = fs::read_to_string(directory.path().join("plan")).unwrap();
    let last = plan.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("start c39 wave 40 after c0, c1,"),
        "{last}"
    );
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let prefix = directory.path();
    fs::create_dir(prefix.join("etc")).unwrap();
    fs::write(prefix.join("var"), "a file").unwrap();
    let image = image(vec![script("stay", &[], STAY)]);
    fs::write(
        prefix.join("etc/cells.bin"),
        libcell::image::write(&image).unwrap(),
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cellinit"))
        .env("PICOCELL_PREFIX", prefix)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        format!(
            "cellinit: {}/var/run/cellinit.sock: not a directory\n",
            prefix.display()
        )
    );
}
