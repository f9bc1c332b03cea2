//! Opening, making and executing files.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use cell_abi::{Access, DeviceKind};

use super::paths::{self, LastLink};
use super::{Call, Outcome, deny, directories};
use crate::kauth;
use crate::process::facts;
use crate::process::os::path::{self, Found};
use crate::process::questions::{About, Question, Verdict, Writable};

const SYSCTL_WRITE: Question =
    Question::Plain(kauth::SYSTEM_SYSCTL, Some(kauth::REQ_SYSTEM_SYSCTL_MODIFY));
const MKNOD: Question = Question::Plain(kauth::SYSTEM_MKNOD, None);

/// `PROC_SUPER_MAGIC` and `SYSFS_MAGIC` of linux/magic.h.
const PROC: i64 = 0x9fa0;
const SYSFS: i64 = 0x6265_6572;

pub(super) fn outcome(call: &mut Call<'_>) -> Option<Outcome> {
    let here = libc::AT_FDCWD;
    Some(match call.note.number {
        libc::SYS_open => open(call, here, 0, call.int(1)),
        libc::SYS_creat => open(call, here, 0, libc::O_WRONLY | libc::O_CREAT),
        libc::SYS_openat => open(call, call.int(0), 1, call.int(2)),
        libc::SYS_openat2 => match call.memory::<8>(2) {
            Some(flags) => open(call, call.int(0), 1, u64::from_ne_bytes(flags) as i32),
            None => Outcome::Continue,
        },
        libc::SYS_mknod => mknod(call, call.int(1)),
        libc::SYS_mknodat => mknod(call, call.int(2)),
        libc::SYS_execve => execute(call, here, 0, 0),
        libc::SYS_execveat => execute(call, call.int(0), 1, call.int(4)),
        _ => return None,
    })
}

fn open(call: &mut Call<'_>, directory: i32, name: usize, flags: i32) -> Outcome {
    let link = match flags & libc::O_NOFOLLOW {
        0 => LastLink::Followed,
        _ => LastLink::Kept,
    };
    let access = match flags & libc::O_ACCMODE {
        libc::O_RDONLY => Access::Read,
        libc::O_WRONLY => Access::Write,
        _ => Access::ReadWrite,
    };
    let Some(name) = call.string(name) else {
        return Outcome::Continue;
    };
    if directories::is_astray(call, directory, &name) {
        return Outcome::Fail(libc::ENOENT);
    }
    let file = match paths::find(call, directory, &name, link) {
        Ok(file) => file,
        Err(error) => return missing(call, directory, &name, &error),
    };
    let Ok(what) = path::describe(file.as_fd()) else {
        return Outcome::Continue;
    };
    if what.fs_type == PROC {
        return procfs(call, &file, access);
    }
    if flags & libc::O_PATH != 0 {
        // nothing is opened
        return Outcome::Continue;
    }
    if what.is_device() {
        return device(call, &what, access);
    }
    if what.fs_type == SYSFS && access != Access::Read {
        return deny(call.ask(SYSCTL_WRITE), libc::EPERM);
    }
    Outcome::Continue
}

/// What becomes of a path on the way to something, without opening it.
pub(super) fn reach(call: &mut Call<'_>, directory: i32, name: &[u8]) -> Outcome {
    match paths::find(call, directory, name, LastLink::Followed) {
        Ok(file) => match path::describe(file.as_fd()) {
            Ok(what) if what.fs_type == PROC => procfs(call, &file, Access::Read),
            Ok(_) | Err(_) => Outcome::Continue,
        },
        Err(error) => missing(call, directory, name, &error),
    }
}

/// What is not there Linux makes or misses; but a process' `root`, `cwd` and the like lead where no path does, and are
/// that process' entries.
fn missing(call: &mut Call<'_>, directory: i32, name: &[u8], error: &io::Error) -> Outcome {
    if error.raw_os_error() != Some(libc::ELOOP) {
        return Outcome::Continue;
    }
    let ends = (1..name.len()).filter(|end| name.get(*end) == Some(&b'/'));
    for end in ends.chain([name.len()]) {
        let Some(Ok(part)) = name
            .get(..end)
            .map(|part| paths::find(call, directory, part, LastLink::Kept))
        else {
            continue;
        };
        let in_procfs = path::describe(part.as_fd()).is_ok_and(|what| what.fs_type == PROC);
        if in_procfs && let Outcome::Fail(errno) = procfs(call, &part, Access::Read) {
            return Outcome::Fail(errno);
        }
    }
    Outcome::Continue
}

