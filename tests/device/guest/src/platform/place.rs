//! Where a test runs: a process and a directory of its own; and how it says what is wrong.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::{Debug, Display};

use libcell::entry::System;
use libcell::platform::{
    Errno, Exit, Launch, Mount, MountFlags, MountKind, Open, Pid, Platform, signal,
};

use super::calls;
use crate::files;
use crate::os::{self, Forked};

/// A descriptor.
pub type Fd = <System as Platform>::Fd;

/// Why a test did not pass.
#[derive(Debug)]
pub enum Failure {
    /// Something was not as it must be.
    Wrong {
        /// What was looked at.
        what: String,
        /// What it was.
        why: String,
    },
    /// The test needs what this machine has not.
    Skip {
        /// What it is.
        what: String,
        /// What about it.
        why: String,
    },
}

/// How a test ends.
pub type Outcome = Result<(), Failure>;

/// It was not as it must be.
pub fn wrong<T>(what: impl Display, why: impl Display) -> Result<T, Failure> {
    Err(Failure::Wrong {
        what: what.to_string(),
        why: why.to_string(),
    })
}

/// It cannot be tried.
pub fn skip<T>(what: impl Display, why: impl Display) -> Result<T, Failure> {
    Err(Failure::Skip {
        what: what.to_string(),
        why: why.to_string(),
    })
}

/// Both are the same.
pub fn equal<T: PartialEq + Debug>(what: impl Display, is: T, must: T) -> Outcome {
    if is == must {
        return Ok(());
    }
    wrong(what, format_args!("{is:?}, not {must:?}"))
}

/// It fails with this error.
pub fn refused<T>(what: impl Display, result: Result<T, Errno>, errno: Errno) -> Outcome {
    match result {
        Err(is) if is == errno => Ok(()),
        Err(is) => wrong(what, format_args!("{is:?}, not {errno:?}")),
        Ok(_) => wrong(what, format_args!("no error, not {errno:?}")),
    }
}

/// It is so.
pub fn holds(what: impl Display, is: bool) -> Outcome {
    if is {
        Ok(())
    } else {
        wrong(what, "it is not so")
    }
}

/// What a step that must not fail came to.
pub trait Must<T> {
    /// Its value, or the test's failure with what was tried.
    fn must(self, what: impl Display) -> Result<T, Failure>;
}

impl<T> Must<T> for Result<T, Errno> {
    fn must(self, what: impl Display) -> Result<T, Failure> {
        self.or_else(|errno| wrong(what, format_args!("{errno:?}: {errno}")))
    }
}

/// Longest time that a test may take, of the machine as it is emulated.
const PATIENCE_S: u32 = 60;

/// Where all of it happens.
const BASE: &str = "/tmp/celltest.platform";

/// `MNT_FORCE`, for the end.
const FORCE: usize = 0x0008_0000;

/// The tests' places.
pub struct Places<'s> {
    system: &'s System,
    program: String,
    count: u32,
}

impl<'s> Places<'s> {
    /// # Errors
    /// When there is no place to make them.
    pub fn new(system: &'s System) -> Result<Self, Failure> {
        let program = calls::program().must("the program's own path")?;
        match system.make_directory(BASE, 0o755) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return wrong(BASE, errno),
        }
        tmpfs(system, BASE, 24 << 20).must(BASE)?;
        Ok(Self {
            system,
            program,
            count: 0,
        })
    }

    /// Runs a test in its process and its place.
    pub fn apart(&mut self, test: fn(&Place<'_>) -> Outcome) -> Outcome {
        self.count += 1;
        let directory = format!("{BASE}/{}", self.count);
        self.system
            .make_directory(&directory, 0o755)
            .must(&directory)?;
        let place = Place {
            system: self.system,
            directory,
            program: self.program.clone(),
        };
        let (reading, writing) = self.system.pipe().must("pipe")?;
        match os::fork().must("fork")? {
            Forked::Child => {
                let done = calls::own_group().must("setpgid").and_then(|()| {
                    calls::alarm(PATIENCE_S).must("alarm")?;
                    test(&place)
                });
                os::exit(tell(self.system, &writing, done));
            }
            Forked::Parent(pid) => {
                drop(writing);
                let (_, exit) = os::wait_for(pid).must("wait")?;
                let _ = self.system.kill(-pid, signal::KILL);
                judge(self.system, &reading, exit)
            }
        }
    }

    /// Takes the places away.
    pub fn end(self) {
        let _ = calls::unmount(BASE, FORCE);
        let _ = self.system.remove_directory(BASE);
    }
}

const WRONG: u8 = 1;
const SKIP: u8 = 2;

/// In the test's process: says how it ended; the process's status.
fn tell(system: &System, to: &Fd, done: Outcome) -> u8 {
    let (status, text) = match done {
        Ok(()) => return 0,
        Err(Failure::Wrong { what, why }) => (WRONG, format!("{what}\0{why}")),
        Err(Failure::Skip { what, why }) => (SKIP, format!("{what}\0{why}")),
    };
    let _ = system.write(to, text.as_bytes());
    status
}

