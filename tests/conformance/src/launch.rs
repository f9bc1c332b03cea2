//! Starting programs and hearing from them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use cell_abi::Handle;
use libcell::platform::{Errno, Exit, Launch, Pid, Platform, signal};

use crate::lines::{Heard, Lines};
use crate::place;
use crate::scene::{Scene, USER};

/// As whom a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum As {
    Root,
    User,
    /// A user whom the kernel is asked about. (The hosted one is not asked about others of the host.)
    HostUser,
}

/// A program that was started, and what it prints.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) pid: Pid,
    lines: Lines,
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
    let device = scene.device_path();
    let program = scene.program();
    let through = match (cell, user) {
        (None, As::HostUser) => place::host_user_command(scene)?,
        _ => Vec::new(),
    };
    let mut command: Vec<&str> = through.iter().map(String::as_str).collect();
    command.push(if cell.is_some() { "/attack" } else { &program });
    command.extend(words);
    let (reading, writing) = scene.platform.pipe()?;
    let pid = scene.platform.spawn(&Launch {
        command: &command,
        environment: &["SECRET=of-the-victim"],
        new_session: true,
        stdio: [None, Some(&writing), Some(&writing)],
        limits: &[],
        enter: cell.map(|cell| (device.as_str(), cell)),
        directory: "/",
        user: match user {
            As::User => Some((USER, USER, &[USER])),
            As::HostUser if through.is_empty() => Some((USER, USER, &[USER])),
            As::Root | As::HostUser => None,
        },
    })?;
    // held here as well, the end of the lines would never come
    drop(writing);
    Ok(Running::new(pid, reading))
}

impl Running {
    /// A process, and the pipe that it prints to.
    pub(crate) fn new(pid: Pid, from: <libcell::platform::System as Platform>::Fd) -> Self {
        let lines = Lines::new(from);
        Self { pid, lines }
    }

    /// Waits for the next line, the first of which says that it is ready.
    pub(crate) fn is_ready(&mut self, scene: &Scene) -> bool {
        matches!(self.lines.next(scene, scene.patience()), Heard::Line(_))
    }

    /// Waits for its end; kills it when it takes too long.
    pub(crate) fn end(mut self, scene: &Scene) -> Ended {
        let deadline = scene.patience();
        let mut lines = Vec::new();
        loop {
            match self.lines.next(scene, deadline) {
                // nothing of interest comes after it, and a process that was left behind may hold the pipe
                Heard::Line(line) if line.starts_with("outcome: ") => {
                    lines.push(line);
                    break;
                }
                Heard::Line(line) => lines.push(line),
                Heard::End => break,
                Heard::Late => {
                    let _ = scene.platform.kill(self.pid, signal::KILL);
                    break;
                }
            }
        }
        let exit = scene.reap(self.pid, scene.patience());
        Ended { lines, exit }
    }

    /// Kills it, unless it has ended, and waits for its end. In NetBSD a signal that comes while a process is in execve(2) may be
    /// lost, so it is sent until it has ended.
    pub(crate) fn kill(self, scene: &Scene) {
        const AGAIN_MS: u64 = 200;
        let deadline = scene.patience();
        while !scene.has_ended(self.pid) && !scene.is_past(deadline) {
            let _ = scene.platform.kill(self.pid, signal::KILL);
            scene.wait_for_end(self.pid, scene.after_ms(AGAIN_MS));
        }
        scene.reap(self.pid, deadline);
    }
}
