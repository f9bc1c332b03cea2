//! A small board from start to end: what cellsim says and what it leaves.
//!
//! Needs root, busybox and a built cellinit and cellctl; without, it says so and has not tested.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BOARD: &str = r#"
name = "small"
description = "one cell that sleeps"
arch = "amd64-linux"
ram = "64M"
flash = "16M"
syslog = "/var/run/log"

[budget]
ram = "64M"
image = "16K"
roots = "8M"
volumes = "1M"

[users]
range = [5000, 5999]

[source]
root = "/"
package = "busybox"
"#;

const CELL: &str = r#"
description = "sleeps"
command = ["/bin/sleep", "1000"]
profile = "high"

[limits]
processes = 8
nofile = 64
data = "4M"
stack = "1M"

[contents]
copy = ["/bin/busybox"]
links = { "/bin/sleep" = "busybox", "/bin/sh" = "busybox" }
"#;

struct Bench {
    directory: tempfile::TempDir,
    cellsim: PathBuf,
}

impl Bench {
    fn new() -> Option<Self> {
        let cellsim = PathBuf::from(env!("CARGO_BIN_EXE_cellsim"));
        let own = fs::metadata("/proc/self").unwrap();
        let root = std::os::unix::fs::MetadataExt::uid(&own) == 0;
        let built = ["cellinit", "cellctl"]
            .iter()
            .all(|program| cellsim.with_file_name(program).is_file());
        if !root || !built || !Path::new("/bin/busybox").is_file() {
            eprintln!("skipped: needs root, /bin/busybox, and cellinit and cellctl beside cellsim");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let board = directory.path().join("board");
        fs::create_dir_all(board.join("cells")).unwrap();
        fs::write(board.join("board.toml"), BOARD).unwrap();
        fs::write(board.join("cells/sleeper.toml"), CELL).unwrap();
        Some(Self { directory, cellsim })
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("s")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.cellsim);
        command
            .arg(self.directory.path().join("board"))
            .arg("--state")
            .arg(self.state())
            .stdin(Stdio::null());
        command
    }
}

fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_command_finds_the_cells_running_and_nothing_is_left_after_it() {
    let Some(bench) = Bench::new() else { return };
    let script = "for i in $(seq 100); do \
        cellctl stats | grep -q sleeper && break; sleep 0.1; done; \
        cellctl list; cellctl exec sleeper /bin/busybox kill -9 1; exit 5";
    let output = bench
        .command()
        .args(["--check-clean", "--", "sh", "-c", script])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{text}{errors}");
    assert!(text.contains("sleeper"), "{text}{errors}");
    assert!(text.contains("nothing is left"), "{text}{errors}");
    assert!(errors.contains("Operation not permitted"), "{errors}");
    assert!(!bench.state().exists());
}

#[test]
fn a_killed_simulation_leaves_no_process_and_its_directory_is_taken_over() {
    let Some(bench) = Bench::new() else { return };
    let mut first = bench
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let cells = bench.state().join("root/cells");
    // contained, not begun with: who tests in a chroot reads other namespaces' paths from the real root
    let cells = cells.to_str().unwrap();
    let living = || {
        cell_hosted::process::facts::all()
            .filter(|pid| {
                fs::read_link(format!("/proc/{pid}/root"))
                    .is_ok_and(|root| root.to_string_lossy().contains(cells))
            })
            .count()
    };
    until("the cell runs", || living() > 0);

    let second = bench.command().output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let refusal = String::from_utf8_lossy(&second.stderr);
    assert!(refusal.contains("in use by cellsim"), "{refusal}");
    assert_eq!(refusal.lines().count(), 1, "{refusal}");

    first.kill().unwrap();
    first.wait().unwrap();
    until("everything died with it", || living() == 0);
    // what wrote to it is gone too
    first
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut Vec::new())
        .unwrap();
    assert!(bench.state().exists());

    let third = bench.command().args(["--", "true"]).output().unwrap();
    assert_eq!(third.status.code(), Some(0));
    assert!(!bench.state().exists());
}

#[test]
fn a_command_that_is_not_there_stops_everything_in_order() {
    let Some(bench) = Bench::new() else { return };
    let output = bench.command().args(["--", "nonesuch"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("cellsim: nonesuch: No such file"),
        "{errors}"
    );
    assert!(errors.contains("all cells stopped"), "{errors}");
    assert!(!bench.state().exists());
}

#[test]
fn a_console_that_nobody_reads_stops_no_cell() {
    let Some(bench) = Bench::new() else { return };
    let cell = bench.directory.path().join("board/cells/sleeper.toml");
    let chatty = CELL
        .replace("\"/bin/sleep\", \"1000\"", "\"/bin/yes\"")
        .replace("\"/bin/sleep\" =", "\"/bin/yes\" =");
    fs::write(cell, chatty).unwrap();
    let mut simulation = bench
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // more than a pipe holds, and then no more
    let syslog = bench.state().join("syslog");
    let size = || fs::metadata(&syslog).map_or(0, |file| file.len());
    until("the console is full", || {
        let before = size();
        std::thread::sleep(Duration::from_millis(200));
        before > 60_000 && size() == before
    });
    let root = bench.state().join("root/cells/sleeper");
    let cellctl = |arguments: &[&str]| {
        Command::new("timeout")
            .arg("5")
            .arg(bench.cellsim.with_file_name("cellctl"))
            .args(arguments)
            .env("PICOCELL_PREFIX", bench.state().join("root"))
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .code()
    };
    // which the kernel logs
    let created = cellctl(&["create", "-n", "other", root.to_str().unwrap()]);
    let listed = cellctl(&["list"]);
    simulation.kill().unwrap();
    simulation.wait().unwrap();
    assert_eq!((created, listed), (Some(0), Some(0)));
}

#[test]
fn an_output_that_is_gone_stops_nothing() {
    let Some(bench) = Bench::new() else { return };
    let (reading, writing) = std::io::pipe().unwrap();
    drop(reading);
    let mut command = bench.command();
    command.args(["--", "sh", "-c", "exit 5"]).stdout(writing);
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{errors}");
    assert!(!bench.state().exists());
}

#[test]
fn a_chroot_whose_root_is_no_mount_point_is_refused_by_what_is_missing() {
    let Some(bench) = Bench::new() else { return };
    let root = tempfile::tempdir().unwrap();
    // everything there is, but / itself a plain directory
    let script = "cd $0 && for e in /*; do \
        if [ -L $e ]; then cp -P $e .; elif [ -d $e ]; then mkdir .$e && mount --rbind $e .$e; fi; \
        done && exec chroot . $@";
    let state = bench.state();
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .arg(root.path())
        .arg(&bench.cellsim)
        .arg(bench.directory.path().join("board"))
        .arg("--state")
        .arg(&state)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(
        errors.starts_with("cellsim: mount namespace: / is not a mount point"),
        "{errors}"
    );
    assert!(!state.exists());
}
