//! Processes.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::vec::Vec;

use cell_abi::Handle;

use super::{c_path, c_string, cell, check, duplicate, files, last};
use crate::platform::{Errno, Exit, Group, Launch, Open, Pid, ResourceLimit, SignalNumber, limits};

/// A launch with everything made that needs memory: after fork(2) there is none to ask for.
struct Prepared<'a> {
    program: CString,
    // what the pointers below point to
    _texts: Vec<CString>,
    arguments: Vec<*const libc::c_char>,
    environment: Vec<*const libc::c_char>,
    new_session: bool,
    /// Above 2, so that putting one in place does not close another.
    stdio: [OwnedFd; 3],
    limits: &'a [ResourceLimit],
    enter: Option<(&'a str, Handle)>,
    directory: CString,
    user: Option<(u32, Group, &'a [Group])>,
}

impl<'a> Prepared<'a> {
    fn new(launch: &Launch<'a, OwnedFd>) -> Result<Self, Errno> {
        let program = c_path(launch.command.first().ok_or(Errno::EINVAL)?)?;
        let arguments = texts(launch.command)?;
        let environment = texts(launch.environment)?;
        let [input, output, error] = launch.stdio;
        Ok(Self {
            program,
            arguments: pointers(&arguments),
            environment: pointers(&environment),
            _texts: arguments.into_iter().chain(environment).collect(),
            new_session: launch.new_session,
            stdio: [stdio(input)?, stdio(output)?, stdio(error)?],
            limits: launch.limits,
            enter: launch.enter,
            directory: c_path(launch.directory)?,
            user: launch.user,
        })
    }
}

fn texts(of: &[&str]) -> Result<Vec<CString>, Errno> {
    of.iter().map(|text| c_string(text)).collect()
}

/// As execve(2) takes them: ended by a null.
fn pointers(texts: &[CString]) -> Vec<*const libc::c_char> {
    let ended = texts.iter().map(|text| text.as_ptr());
    ended.chain([std::ptr::null()]).collect()
}

fn stdio(fd: Option<&OwnedFd>) -> Result<OwnedFd, Errno> {
    match fd {
        Some(fd) => duplicate(fd.as_fd(), 3),
        None => duplicate(files::open("/dev/null", Open::ReadWrite, 0)?.as_fd(), 3),
    }
}

pub(super) fn spawn(launch: &Launch<'_, OwnedFd>) -> Result<Pid, Errno> {
    let prepared = Prepared::new(launch)?;
    let (reading, low) = files::pipe()?;
    // below 3 it would be overwritten by the standard descriptors
    let writing = duplicate(low.as_fd(), 3)?;
    // held here as well, the end of the pipe would never come
    drop(low);
    block(&reading)?;
    // SAFETY: the child calls only what is safe in the child of a process with several threads (signal-safety(7)),
    // and ends by execve(2) or _exit(2).
    let pid = check(unsafe { libc::fork() })?;
    if pid == 0 {
        let errno = become_launched(&prepared, Some(writing.as_raw_fd()));
        let _ = files::write(writing.as_fd(), &errno.0.to_ne_bytes());
        // SAFETY: ends the process without running anything of the parent's.
        unsafe { libc::_exit(127) };
    }
    drop(writing);
    let mut errno = [0; 2];
    let read = loop {
        match files::read(reading.as_fd(), &mut errno) {
            Err(Errno::EINTR) => {}
            read => break read?,
        }
    };
    if read == 0 {
        return Ok(pid);
    }
    let mut status = 0;
    // SAFETY: room for the status; the pid is our child, which is about to end.
    while unsafe { libc::waitpid(pid, &mut status, 0) } < 0 && last() == Errno::EINTR {}
    Err(Errno(u16::from_ne_bytes(errno)))
}

pub(super) fn fork() -> Result<Option<Pid>, Errno> {
    // SAFETY: who asks for it has one thread, as every device program does.
    let pid = check(unsafe { libc::fork() })?;
    Ok((pid != 0).then_some(pid))
}

pub(super) fn exec(launch: &Launch<'_, OwnedFd>) -> Errno {
    match Prepared::new(launch) {
        Ok(prepared) => become_launched(&prepared, None),
        Err(errno) => errno,
    }
}

fn block(fd: &OwnedFd) -> Result<(), Errno> {
    // SAFETY: integers only.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, 0) }).map(drop)
}

/// Everything of a launch, in order. Allocates nothing (Enter excepted, see [`cell::enter`]).
fn become_launched(launch: &Prepared<'_>, keep: Option<RawFd>) -> Errno {
    match prepare(launch, keep) {
        Ok(()) => {
            // SAFETY: a path and two lists of texts that end in NUL; the lists end in null.
            unsafe {
                libc::execve(
                    launch.program.as_ptr(),
                    launch.arguments.as_ptr(),
                    launch.environment.as_ptr(),
                )
            };
            last()
        }
        Err(errno) => errno,
    }
}

fn prepare(launch: &Prepared<'_>, keep: Option<RawFd>) -> Result<(), Errno> {
    default_signals()?;
    // SAFETY: an integer; cannot fail.
    unsafe { libc::umask(crate::platform::NEW_FILES) };
    if launch.new_session {
        // SAFETY: takes nothing.
        check(unsafe { libc::setsid() })?;
    }
    for (number, fd) in (0..).zip(&launch.stdio) {
        // SAFETY: integers only.
        check(unsafe { libc::dup2(fd.as_raw_fd(), number) })?;
    }
    match keep {
        // not closed yet: the caller still holds them should a step fail
        None => close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC)?,
        Some(keep) => {
            let keep = keep as libc::c_uint;
            close(3, keep - 1)?;
            close(keep + 1, libc::c_uint::MAX)?;
        }
    }
    limits::restore_descriptors()?;
    for limit in launch.limits {
        limits::set(limit)?;
    }
    if let Some((device, handle)) = launch.enter {
        cell::enter(device, handle)?;
    }
    // SAFETY: a text that ends in NUL.
    check(unsafe { libc::chdir(launch.directory.as_ptr()) })?;
    match launch.user {
        Some((uid, gid, groups)) => set_user(uid, gid, groups),
        None => Ok(()),
    }
}

