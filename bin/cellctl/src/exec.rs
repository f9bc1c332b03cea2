//! `exec` and `enter`: become a process of the cell.
//!
//! The process is replaced: the command's status and signals are the operator's, without anything in between. So there is
//! no timeout here; timeout(1) before cellctl gives one.

use alloc::{string::String, vec::Vec};

use cell_abi::Limits;
use libcell::{
    options::{Parsed, push},
    platform::{Errno, Group, Launch, Platform, Resource, ResourceLimit},
};

use crate::failure::{Failure, Why, failed_by, misused, said, tell};
use crate::registry::Row;
use crate::session::Session;
use crate::show::joined;
use crate::target;
use libcell::number::{self, split};

/// Exit status: there, but it cannot be executed; as sh(1) has it.
const CANNOT_EXECUTE: u8 = 126;

/// Exit status: no such command; as sh(1) has it.
const NOT_FOUND: u8 = 127;

/// Where a command without a slash is looked for, in the cell.
const PATH: [&str; 4] = ["/sbin/", "/usr/sbin/", "/bin/", "/usr/bin/"];

/// The shell of `enter`.
const SHELL: &str = "/bin/sh";

/// As many supplementary groups as NetBSD takes (`NGROUPS_MAX`).
const GROUPS: usize = 16;

/// `cellctl exec` and `cellctl enter`, which has no command. Returns only if it fails.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let user = match parsed.value(b'u') {
        None => None,
        Some(text) => match User::read(text) {
            Some(user) => Some(user),
            None => {
                return Err(misused(
                    platform,
                    text,
                    &const {
                        said(
                            "user",
                            "not as uid[:gid[,group]...] in numbers, 16 groups at most",
                        )
                    },
                ));
            }
        },
    };
    for text in parsed.values(b'e') {
        if let ("", _) | (_, None) = split(text, b'=') {
            return Err(misused(
                platform,
                text,
                &const { said("variable", "not as NAME=value") },
            ));
        }
    }
    target::with(platform, parsed.operand(0), &mut |session, target| {
        let row = target.row(session)?;
        start(session, &row, parsed, user.as_ref())
    })
}

fn start<P: Platform>(
    session: &Session<'_, P>,
    row: &Row,
    parsed: &Parsed<'_>,
    user: Option<&User>,
) -> Result<(), Failure> {
    let platform = session.platform;
    let (program, arguments) = parsed.rest(1).split_first().unwrap_or((&SHELL, &[]));
    let path = look_up(platform, &row.root, program);
    if path.is_empty() {
        return Err(not_executed(platform, program, Errno::ENOENT));
    }
    let mut command = [path.as_str()].to_vec();
    command.extend_from_slice(arguments);

    let environment = environment(&row.name, user, parsed);
    let mut lines = Vec::new();
    let mut rest = environment.as_str();
    while let (line, Some(after)) = split(rest, END) {
        lines.push(line);
        rest = after;
    }
    let (input, output, error) = (
        stream(platform, 0),
        stream(platform, 1),
        stream(platform, 2),
    );
    let errno = platform.exec(&Launch {
        command: &command,
        environment: &lines,
        new_session: false,
        stdio: [input.as_ref(), output.as_ref(), error.as_ref()],
        limits: &resource_limits(&row.limits),
        enter: Some((&session.path, row.handle)),
        directory: "/",
        user: user.map(|user| (user.uid, user.gid, user.groups.as_slice())),
    });
    // the launch does not say which step failed; these are errors of entering, the others of executing
    let why = match errno {
        Errno::EPERM => session.lacks().map_or(errno.into(), Why::from),
        Errno::EBUSY => "it has more than one thread here, or a directory open".into(),
        Errno::ESTALE | Errno::EAGAIN | Errno::EINVAL | Errno::ENXIO => errno.into(),
        _ => return Err(not_executed(platform, program, errno)),
    };
    Err(failed_by(platform, &row.name, "enter", why))
}

