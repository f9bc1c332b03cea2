//! `exec` and `enter`: become a process of the cell.
//!
//! The process is replaced: the command's status and signals are the operator's, without anything in between. So there is
//! no timeout here; timeout(1) before cellctl gives one.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Display;

use cell_abi::Limits;
use libcell::platform::{Errno, Group, Launch, Platform, Resource, ResourceLimit};

use crate::arguments;
use crate::failure::{Failure, failed, misused, tell};
use crate::number;
use crate::session::Session;
use crate::target::Target;

/// Exit status: there, but it cannot be executed; as sh(1) has it.
const CANNOT_EXECUTE: u8 = 126;

/// Exit status: no such command; as sh(1) has it.
const NOT_FOUND: u8 = 127;

/// Where a command without a slash is looked for, in the cell.
const PATH: &str = "/sbin:/usr/sbin:/bin:/usr/bin";

/// The shell of `enter`.
const SHELL: &str = "/bin/sh";

/// As many groups as NetBSD takes (`NGROUPS_MAX`).
const GROUPS: usize = 16;

/// `cellctl enter`
pub(crate) fn enter<P: Platform>(
    platform: &P,
    arguments: &arguments::Enter,
) -> Result<(), Failure> {
    become_member(
        platform,
        &arguments.cell,
        arguments.user.as_deref(),
        &[],
        &[],
    )
}

/// `cellctl exec`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Exec) -> Result<(), Failure> {
    become_member(
        platform,
        &arguments.cell,
        arguments.user.as_deref(),
        &arguments.env,
        &arguments.command,
    )
}

/// Returns only if it fails.
fn become_member<P: Platform>(
    platform: &P,
    cell: &str,
    user: Option<&str>,
    variables: &[String],
    command: &[String],
) -> Result<(), Failure> {
    let target = Target::parse(platform, cell)?;
    let who = match user {
        None => None,
        Some(text) => Some(User::parse(platform, text)?),
    };
    let uid = who.as_ref().map_or(0, |user| user.uid);
    for text in variables {
        if text.find('=').is_none_or(|at| at == 0) {
            return Err(misused(platform, text, "variable", &"not as NAME=value"));
        }
    }
    let session = Session::open(platform)?;
    let row = target.row(&session)?;

    let mut words: Vec<&str> = Vec::new();
    for word in command {
        words.push(word);
    }
    if words.is_empty() {
        words.push(SHELL);
    }
    let path;
    let mut program = SHELL;
    if let Some(first) = words.first_mut() {
        if !first.contains('/') {
            path = look_up(platform, &row.root, first);
            if path.is_empty() {
                return Err(not_executed(platform, first, Errno::ENOENT));
            }
            *first = &path;
        }
        program = first;
    }

    let environment = Environment::new(&row.name, uid, variables);
    let mut lines: Vec<&str> = Vec::new();
    for line in &environment.0 {
        lines.push(line);
    }
    let stdio = [0, 1, 2].map(|number| platform.standard(number).ok());
    let [input, output, error] = &stdio;
    let errno = platform.exec(&Launch {
        command: &words,
        environment: &lines,
        new_session: false,
        stdio: [input.as_ref(), output.as_ref(), error.as_ref()],
        limits: &resource_limits(row.limits),
        enter: Some((&session.path, row.handle)),
        directory: "/",
        user: who
            .as_ref()
            .map(|user| (user.uid, user.gid, user.groups.as_slice())),
    });
    // the launch does not say which step failed; these are errors of entering, the others of executing
    let refused = |why: &dyn Display| Err(failed(platform, &row.name, "enter", why));
    match (errno, session.lacks()) {
        (Errno::EPERM, Some(lacks)) => refused(&lacks),
        (Errno::EBUSY, _) => refused(&"it has more than one thread here, or a directory open"),
        (Errno::EPERM | Errno::ESTALE | Errno::EAGAIN | Errno::EINVAL | Errno::ENXIO, _) => {
            refused(&errno)
        }
        _ => Err(not_executed(platform, program, errno)),
    }
}