fn judge(system: &System, from: &Fd, exit: Exit) -> Outcome {
    let status = match exit {
        Exit::Code(0) => return Ok(()),
        Exit::Code(status) => status,
        Exit::Signal(signal::ALRM) => return wrong("process", "it did not end"),
        Exit::Signal(signal) => return wrong("process", format_args!("signal {signal}")),
    };
    let text = match files::rest(system, from) {
        Ok(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        Err(errno) => return wrong("process", errno),
    };
    let (what, why) = text.split_once('\0').unwrap_or((&text, "no reason"));
    match status {
        SKIP => skip(what, why),
        _ => wrong(what, why),
    }
}

/// A memory file system at a path.
pub fn tmpfs(system: &System, target: &str, size: u64) -> Result<(), Errno> {
    system.mount(&Mount {
        kind: MountKind::Tmpfs {
            size,
            mode: 0o755,
            uid: 0,
            gid: 0,
        },
        target,
        flags: MountFlags::default(),
    })
}

/// What a test has.
pub struct Place<'s> {
    /// The system that is tested.
    pub system: &'s System,
    /// A directory, empty at first.
    pub directory: String,
    /// The path of this very program.
    pub program: String,
}

impl Place<'_> {
    /// A path in the directory.
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.directory)
    }

    /// A file there with this in it.
    pub fn file(&self, name: &str, bytes: &[u8]) -> Result<String, Failure> {
        let path = self.path(name);
        let file = self.system.open(&path, Open::Truncate, 0o644).must(&path)?;
        self.all(&file, bytes)?;
        Ok(path)
    }

    /// A new directory there.
    pub fn subdirectory(&self, name: &str) -> Result<String, Failure> {
        let path = self.path(name);
        self.system.make_directory(&path, 0o755).must(&path)?;
        Ok(path)
    }

    /// Writes all of it.
    pub fn all(&self, file: &Fd, mut bytes: &[u8]) -> Outcome {
        while !bytes.is_empty() {
            let count = self.system.write(file, bytes).must("write")?;
            bytes = bytes.get(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// What is in a file.
    pub fn content(&self, path: &str) -> Result<String, Failure> {
        files::read(self.system, path).must(path)
    }

    /// This program beside the tests, for a root or a mount.
    pub fn copy_program(&self, to: &str, mode: u32) -> Outcome {
        let from = self
            .system
            .open(&self.program, Open::Read, 0)
            .must("program")?;
        let into = self.system.open(to, Open::Truncate, 0o755).must(to)?;
        let mut buffer = [0; 4096];
        loop {
            let count = self.system.read(&from, &mut buffer).must("read")?;
            if count == 0 {
                break;
            }
            self.all(&into, buffer.get(..count).unwrap_or_default())?;
        }
        self.system.set_owner(to, 0, 0, mode).must(to)
    }

    /// Starts what is described with its output into a pipe; what it wrote and how it ended.
    pub fn output(&self, launch: Launch<'_, Fd>) -> Result<(String, Exit), Failure> {
        let (reading, writing) = self.system.pipe().must("pipe")?;
        let [input, _, error] = launch.stdio;
        let pid = self
            .system
            .spawn(&Launch {
                stdio: [input, Some(&writing), error],
                ..launch
            })
            .must("spawn")?;
        drop(writing);
        self.rest(&reading, pid)
    }

    /// All that comes out of a pipe, and how the process ended.
    pub fn rest(&self, reading: &Fd, pid: Pid) -> Result<(String, Exit), Failure> {
        calls::blocking(reading).must("fcntl")?;
        let bytes = files::rest(self.system, reading).must("read")?;
        let (_, exit) = os::wait_for(pid).must("wait")?;
        Ok((String::from_utf8(bytes).unwrap_or_default(), exit))
    }

    /// Runs something as another process and gives its exit status.
    pub fn forked(&self, what: impl FnOnce() -> u8) -> Result<Exit, Failure> {
        match os::fork().must("fork")? {
            Forked::Child => os::exit(what()),
            Forked::Parent(pid) => Ok(os::wait_for(pid).must("wait")?.1),
        }
    }

    /// The error that a call comes to in a process of an ordinary user.
    pub fn as_user(
        &self,
        what: impl FnOnce() -> Result<(), Errno>,
    ) -> Result<Option<Errno>, Failure> {
        let exit = self.forked(|| match os::user(1000, 1000) {
            Ok(()) => what().err().map_or(0, |errno| errno.0 as u8),
            Err(_) => u8::MAX,
        })?;
        match exit {
            Exit::Code(0) => Ok(None),
            Exit::Code(errno) => Ok(Some(Errno(u16::from(errno)))),
            Exit::Signal(signal) => wrong("as a user", format_args!("signal {signal}")),
        }
    }
}

/// A launch of nothing special.
pub fn plain<'a>(command: &'a [&'a str]) -> Launch<'a, Fd> {
    Launch {
        command,
        environment: &[],
        new_session: false,
        stdio: [None; 3],
        limits: &[],
        enter: None,
        directory: "/",
        user: None,
    }
}

/// The value of a line `NAME VALUE` of what a child shows.
pub fn shown<'t>(text: &'t str, name: &str) -> &'t str {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .unwrap_or("(not shown)")
}