/// `spec_open()`: ENXIO on a mount without devices; every other open of a device node asks, EPERM.
fn device(call: &mut Call<'_>, what: &Found, access: Access) -> Outcome {
    if what.mount_flags & libc::ST_NODEV != 0 {
        return Outcome::Fail(libc::ENXIO);
    }
    let kind = if what.mode & libc::S_IFMT == libc::S_IFBLK {
        DeviceKind::Block
    } else {
        DeviceKind::Char
    };
    let (major, minor) = what.rdev;
    let question = Question::Device {
        kind,
        major,
        minor,
        access,
    };
    deny(call.ask(question), libc::EPERM)
}

/// Files of procfs: of a process (`procfs_rw()`), or Linux's way to sysctl.
fn procfs(call: &mut Call<'_>, file: &OwnedFd, access: Access) -> Outcome {
    let Ok(name) = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())) else {
        return Outcome::Continue;
    };
    for part in name.components() {
        let Some(part) = part.as_os_str().to_str() else {
            continue;
        };
        if part == "sys" && access != Access::Read {
            return deny(call.ask(SYSCTL_WRITE), libc::EPERM);
        }
        if let Ok(number) = part.parse() {
            let target = facts::seen_from(call.pid, number);
            if target == Some(call.pid) {
                return Outcome::Continue;
            }
            // `procfs_getattr()`, which every lookup comes to: who may not be seen has no entry
            return match target.and_then(|pid| call.ask_about_own(pid, About::See)) {
                Some(Verdict::Deny) => Outcome::Fail(libc::ENOENT),
                Some(Verdict::Allow | Verdict::Defer) => target
                    .and_then(|pid| call.ask_about_own(pid, About::Procfs(access)))
                    .map_or(Outcome::Continue, |verdict| deny(verdict, libc::EPERM)),
                None => Outcome::Continue,
            };
        }
    }
    Outcome::Continue
}

/// `do_sys_mknodat()`: asks but for a fifo, which is mkfifo(2)'s.
fn mknod(call: &mut Call<'_>, mode: i32) -> Outcome {
    if mode.cast_unsigned() & libc::S_IFMT == libc::S_IFIFO {
        return Outcome::Continue;
    }
    deny(call.ask(MKNOD), libc::EPERM)
}

/// `check_exec()`: VOP_ACCESS asks for the file, and for the interpreter of a script; EACCES.
fn execute(call: &mut Call<'_>, directory: i32, name: usize, flags: i32) -> Outcome {
    let link = match flags & libc::AT_SYMLINK_NOFOLLOW {
        0 => LastLink::Followed,
        _ => LastLink::Kept,
    };
    let Some(file) = call
        .string(name)
        .and_then(|name| paths::find(call, directory, &name, link).ok())
    else {
        return Outcome::Continue;
    };
    let outcome = execute_file(call, &file);
    if outcome != Outcome::Continue {
        return outcome;
    }
    let interpreter = interpreter(&file)
        .and_then(|name| paths::find(call, libc::AT_FDCWD, &name, LastLink::Followed).ok());
    match interpreter.map_or(Outcome::Continue, |file| execute_file(call, &file)) {
        Outcome::Continue => Outcome::Execute,
        other => other,
    }
}

fn execute_file(call: &mut Call<'_>, file: &OwnedFd) -> Outcome {
    let Ok(what) = path::describe(file.as_fd()) else {
        return Outcome::Continue;
    };
    if what.mode & libc::S_IFMT != libc::S_IFREG {
        return Outcome::Continue;
    }
    let writable = if what.is_read_only() {
        Writable::No
    } else {
        Writable::Yes
    };
    deny(call.ask(Question::Execute(writable)), libc::EACCES)
}

/// The path after `#!`.
fn interpreter(file: &OwnedFd) -> Option<Vec<u8>> {
    const LINE: usize = 256;
    let mut start = [0; LINE];
    let mut script = File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
    let read = script.read(&mut start).ok()?;
    let line = start.get(..read)?.strip_prefix(b"#!")?;
    let line = std::ffi::OsStr::from_bytes(line).to_string_lossy();
    let name = line.lines().next()?.split_whitespace().next()?;
    Some(name.as_bytes().to_vec())
}
