//! On the desk board: every screen in tmux compared with `tests/captures`, and sessions by keys alone.
//!
//! With `BLESS` in the environment the captures are written instead. Needs root, busybox, tmux, unshare, ip, and the
//! other programs beside cellui; without, it says so and has not tested.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cell_terminal::{Line, Pty};

use super::masks::masked;
use super::server::{OVER, SOON};

/// A simulated device in a network of its own.
struct Desk {
    directory: tempfile::TempDir,
    simulation: Child,
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_cellui")).with_file_name(name)
}

fn is_there(name: &str) -> bool {
    let mut command = Command::new("sh");
    command.args(["-c", "command -v \"$0\"", name]);
    command.stdout(Stdio::null()).status().unwrap().success()
}

impl Desk {
    /// Nothing where it cannot run.
    fn start() -> Option<Self> {
        let own = fs::metadata("/proc/self").unwrap();
        let is_root = std::os::unix::fs::MetadataExt::uid(&own) == 0;
        let mut built = ["cellinit", "cellctl", "cellmgr", "cellsim"].iter();
        let mut needed = ["busybox", "tmux", "unshare", "ip"].iter();
        let is_built = built.all(|name| program(name).is_file());
        if !is_root || !is_built || !needed.all(|name| is_there(name)) {
            eprintln!(
                "skipped: needs root, busybox, tmux, unshare, ip, and the programs beside cellui"
            );
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let board = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../board/desk");
        let script = "ip link set lo up && exec \"$0\" --state \"$1\" \"$2\" -- cat";
        let simulation = Command::new("timeout")
            .args(["100", "unshare", "-n", "sh", "-c", script])
            .args([program("cellsim"), directory.path().join("s"), board])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let desk = Self {
            directory,
            simulation,
        };
        let states = ["cell", "list", "-T", "-H", "-o", "name,service"];
        let settled = "logger\tready\ncrasher\tcrash-loop\nweb\tready\nworker\tready\n";
        desk.until("the cells", || desk.manage(&states) == settled);
        Some(desk)
    }

    fn prefix(&self) -> String {
        self.directory.path().join("s/root").display().to_string()
    }

    /// What cellmgr says.
    fn manage(&self, words: &[&str]) -> String {
        let mut command = Command::new(program("cellmgr"));
        command.args(words).env("PICOCELL_PREFIX", self.prefix());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    fn service(&self, cell: &str) -> String {
        let words = ["cell", "show", cell, "-T", "-H", "-o", "service,restarts"];
        self.manage(&words).trim_end().to_owned()
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < Duration::from_secs(30), "{what}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // the end of what its command reads ends it
        drop(self.simulation.stdin.take());
        let _ = self.simulation.wait();
    }
}

/// cellui in tmux.
struct Tmux<'d> {
    desk: &'d Desk,
    socket: String,
}

impl<'d> Tmux<'d> {
    fn start(desk: &'d Desk) -> Self {
        let settings = desk.directory.path().join("tmux.conf");
        fs::write(&settings, "set -g status off\nset -g escape-time 0\n").unwrap();
        let tmux = Self {
            desk,
            socket: format!("cellui-{}", std::process::id()),
        };
        let mut command = tmux.command(&["-f", settings.to_str().unwrap()]);
        command.args(["new-session", "-d", "-x", "80", "-y", "24"]);
        command.arg(env!("CARGO_BIN_EXE_cellui"));
        command.env("PICOCELL_PREFIX", desk.prefix());
        assert!(command.status().unwrap().success());
        tmux
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket]).args(words);
        command
    }

    fn rows(&self) -> String {
        let output = self.command(&["capture-pane", "-p"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn keys(&self, keys: &[&str]) {
        let mut command = self.command(&["send-keys"]);
        assert!(command.args(keys).status().unwrap().success());
    }

    fn shows(&self, text: &str) {
        self.until(text, |rows| rows.contains(text));
    }

    fn until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let began = Instant::now();
        while !is_so(&self.rows()) {
            let rows = self.rows();
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{what}: not seen:\n{rows}"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Nothing changes for a while.
    fn settled(&self) -> String {
        loop {
            let rows = self.rows();
            thread::sleep(Duration::from_millis(250));
            if self.rows() == rows {
                return rows;
            }
        }
    }

    /// Compares the screen with the capture of that name.
    fn compare(&self, name: &str) {
        self.compare_as(name, |rows| rows);
    }

    fn compare_as(&self, name: &str, arranged: impl Fn(String) -> String) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/captures")
            .join(name);
        let seen = arranged(masked(&self.settled(), &self.desk.prefix()));
        if std::env::var_os("BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &seen).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap();
        assert!(
            seen == expected,
            "{name}: seen:\n{seen}\nexpected:\n{expected}"
        );
    }

    /// A key that asks, and yes.
    fn confirm(&self, key: &str, question: &str) {
        self.keys(&[key]);
        self.shows(question);
        self.keys(&["yes", "Enter"]);
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        let _ = self.command(&["kill-server"]).status();
    }
}

/// Lines between the title and what is below them in order: cells that start together take turns.
fn in_order(rows: String) -> String {
    let mut lines: Vec<&str> = rows.lines().collect();
    let end = lines
        .iter()
        .position(|line| line.starts_with("----"))
        .unwrap();
    lines[1..end].sort_by_key(|line| (line.is_empty(), *line));
    lines.join("\n") + "\n"
}

#[test]
fn every_screen_of_the_desk_board_is_as_captured_and_keys_alone_operate_it() {
    let Some(desk) = Desk::start() else {
        return;
    };
    let tmux = Tmux::start(&desk);
    tmux.shows("cells: 4, running: 3");
    tmux.compare("cells.txt");
    tmux.keys(&["j", "Enter"]);
    tmux.shows("last exit");
    tmux.shows("stays down until started");
    tmux.compare("cell.txt");
    tmux.keys(&["Enter"]);
    tmux.shows("Log of crasher");
    tmux.compare("log.txt");
    tmux.keys(&["Escape"]);
    tmux.shows("Cell crasher");
    tmux.keys(&["2"]);
    tmux.shows("volumes: 1");
    tmux.compare("volumes.txt");
    tmux.keys(&["4"]);
    tmux.shows("crash-loop: failed 3 times");
    tmux.compare_as("events.txt", in_order);
    tmux.keys(&["6"]);
    tmux.shows("memory");
    tmux.compare("system.txt");
    tmux.keys(&["7"]);
    tmux.shows("Output");
    tmux.compare("output.txt");
    tmux.keys(&["?"]);
    tmux.shows("Control-L");
    tmux.compare("help.txt");
    tmux.keys(&["1"]);
    tmux.shows("SERVICE");
    drift(&desk, &tmux);
    life(&desk, &tmux);
    backups(&desk, &tmux);
    denials(&desk, &tmux);
    shell(&tmux);
    serial(&desk);
    tmux.keys(&["5", "6"]);
    tmux.confirm("L", "Seal: until reboot nobody");
    tmux.shows(": sealed");
    desk.until("sealed", || {
        desk.manage(&["system", "status"]).contains("kernel sealed")
    });
    tmux.shows("kernel sealed");
    // and what there is goes on
    tmux.keys(&["1"]);
    tmux.shows("> worker");
    let before = pid(&desk);
    tmux.confirm("t", "Stop worker and start it again");
    desk.until("restarted", || {
        desk.service("worker").starts_with("ready") && pid(&desk) != before
    });
}

fn pid(desk: &Desk) -> String {
    desk.manage(&["cell", "show", "worker", "-T", "-H", "-o", "pid"])
}

fn drift(desk: &Desk, tmux: &Tmux<'_>) {
    desk.manage(&["cell", "set", "worker", "--rlimit-nofile", "32"]);
    tmux.keys(&["P"]);
    tmux.shows("restart cells whose policy changed.");
    tmux.compare("drift.txt");
    tmux.keys(&["yes", "Enter"]);
    tmux.shows("failed=0");
    let drift = ["cell", "show", "worker", "-T", "-H", "-o", "service,drift"];
    desk.until("applied", || {
        desk.manage(&drift).trim_end() == "ready\tnone"
    });
    let limit = ["cell", "show", "worker", "-T", "-H", "-o", "rlimit_nofile"];
    assert_eq!(desk.manage(&limit).trim_end(), "32");
    // it fails on purpose, again, for six seconds
    desk.until("the crasher", || {
        desk.service("crasher").starts_with("crash-loop")
    });
    tmux.keys(&["A"]);
    tmux.shows("Do what is shown above.");
    tmux.keys(&["no"]);
    tmux.shows("apply: not done");
    tmux.keys(&["1"]);
}

fn life(desk: &Desk, tmux: &Tmux<'_>) {
    tmux.shows("SERVICE");
    tmux.keys(&["G"]);
    tmux.until("all at rest", |rows| {
        rows.contains("> worker           managed  ready      well") && rows.contains("crash-loop")
    });
    tmux.keys(&["x"]);
    tmux.shows("Stop worker, and first the cells that depend on it.");
    tmux.compare("confirm.txt");
    tmux.keys(&["yes", "Enter"]);
    desk.until("stopped", || desk.service("worker").starts_with("stopped"));
    tmux.shows("worker           managed  stopped");
    tmux.shows("worker: stop");
    tmux.keys(&["s"]);
    desk.until("started", || desk.service("worker").starts_with("ready"));
    tmux.shows("worker           managed  ready");
    tmux.shows("worker: start");
    let before = pid(desk);
    tmux.confirm("t", "Stop worker and start it again");
    desk.until("restarted", || {
        desk.service("worker").starts_with("ready") && pid(desk) != before
    });
    tmux.shows("worker: restart");
    // what is chosen, sorted and looked for
    tmux.keys(&["o", "f"]);
    tmux.keys(&["/", "we", "Enter"]);
    tmux.keys(&["Escape"]);
    tmux.shows("shown: running; by name");
    tmux.keys(&["/", "we", "Enter"]);
    tmux.shows("with we");
    tmux.compare("found.txt");
    // what comes at once after Escape belongs to it
    tmux.keys(&["Escape"]);
    tmux.until("all names", |rows| !rows.contains("with we"));
    tmux.keys(&["f", "f", "f", "o", "o", "o", "o", "o", "o"]);
    tmux.until("all cells", |rows| {
        rows.contains("crasher") && !rows.contains("; by")
    });
}

fn backups(desk: &Desk, tmux: &Tmux<'_>) {
    tmux.keys(&["2"]);
    tmux.shows("> status");
    tmux.confirm(
        "b",
        "Save status; cells that mount it are stopped meanwhile.",
    );
    tmux.shows("status: saved as status_");
    desk.until("saved", || {
        desk.manage(&["volume", "backup", "list", "-T", "-H"])
            .lines()
            .count()
            == 1
    });
    desk.until("started again", || {
        desk.service("worker").starts_with("ready")
    });
    tmux.keys(&["Enter"]);
    tmux.shows("> status_");
    tmux.keys(&["v"]);
    tmux.shows("whole, not signed");
    tmux.keys(&["r"]);
    tmux.compare("backups.txt");
    let count = Path::new(&desk.prefix()).join("volumes/status/alien");
    fs::write(&count, "x").unwrap();
    tmux.confirm("R", "Replace all of status by status_");
    tmux.shows("status: restored from status_");
    desk.until("restored", || !count.exists());
    desk.until("started again", || {
        desk.service("worker").starts_with("ready")
    });
    tmux.confirm("d", "Delete status_");
    tmux.shows(": deleted");
    tmux.until("no archive", |rows| !rows.contains("> status_"));
    tmux.keys(&["1"]);
}

fn denials(desk: &Desk, tmux: &Tmux<'_>) {
    tmux.keys(&["4"]);
    tmux.shows("Events");
    let mut command = Command::new(program("cellctl"));
    command.args(["exec", "worker", "/bin/nc", "-l", "-p", "5140"]);
    command.env("PICOCELL_PREFIX", desk.prefix());
    command.stdin(Stdio::null()).stderr(Stdio::null());
    assert!(!command.status().unwrap().success());
    tmux.shows("denied");
    tmux.keys(&["1"]);
}

fn shell(tmux: &Tmux<'_>) {
    tmux.keys(&["G"]);
    tmux.shows("> worker");
    tmux.confirm("!", "Hand this terminal to a shell in worker.");
    tmux.shows("[worker]$");
    tmux.keys(&["echo in-$((40+2)); exit 3", "Enter"]);
    tmux.shows("shell: status 3");
    tmux.shows("> worker");
}

/// Copies what comes on one side to the other.
fn bridge(mut from: fs::File, mut to: fs::File) {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if to.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
    });
}

/// From a workstation, over a line to the device's console with a root shell on it.
fn serial(desk: &Desk) {
    let (here, line) = Pty::pair();
    let (there, console) = Pty::pair();
    let open = |path: &Path| {
        fs::File::options()
            .read(true)
            .write(true)
            .open(path)
            .unwrap()
    };
    let (_line, console_side) = (open(&line), open(&console));
    bridge(here.try_clone().unwrap(), there.try_clone().unwrap());
    bridge(there, here);
    let side = || console_side.try_clone().unwrap();
    let path = program("").display().to_string();
    let mut shell = Command::new("setsid")
        .args(["-c", "sh", "-i"])
        .env("PATH", format!("{path}:{}", std::env::var("PATH").unwrap()))
        .env("PICOCELL_PREFIX", desk.prefix())
        .stdin(side())
        .stdout(side())
        .stderr(side())
        .spawn()
        .unwrap();
    let workstation = Pty::new(80, 24, Line::Local);
    let program = env!("CARGO_BIN_EXE_cellui");
    let options = ["--serial", line.to_str().unwrap(), "--speed", "115200"];
    let mut child = workstation.start(program, &options, &[]);
    workstation.shows("cells: 4", SOON);
    let first = workstation.quiet(OVER);
    // one look or two
    thread::sleep(Duration::from_secs(5));
    let idle = workstation.quiet(OVER) - first;
    println!("the desk board: first paint {first} bytes, idle for 5 s {idle}");
    assert!(first <= 2048 && idle <= 200, "{first}, {idle}");
    workstation.keys(b"Gxyes\r");
    desk.until("stopped", || desk.service("worker").starts_with("stopped"));
    workstation.shows("worker: stop", SOON);
    workstation.keys(b"s");
    desk.until("started", || desk.service("worker").starts_with("ready"));
    workstation.keys(b"!");
    workstation.shows("shell: only on the device itself", SOON);
    let _ = workstation.quiet(OVER);
    workstation.keys(b"q");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // and the shell has its console again
    let echoes = || {
        let modes = rustix::termios::tcgetattr(&console_side).unwrap();
        modes
            .local_modes
            .contains(rustix::termios::LocalModes::ICANON)
    };
    desk.until("the shell", echoes);
    let _ = shell.kill();
    let _ = shell.wait();
}
