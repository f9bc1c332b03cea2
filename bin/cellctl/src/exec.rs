//! `exec` and `enter`: become a process of the cell.
//!
//! The process is replaced: the command's status and signals are the operator's, without anything in between. So there is
//! no timeout here; timeout(1) before cellctl gives one.

use alloc::{format, string::String, vec::Vec};

use cell_abi::Limits;
use libcell::platform::{Errno, Group, Launch, Platform, Resource, ResourceLimit};

use crate::arguments;
use crate::failure::{Failure, Why};
use crate::number;
use crate::session::Session;
use crate::target::Target;

/// Exit status: there, but it cannot be executed; as sh(1) has it.
const CANNOT_EXECUTE: u8 = 126;

/// Exit status: no such command; as sh(1) has it.
const NOT_FOUND: u8 = 127;

/// Where a command without a slash is looked for, in the cell.
const PATH: [&str; 4] = ["/sbin", "/usr/sbin", "/bin", "/usr/bin"];

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
    let target = Target::parse(cell)?;
    let user = user.map(User::parse).transpose()?;
    let uid = user.as_ref().map_or(0, |user| user.uid);
    let nameless = |text: &&String| text.find('=').is_none_or(|at| at == 0);
    if let Some(wrong) = variables.iter().find(nameless) {
        return Err(Failure::usage(wrong, "variable", "not as NAME=value"));
    }
    let session = Session::open(platform)?;
    let row = target.row(&session)?;

    let mut words: Vec<&str> = command.iter().map(String::as_str).collect();
    let found;
    match words.first_mut() {
        None => words.push(SHELL),
        Some(program) if !program.contains('/') => {
            found = look_up(platform, &row.root, program)
                .ok_or_else(|| not_executed(program, Errno::ENOENT))?;
            *program = &found;
        }
        Some(_) => {}
    }
    let program = words.first().copied().unwrap_or(SHELL);

    let environment = environment(&row.name, uid, variables);
    let environment: Vec<&str> = environment.iter().map(String::as_str).collect();
    let limits = resource_limits(row.limits);
    let stdio = [0, 1, 2].map(|number| platform.standard(number).ok());
    let [input, output, error] = &stdio;
    let errno = platform.exec(&Launch {
        command: &words,
        environment: &environment,
        new_session: false,
        stdio: [input.as_ref(), output.as_ref(), error.as_ref()],
        limits: &limits,
        enter: Some((&session.path, row.handle)),
        directory: "/",
        user: user
            .as_ref()
            .map(|user| (user.uid, user.gid, user.groups.as_slice())),
    });
    // the launch does not say which step failed; these are errors of entering, the others of executing
    Err(match errno {
        Errno::EPERM => Failure::new(
            &row.name,
            "enter",
            session.lacks().map_or(Why::System(errno), Why::Text),
        ),
        Errno::EBUSY => Failure::new(
            &row.name,
            "enter",
            "this process cannot: it has more than one thread, or a directory open",
        ),
        Errno::ESTALE | Errno::EAGAIN | Errno::EINVAL | Errno::ENXIO => {
            Failure::new(&row.name, "enter", errno)
        }
        errno => not_executed(program, errno),
    })
}

fn not_executed(program: &str, errno: Errno) -> Failure {
    let mut failure = Failure::new(program, "execute", errno);
    failure.status = match errno {
        Errno::ENOENT => NOT_FOUND,
        _ => CANNOT_EXECUTE,
    };
    failure
}

/// The program as a path in the cell. Only whether there is something of that name is asked from out here, by lstat(2):
/// what it is, is decided after entering.
fn look_up<P: Platform>(platform: &P, root: &str, program: &str) -> Option<String> {
    PATH.iter()
        .map(|directory| format!("{directory}/{program}"))
        .find(|path| platform.metadata(&format!("{root}{path}")).is_ok())
}

/// Nothing of the operator's environment goes in.
fn environment(cell: &str, uid: u32, variables: &[String]) -> Vec<String> {
    let (user, prompt) = match uid {
        0 => (String::from("root"), '#'),
        uid => (format!("{uid}"), '$'),
    };
    let mut all: Vec<String> = [
        format!("PATH={}", PATH.join(":")),
        String::from("HOME=/"),
        format!("SHELL={SHELL}"),
        // what a serial console is, and what every other terminal understands
        String::from("TERM=vt100"),
        format!("USER={user}"),
        format!("LOGNAME={user}"),
        format!("PS1=[{cell}]{prompt} "),
    ]
    .into();
    for variable in variables {
        let name = variable.split_inclusive('=').next().unwrap_or_default();
        all.retain(|other| !other.starts_with(name));
        all.push(variable.clone());
    }
    all
}

/// The limits that the kernel keeps for whoever launches; `processes` it enforces by itself.
fn resource_limits(limits: Limits) -> Vec<ResourceLimit> {
    [
        (Resource::NoFile, limits.nofile.map(u64::from)),
        (
            Resource::AddressSpace,
            limits.address_space_kib.map(|kib| u64::from(kib) << 10),
        ),
        (
            Resource::Core,
            limits.core_kib.map(|kib| u64::from(kib) << 10),
        ),
    ]
    .into_iter()
    .filter_map(|(resource, value)| value.map(|value| ResourceLimit { resource, value }))
    .collect()
}

/// Who to be. By number: the cell's own `/etc/passwd` is the cell's to write, and the host's is of other people.
struct User {
    uid: u32,
    gid: u32,
    groups: Vec<Group>,
}

impl User {
    /// `uid[:gid[,group]...]`; the group is the user's number if none is given.
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = || Failure::usage(text, "user", "not as uid[:gid[,group]...] in numbers");
        let (uid, groups) = match text.split_once(':') {
            None => (text, None),
            Some((uid, groups)) => (uid, Some(groups)),
        };
        // the largest is "no user" to setuid(2) and its kin
        let id = |text| {
            number::decimal(text)
                .filter(|id| *id != u32::MAX)
                .ok_or_else(wrong)
        };
        let uid = id(uid)?;
        let mut groups: Vec<Group> = groups
            .map(|groups| groups.split(',').map(id).collect())
            .transpose()?
            .unwrap_or_else(|| [uid].into());
        if groups.len() > GROUPS {
            return Err(Failure::usage(text, "user", "more than 16 groups"));
        }
        let gid = groups.remove(0);
        Ok(Self { uid, gid, groups })
    }
}
