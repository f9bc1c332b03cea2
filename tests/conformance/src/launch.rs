//! Starting programs and hearing from them.

use std::env;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use cell_abi::Handle;
use libcell::platform::{Errno, Exit, Launch, Pid, Platform};

use crate::scene::{Scene, USER};

/// Longest that any attack may take.
const PATIENCE: Duration = Duration::from_secs(5);

const SIGKILL: u8 = 9;

/// As whom a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    Root,
    User,
    /// A user whom the kernel is asked about; the others of the host are not asked about.
    HostUser,
}

/// A program that was started, and what it prints.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) pid: Pid,
    lines: Receiver<String>,
}

/// What it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// What was printed.
    pub(crate) lines: Vec<String>,
    /// How it ended.
    pub(crate) exit: Option<Exit>,
}

impl Ended {
    /// The outcome as printed, or what came instead.
    pub(crate) fn outcome(&self) -> String {
        let told = self.lines.iter().rev();
        match told
            .into_iter()
            .find_map(|line| line.strip_prefix("outcome: "))
        {
            Some(outcome) => outcome.to_owned(),
            None => match self.exit {
                Some(Exit::Code(code)) => format!("exit {code}"),
                Some(Exit::Signal(signal)) => format!("signal {signal}"),
                None => "no end".to_owned(),
            },
        }
    }

    /// A detail that was printed.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.lines
            .iter()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Starts the attack program with these words: in a cell, or on the host.
pub(crate) fn start(
    scene: &Scene,
    cell: Option<Handle>,
    user: As,
    words: &[&str],
) -> Result<Running, Errno> {
    let (reading, writing) = io::pipe().map_err(|_| Errno::EMFILE)?;
    let writing = OwnedFd::from(writing);
    let device = scene.device_path();
    let program = scene.program();
    let own = env::current_exe().map_err(|_| Errno::ENOENT)?;
    let own = own.to_str().ok_or(Errno::EINVAL)?;
    let command: &[&str] = match (cell, user) {
        (Some(_), _) => &["/attack"],
        (None, As::Root | As::User) => &[&program],
        (None, As::HostUser) => &[own, "host-user", &device, &program],
    };
    let pid = scene.platform.spawn(&Launch {
        command: &[command, words].concat(),
        environment: &["SECRET=of-the-victim"],
        new_session: true,
        stdio: [None, Some(&writing), Some(&writing)],
        limits: &[],
        enter: cell.map(|cell| (device.as_str(), cell)),
        directory: "/",
        user: match user {
            As::Root | As::HostUser => None,
            As::User => Some((USER, USER, &[])),
        },
    })?;
    Ok(Running {
        pid,
        lines: listen(reading),
    })
}

/// Reads lines as they come, until nobody is left to write any.
fn listen(from: PipeReader) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

impl Running {
    /// Waits for the first line, which says that it is ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.lines.recv_timeout(PATIENCE).is_ok()
    }

    /// Waits for its end; kills it when it takes too long.
    pub(crate) fn end(self, scene: &Scene) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                // nothing of interest comes after it, and a process that was left behind may hold the pipe
                Ok(line) if line.starts_with("outcome: ") => {
                    lines.push(line);
                    break;
                }
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = scene.platform.kill(self.pid, SIGKILL);
                    break;
                }
            }
        }
        let exit = reap(scene, self.pid, deadline);
        Ended { lines, exit }
    }

    /// Kills it and waits for its end.
    pub(crate) fn kill(self, scene: &Scene) {
        let _ = scene.platform.kill(self.pid, SIGKILL);
        reap(scene, self.pid, Instant::now() + PATIENCE);
    }
}

/// Waits for that process; remembers the others that end in the meantime.
fn reap(scene: &Scene, pid: Pid, deadline: Instant) -> Option<Exit> {
    loop {
        if let Some(exit) = scene.ended.borrow_mut().remove(&pid) {
            return Some(exit);
        }
        match scene.platform.reap() {
            Ok(Some((ended, exit))) => {
                scene.ended.borrow_mut().insert(ended, exit);
            }
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_micros(200)),
            Ok(None) | Err(_) => return None,
        }
    }
}
