//! `celltest init`: the first process. Makes what a root file system that is only read needs, runs the command list
//! and ends the machine.
//!
//! The list is `/etc/celltest.commands` ([`script`]). Each command's line and status are told on the console
//! (`# LINE`, `status N`); the last line is `celltest init: status N`, the first status that was not as it should be, or
//! 0. scripts/qemu looks for it.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::platform::{
    Errno, Exit, Launch, Mount, MountFlags, MountKind, Open, Pid, Platform, System,
};

use crate::os::{self, Outcome};
use crate::results::say;
use crate::script::{self, Line};
use crate::{files, nodes};

/// What is run.
const COMMANDS: &str = "/etc/celltest.commands";

const ENVIRONMENT: &[&str] = &["PATH=/sbin:/bin:/usr/sbin:/usr/bin", "TERM=vt100"];

/// Where a command without a slash is looked for.
const PATH: [&str; 4] = ["/sbin", "/bin", "/usr/sbin", "/usr/bin"];

/// What is a memory file system: the root is not written to.
const WRITABLE: [&str; 4] = ["/var", "/tmp", "/volumes", "/mnt"];

/// Status of what could not be started, as of a shell.
const NOT_RUN: u8 = 127;

/// The first process when `rest` is empty; `celltest init FILE` runs a list in a system that is up, as from rc.local.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    match rest {
        [] if system.pid() == 1 => first(system),
        [file] => {
            let status = Runner::new(system).list(file);
            say(system, 1, format_args!("celltest init: status {status}\n"));
            let errno = os::restart(Outcome::Restart);
            say(system, 2, format_args!("celltest: reboot: {errno}\n"));
            1
        }
        [..] => {
            say(system, 2, format_args!("usage: celltest init FILE\n"));
            libcell::entry::USAGE
        }
    }
}

fn first(system: &System) -> ! {
    if let Err(errno) = prepare(system) {
        say(system, 2, format_args!("celltest init: system: {errno}\n"));
    }
    let status = Runner::new(system).list(COMMANDS);
    say(system, 1, format_args!("celltest init: status {status}\n"));
    let errno = os::restart(Outcome::Restart);
    say(system, 2, format_args!("celltest init: reboot: {errno}\n"));
    loop {
        os::sleep_ms(60_000);
    }
}

/// Nodes, console, memory file systems, loopback.
fn prepare(system: &System) -> Result<(), Errno> {
    tmpfs(system, "/dev")?;
    nodes::make("/dev")?;
    let console = system.open("/dev/console", Open::ReadWrite, 0)?;
    let number = libcell::platform::raw::number(&console);
    for standard in 0..3 {
        os::duplicate(number, standard)?;
    }
    // the descriptor is one of them if the kernel gave none
    if number < 3 {
        core::mem::forget(console);
    }
    let mut pending = Ok(());
    for directory in WRITABLE {
        if let Err(errno) = tmpfs(system, directory) {
            say(
                system,
                2,
                format_args!("celltest init: {directory}: {errno}\n"),
            );
            pending = Err(errno);
        }
    }
    system.make_directory("/var/run", 0o755)?;
    system.make_directory("/dev/pts", 0o755)?;
    let terminals = Mount {
        kind: MountKind::Ptyfs,
        target: "/dev/pts",
        flags: MountFlags::default(),
    };
    if let Err(errno) = system.mount(&terminals) {
        say(
            system,
            2,
            format_args!("celltest init: /dev/pts: {errno}\n"),
        );
    }
    os::loopback()?;
    pending
}

/// A memory file system at `path`.
pub fn tmpfs(system: &System, path: &str) -> Result<(), Errno> {
    system.mount(&Mount {
        kind: MountKind::Tmpfs {
            size: 32 << 20,
            mode: 0o755,
            uid: 0,
            gid: 0,
        },
        target: path,
        flags: MountFlags::default(),
    })
}

struct Runner<'s> {
    system: &'s System,
    /// What was started and not waited for.
    started: Vec<Pid>,
    /// The first status that was not good.
    status: u8,
}

impl<'s> Runner<'s> {
    const fn new(system: &'s System) -> Self {
        Self {
            system,
            started: Vec::new(),
            status: 0,
        }
    }