#[inline(never)]
fn stream<P: Platform>(platform: &P, number: u8) -> Option<P::Fd> {
    platform.standard(number).ok()
}

fn not_executed<P: Platform>(platform: &P, program: &str, errno: Errno) -> Failure {
    tell(platform, program, "execute", errno.into());
    Failure(match errno {
        Errno::ENOENT => NOT_FOUND,
        _ => CANNOT_EXECUTE,
    })
}

/// The program as a path in the cell: itself if it has a slash; empty if it is in no directory of [`PATH`]. Only whether
/// there is something of that name is asked from out here, by lstat(2): what it is, is decided after entering.
fn look_up<P: Platform>(platform: &P, root: &str, program: &str) -> String {
    if program.bytes().any(|byte| byte == b'/') {
        return program.into();
    }
    for directory in PATH {
        let path = joined(&[root, directory, program]);
        if platform.metadata(&path).is_ok() {
            return path.get(root.len()..).unwrap_or_default().into();
        }
    }
    String::new()
}

/// Ends a variable, which cannot have it: it ends every argument.
const END: u8 = 0;

/// The environment of a command: `=` at the end is followed by the user, `[` by the cell and the rest of the prompt.
static ENVIRONMENT: [&str; 7] = [
    // the directories of `PATH`
    "PATH=/sbin:/usr/sbin:/bin:/usr/bin",
    "HOME=/",
    "SHELL=/bin/sh",
    // what a serial console is, and what every other terminal understands
    "TERM=vt100",
    "USER=",
    "LOGNAME=",
    "PS1=[",
];

/// What the command gets as its environment, each variable with its [`END`]: nothing of the operator's.
fn environment(cell: &str, user: Option<&User>, parsed: &Parsed<'_>) -> String {
    let (user, prompt) = match user {
        None | Some(User { uid: 0, .. }) => ("root", "]# \0"),
        Some(_) => (
            split(parsed.value(b'u').unwrap_or_default(), b':').0,
            "]$ \0",
        ),
    };
    let mut all = String::new();
    for template in &ENVIRONMENT {
        let (name, _) = split(template, b'=');
        let is_given = parsed
            .values(b'e')
            .any(|given| split(given, b'=').0 == name);
        if !is_given {
            let (value, end) = match template.as_bytes().last() {
                Some(b'=') => (user, "\0"),
                Some(b'[') => (cell, prompt),
                Some(_) | None => ("", "\0"),
            };
            push(&mut all, &[template, value, end]);
        }
    }
    for given in parsed.values(b'e') {
        push(&mut all, &[given, "\0"]);
    }
    all
}

/// The limits that the kernel keeps for whoever launches; `processes` it enforces by itself.
fn resource_limits(limits: &Limits) -> Vec<ResourceLimit> {
    let mut all = Vec::new();
    let mut add = |resource, value: Option<u32>, shift: u32| {
        if let Some(value) = value {
            let value = u64::from(value) << shift;
            all.push(ResourceLimit { resource, value });
        }
    };
    add(Resource::NoFile, limits.nofile, 0);
    add(Resource::AddressSpace, limits.address_space_kib, 10);
    add(Resource::Core, limits.core_kib, 10);
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
    fn read(text: &str) -> Option<Self> {
        let (uid, gids) = split(text, b':');
        let (gid, mut rest) = split(gids.unwrap_or(uid), b',');
        let mut groups = Vec::new();
        while let Some(list) = rest {
            let (group, after) = split(list, b',');
            groups.push(id(group)?);
            rest = after;
        }
        if groups.len() > GROUPS {
            return None;
        }
        let (uid, gid) = (id(uid)?, id(gid)?);
        Some(Self { uid, gid, groups })
    }
}

/// The largest number is "no user" to setuid(2) and its kin.
fn id(text: &str) -> Option<u32> {
    number::decimal(text).filter(|id| *id != u32::MAX)
}
