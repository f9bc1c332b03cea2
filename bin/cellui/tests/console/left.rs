//! What is left of it on a terminal: the modes of before, whatever ends it.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use cell_terminal::{Line, Pty};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::Termios;

use super::server::{Console, OVER, SOON, Server};

/// What can be told of modes.
fn told(modes: &Termios) -> String {
    let flags = (
        modes.input_modes,
        modes.output_modes,
        modes.control_modes,
        modes.local_modes,
    );
    format!("{flags:?} {:?}", modes.special_codes)
}

/// Wrapping is on, nothing scrolls apart, and the cursor is in a blank row.
fn is_given_back(console: &Console) {
    console
        .pty
        .until("the cursor", SOON, |screen| screen.cursor() == (23, 0));
    let told = b"\x0f\x1b[m\x1b[r\x1b[?7h";
    let raw = console.pty.raw();
    let last = raw.windows(told.len()).rposition(|bytes| bytes == told);
    assert!(
        last.is_some_and(|at| raw.len() - at < 120),
        "what undoes it is not the last"
    );
}

/// The process that paints, which is the child of the one that keeps the terminal.
fn painter(console: &Console) -> Pid {
    let id = console.child.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    Pid::from_raw(children.trim().parse().unwrap()).unwrap()
}

/// What ends it.
type End<'e> = &'e (dyn Fn(&Console) + Sync);

#[test]
fn whatever_ends_it_the_terminal_is_as_it_was() {
    let server = Server::new(4);
    let keeper = |console: &Console| Pid::from_raw(console.child.id() as i32).unwrap();
    let kill = |pid: Pid, signal: Signal| kill_process(pid, signal).unwrap();
    let ends: [(&str, End<'_>, i32); 8] = [
        ("q", &|console| console.pty.keys(b"q"), 0),
        ("Control-C", &|console| console.pty.keys(b"\x03"), 0),
        ("TERM", &|console| kill(keeper(console), Signal::TERM), 1),
        ("HUP", &|console| kill(keeper(console), Signal::HUP), 1),
        ("INT", &|console| kill(keeper(console), Signal::INT), 1),
        (
            "TERM of the painter",
            &|console| kill(painter(console), Signal::TERM),
            1,
        ),
        (
            "ABRT of the painter",
            &|console| kill(painter(console), Signal::ABORT),
            1,
        ),
        (
            "KILL of the painter",
            &|console| kill(painter(console), Signal::KILL),
            1,
        ),
    ];
    let before = told(&Pty::new(80, 24, Line::Local).modes());
    thread::scope(|scope| {
        for (what, end, status) in ends {
            let (server, before) = (&server, &before);
            scope.spawn(move || {
                let mut console = server.console(&[], Line::Local);
                console.pty.shows("cells: 4", SOON);
                let _ = console.pty.quiet(OVER);
                assert_ne!(&told(&console.pty.modes()), before, "{what}: it is not raw");
                end(&console);
                assert_eq!(console.ended(), status, "{what}");
                let _ = console.pty.quiet(OVER);
                assert_eq!(&told(&console.pty.modes()), before, "{what}");
                is_given_back(&console);
            });
        }
    });
}

#[test]
fn a_terminal_that_is_gone_ends_it_and_nothing_goes_on() {
    let server = Server::new(4);
    let (master, path) = Pty::pair();
    let open = || File::options().read(true).write(true).open(&path).unwrap();
    let mut keeper = Command::new("setsid")
        .args(["-c", env!("CARGO_BIN_EXE_cellui"), "--connect"])
        .arg(server.path())
        .env("TERM", "vt220")
        .stdin(open())
        .stdout(open())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while server.model().looks == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    let id = keeper.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    drop(master);
    let status = keeper.wait().unwrap();
    assert_eq!(status.code(), Some(1));
    for child in children.split_whitespace() {
        for _ in 0..400 {
            if !Path::new(&format!("/proc/{child}")).exists() {
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        assert!(!Path::new(&format!("/proc/{child}")).exists(), "{child}");
    }
}

#[test]
fn without_a_terminal_or_with_one_that_cannot_be_painted_on_it_says_so() {
    let run = |term: &str, options: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_cellui"))
            .args(options)
            .env("TERM", term)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        (run.status.code().unwrap(), said)
    };
    let said = |status: i32, text: &str| (status, format!("cellui: {text}\n"));
    assert_eq!(run("xterm", &[]), said(1, "standard input: not a terminal"));
    assert_eq!(
        run("dumb", &[]),
        said(1, "TERM: needs a VT100 or what came after it")
    );
    let speed = "--speed: a number, and with --serial";
    assert_eq!(run("xterm", &["--speed", "9600"]), said(64, speed));
    assert_eq!(
        run("xterm", &["--serial", "x", "--speed", "fast"]),
        said(64, speed)
    );
    let one = "arguments: one of --connect, --serial and a command";
    assert_eq!(
        run("xterm", &["--serial", "x", "--connect", "y"]),
        said(64, one)
    );
}