    /// Runs every line of a file.
    fn list(mut self, file: &str) -> u8 {
        let text = match files::read(self.system, file) {
            Ok(text) => text,
            Err(errno) => {
                say(
                    self.system,
                    2,
                    format_args!("celltest init: {file}: {errno}\n"),
                );
                return 1;
            }
        };
        for line in text.lines() {
            match script::line(line) {
                Ok(Line::Remark) => {}
                Ok(command) => {
                    say(self.system, 1, format_args!("# {line}\n"));
                    self.command(&command);
                }
                Err(mistake) => {
                    say(
                        self.system,
                        2,
                        format_args!("celltest init: {file}: {mistake}\n"),
                    );
                    self.judge(libcell::entry::USAGE, 0);
                }
            }
        }
        self.status
    }

    fn command(&mut self, line: &Line<'_>) {
        let result = match line {
            Line::Remark => Ok(()),
            Line::Run { good, words } => {
                let status = self.complete(words);
                say(self.system, 1, format_args!("status {status}\n"));
                self.judge(status, *good);
                Ok(())
            }
            Line::Background(words) => self.start(words).map(|pid| self.started.push(pid)),
            Line::Signal(signal) => match self.started.last() {
                Some(pid) => self.system.kill(*pid, *signal),
                None => Err(Errno::ESRCH),
            },
            Line::Wait => match self.started.pop() {
                Some(pid) => {
                    let status = self.wait(pid);
                    say(
                        self.system,
                        1,
                        format_args!("status {status} (started before)\n"),
                    );
                    Ok(())
                }
                None => Err(Errno::ECHILD),
            },
            Line::Sleep(time) => {
                os::sleep_ms(*time);
                Ok(())
            }
            Line::Tmpfs(path) => tmpfs(self.system, path),
            Line::Directory(path) => self.system.make_directory(path, 0o755),
        };
        if let Err(errno) = result {
            say(self.system, 1, format_args!("celltest init: {errno}\n"));
            self.judge(1, 0);
        }
    }

    fn judge(&mut self, status: u8, good: u8) {
        if status != good && self.status == 0 {
            self.status = status.max(1);
        }
    }

    fn complete(&mut self, words: &[&str]) -> u8 {
        match self.start(words) {
            Ok(pid) => self.wait(pid),
            Err(errno) => {
                let name = words.first().copied().unwrap_or_default();
                say(
                    self.system,
                    2,
                    format_args!("celltest init: {name}: {errno}\n"),
                );
                NOT_RUN
            }
        }
    }

    /// Waits for one child; what else ends meanwhile, orphans among them, is only collected.
    fn wait(&mut self, pid: Pid) -> u8 {
        loop {
            match os::wait_for(-1) {
                Ok((ended, exit)) if ended == pid => return status_of(exit),
                Ok((ended, exit)) => {
                    if let Some(place) = self.started.iter().position(|other| *other == ended) {
                        self.started.remove(place);
                        let status = status_of(exit);
                        say(
                            self.system,
                            1,
                            format_args!("status {status} (started before)\n"),
                        );
                    }
                }
                Err(_) => return NOT_RUN,
            }
        }
    }

    fn start(&self, words: &[&str]) -> Result<Pid, Errno> {
        let (name, arguments) = words.split_first().ok_or(Errno::EINVAL)?;
        let program = self.find(name).ok_or(Errno::ENOENT)?;
        let mut command = Vec::with_capacity(words.len());
        command.push(program.as_str());
        command.extend_from_slice(arguments);
        let [input, output, error] = [0, 1, 2].map(|number| self.system.standard(number).ok());
        self.system.spawn(&Launch {
            command: &command,
            environment: ENVIRONMENT,
            new_session: true,
            stdio: [input.as_ref(), output.as_ref(), error.as_ref()],
            limits: &[],
            enter: None,
            directory: "/",
            user: None,
        })
    }

    fn find(&self, name: &str) -> Option<String> {
        if name.contains('/') {
            return Some(name.into());
        }
        PATH.iter()
            .map(|directory| alloc::format!("{directory}/{name}"))
            .find(|path| self.system.metadata(path).is_ok())
    }
}

/// As a shell counts: 128 and the signal.
pub const fn status_of(exit: Exit) -> u8 {
    match exit {
        Exit::Code(status) => status,
        Exit::Signal(signal) => 128 | signal,
    }
}