fn not_executed<P: Platform>(platform: &P, program: &str, errno: Errno) -> Failure {
    tell(platform, program, "execute", &errno);
    Failure(match errno {
        Errno::ENOENT => NOT_FOUND,
        _ => CANNOT_EXECUTE,
    })
}

/// The program as a path in the cell; empty if it is in no directory of [`PATH`]. Only whether there is something of that
/// name is asked from out here, by lstat(2): what it is, is decided after entering.
fn look_up<P: Platform>(platform: &P, root: &str, program: &str) -> String {
    for directory in PATH.split(':') {
        let path = [root, directory, "/", program].concat();
        if platform.metadata(&path).is_ok() {
            return path.get(root.len()..).unwrap_or_default().into();
        }
    }
    String::new()
}

/// What the command gets as its environment: nothing of the operator's.
struct Environment(Vec<String>);

impl Environment {
    fn new(cell: &str, uid: u32, variables: &[String]) -> Self {
        let (user, prompt) = match uid {
            0 => ("root".into(), "]# "),
            uid => (uid.to_string(), "]$ "),
        };
        let mut all = Self(Vec::new());
        for parts in [
            ["PATH=", PATH, ""],
            ["HOME=", "/", ""],
            ["SHELL=", SHELL, ""],
            // what a serial console is, and what every other terminal understands
            ["TERM=", "vt100", ""],
            ["USER=", &user, ""],
            ["LOGNAME=", &user, ""],
            ["PS1=[", cell, prompt],
        ] {
            all.0.push(parts.concat());
        }
        for variable in variables {
            let end = variable.find('=').map_or(0, |at| at + 1);
            let name = variable.get(..end).unwrap_or_default();
            all.0.retain(|other| !other.starts_with(name));
            all.0.push(variable.clone());
        }
        all
    }
}

/// The limits that the kernel keeps for whoever launches; `processes` it enforces by itself.
fn resource_limits(limits: Limits) -> Vec<ResourceLimit> {
    let bytes = |kib: Option<u32>| kib.map(|kib| u64::from(kib) << 10);
    let mut all = Vec::new();
    for (resource, value) in [
        (Resource::NoFile, limits.nofile.map(u64::from)),
        (Resource::AddressSpace, bytes(limits.address_space_kib)),
        (Resource::Core, bytes(limits.core_kib)),
    ] {
        if let Some(value) = value {
            all.push(ResourceLimit { resource, value });
        }
    }
    all
}

/// Who to be. By number: the cell's own `/etc/passwd` is the cell's to write, and the host's is of other people.
struct User {
    uid: u32,
    gid: u32,
    groups: Vec<Group>,
}

impl User {
    /// `uid[:gid[,group]...]`; the group is the user's number if none is given.
    fn parse<P: Platform>(platform: &P, text: &str) -> Result<Self, Failure> {
        let user = Self::read(text).ok_or_else(|| {
            let why = "not as uid[:gid[,group]...] in numbers";
            misused(platform, text, "user", &why)
        })?;
        if user.groups.len() >= GROUPS {
            return Err(misused(platform, text, "user", &"more than 16 groups"));
        }
        Ok(user)
    }

    fn read(text: &str) -> Option<Self> {
        let (uid, gids) = text.split_once(':').unwrap_or((text, text));
        let uid = id(uid)?;
        let mut groups = Vec::new();
        for gid in gids.split(',') {
            groups.push(id(gid)?);
        }
        // the first is the group, the rest are supplementary
        let gid = groups.remove(0);
        Some(Self { uid, gid, groups })
    }
}

/// The largest number is "no user" to setuid(2) and its kin.
fn id(text: &str) -> Option<u32> {
    number::decimal(text).filter(|id| *id != u32::MAX)
}
