//! Where the steps are done: cellrescue run and its words kept, the sticks' names, what is mounted.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use libcell::entry::System;
use libcell::platform::{
    Errno, Exit, Launch, Mount, MountFlags, MountKind, Open, Pid, Platform, signal,
};

use crate::files;
use crate::os;
use crate::platform::place::{Failure, Fd, Must, Outcome, equal, plain, wrong};
use crate::results::say;

/// What is tested.
const PROGRAM: &str = "/sbin/cellrescue";

/// What cellrescue says goes through these.
const SAID: [&str; 2] = ["/tmp/stick.output", "/tmp/stick.error"];

/// Where this program looks at a stick.
const LOOK: &str = "/mnt/look";

/// What cellrescue said, and how it ended.
pub struct Said {
    pub exit: Exit,
    pub output: String,
    pub error: String,
}

impl Said {
    /// It ended with this status; otherwise what it said is why.
    pub fn status(self, status: u8) -> Result<Self, Failure> {
        if self.exit == Exit::Code(status) {
            return Ok(self);
        }
        let (exit, error) = (self.exit, self.error);
        wrong("status", format_args!("{exit:?}, not {status}: {error}"))
    }
}

/// A line of `scan -TH`.
pub struct Row {
    pub disk: String,
    pub kind: String,
    pub name: String,
    pub size: String,
    pub state: String,
    pub archive: String,
}

/// What the steps share.
pub struct Bench<'s> {
    pub system: &'s System,
    /// The stick with nothing on it, as `sd0e`.
    pub empty: String,
    /// The one whose order is not signed.
    pub bare: String,
    /// The one whose order another key has signed.
    pub foreign: String,
    /// The one whose order is to be obeyed.
    pub order: String,
    /// The device's data partition.
    pub data: String,
    /// The archive that was saved, as cellrescue takes it.
    pub archive: String,
    /// The volume as it was then.
    pub before: Vec<String>,
}

impl<'s> Bench<'s> {
    /// Nothing is known yet.
    pub const fn new(system: &'s System) -> Self {
        Self {
            system,
            empty: String::new(),
            bare: String::new(),
            foreign: String::new(),
            order: String::new(),
            data: String::new(),
            archive: String::new(),
            before: Vec::new(),
        }
    }

    /// Starts cellrescue with nothing on its standard input.
    fn start(&self, words: &[&str]) -> Result<Pid, Failure> {
        let mut command = Vec::from([PROGRAM]);
        command.extend_from_slice(words);
        say(
            self.system,
            1,
            format_args!("# cellrescue {}\n", words.join(" ")),
        );
        let [output, error] = SAID.map(|path| self.system.open(path, Open::Truncate, 0o600));
        let (output, error) = (output.must("output")?, error.must("error")?);
        let none: Fd = self.system.open("/dev/null", Open::Read, 0).must("null")?;
        self.system
            .spawn(&Launch {
                stdio: [Some(&none), Some(&output), Some(&error)],
                ..plain(&command)
            })
            .must("spawn")
    }

    /// What it said, which is shown as well.
    fn said(&self, exit: Exit) -> Result<Said, Failure> {
        let [output, error] = SAID.map(|path| files::read(self.system, path).must(path));
        let (output, error) = (output?, error?);
        say(self.system, 1, format_args!("{output}{error}"));
        Ok(Said {
            exit,
            output,
            error,
        })
    }

    /// Runs cellrescue to its end.
    pub fn rescue(&self, words: &[&str]) -> Result<Said, Failure> {
        let pid = self.start(words)?;
        let (_, exit) = os::wait_for(pid).must("wait")?;
        self.said(exit)
    }

    /// Runs cellrescue and kills it after so many milliseconds.
    pub fn cut(&self, words: &[&str], after_ms: u64) -> Result<Said, Failure> {
        let pid = self.start(words)?;
        os::sleep_ms(after_ms);
        self.system.kill(pid, signal::KILL).must("kill")?;
        let (_, exit) = os::wait_for(pid).must("wait")?;
        self.said(exit)
    }

    /// What `scan` lists.
    pub fn rows(&self, words: &[&str]) -> Result<Vec<Row>, Failure> {
        let said = self.rescue(words)?;
        let row = |line: &str| {
            let mut fields = line.split('\t').map(String::from);
            let mut field = || fields.next().unwrap_or_default();
            let (disk, kind, name, size) = (field(), field(), field(), field());
            let (_, state, archive) = (field(), field(), field());
            Row {
                disk,
                kind,
                name,
                size,
                state,
                archive,
            }
        };
        Ok(said.status(0)?.output.lines().map(row).collect())
    }

    /// No stick is mounted, and nothing else where cellrescue mounts.
    pub fn nothing_is_mounted(&self) -> Outcome {
        let mut found = String::new();
        self.system
            .mounts(&mut |mounted| {
                let is_place = mounted.on.ends_with("/cellrescue") || mounted.on == LOOK;
                let is_stick = mounted.from.starts_with("/dev/sd") && mounted.on != "/volumes";
                if is_place || is_stick {
                    found = format!("{} on {}", mounted.from, mounted.on);
                }
            })
            .must("mounts")?;
        equal("mounted", found.as_str(), "")
    }

    /// Mounts a file system of a stick read-only, reads a file of it, and unmounts it.
    pub fn look(&self, kind: MountKind<'_>, name: &str) -> Result<String, Failure> {
        match self.system.make_directory(LOOK, 0o755) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return wrong(LOOK, errno),
        }
        let mount = Mount {
            kind,
            target: LOOK,
            flags: MountFlags {
                read_only: true,
                ..MountFlags::default()
            },
        };
        self.system.mount(&mount).must("mount")?;
        let text = files::read(self.system, &format!("{LOOK}/{name}"));
        self.system.unmount(LOOK).must("unmount")?;
        text.must(name)
    }
}