fn default_signals() -> Result<(), Errno> {
    // as many zeroes as any processor's struct sigaction has bytes: the default action
    let default = [0_u64; 8];
    // real-time signals included, the two of the C library as well, which its own function refuses to touch
    for signal in 1..=64 {
        // SAFETY: the structure outlives the call and the default is no handler. KILL and STOP refuse.
        unsafe {
            let none = std::ptr::null_mut::<u64>();
            libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), none, 8);
        }
    }
    let mut none = std::mem::MaybeUninit::uninit();
    // SAFETY: sigemptyset fills the set; the old mask is not asked for.
    check(unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut())
    })
    .map(drop)
}

fn close(first: libc::c_uint, last_one: libc::c_uint) -> Result<(), Errno> {
    if first > last_one {
        return Ok(());
    }
    close_range(first, last_one, 0)
}

fn close_range(
    first: libc::c_uint,
    last_one: libc::c_uint,
    flags: libc::c_uint,
) -> Result<(), Errno> {
    // SAFETY: integers only; what is closed is not used afterwards (the process is about to be another program).
    match unsafe { libc::syscall(libc::SYS_close_range, first, last_one, flags) } {
        0 => Ok(()),
        _ => Err(last()),
    }
}

/// What getrlimit(2) counts its resources in.
#[cfg(target_env = "gnu")]
pub(in super::super) type LimitNumber = libc::__rlimit_resource_t;
/// What getrlimit(2) counts its resources in.
#[cfg(not(target_env = "gnu"))]
pub(in super::super) type LimitNumber = libc::c_int;

pub(in super::super) fn get_limit(resource: LimitNumber) -> Result<libc::rlimit, Errno> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: room for the two.
    check(unsafe { libc::getrlimit(resource, &mut limit) })?;
    Ok(limit)
}

pub(in super::super) fn set_limit(
    resource: LimitNumber,
    limit: &libc::rlimit,
) -> Result<(), Errno> {
    // SAFETY: reads the two.
    check(unsafe { libc::setrlimit(resource, limit) }).map(drop)
}

/// The system calls themselves: the C library's would tell other threads, and a child has none.
fn set_user(uid: u32, gid: u32, groups: &[Group]) -> Result<(), Errno> {
    // SAFETY: a list and its length.
    if unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) } != 0 {
        return Err(last());
    }
    for (call, id) in [(libc::SYS_setgid, gid), (libc::SYS_setuid, uid)] {
        // SAFETY: integers only.
        if unsafe { libc::syscall(call, id) } != 0 {
            return Err(last());
        }
    }
    Ok(())
}

pub(super) fn reap() -> Result<Option<(Pid, Exit)>, Errno> {
    let mut status = 0;
    // SAFETY: room for the status.
    let pid = check(unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) })?;
    Ok((pid != 0).then(|| {
        let exit = if libc::WIFSIGNALED(status) {
            Exit::Signal(SignalNumber::try_from(libc::WTERMSIG(status)).unwrap_or(0))
        } else {
            Exit::Code(u8::try_from(libc::WEXITSTATUS(status)).unwrap_or(u8::MAX))
        };
        (pid, exit)
    }))
}
