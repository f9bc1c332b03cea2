//! Processes.

use core::ptr::{null, null_mut};

use cell_abi::{Handle, Request};

use super::path::{List, Path};
use super::sys::{self, check, done};
use super::{Fd, device, files};
use crate::platform::{Errno, Exit, Group, Launch, Open, Pid, SignalNumber, limits};

/// Where the descriptor that tells the parent of a failure is in the child: the first after the standard ones.
const REPORT: i32 = 3;

/// Ends the process.
pub(super) fn exit(status: i32) -> ! {
    loop {
        // SAFETY: an integer. Does not come back.
        unsafe { sys::exit(status) };
    }
}

pub(super) fn pid() -> Pid {
    // SAFETY: takes nothing; cannot fail.
    unsafe { sys::getpid() as Pid }
}

pub(super) fn euid() -> u32 {
    // SAFETY: takes nothing; cannot fail.
    unsafe { sys::geteuid() as u32 }
}

pub(super) fn kill(pid: Pid, signal: SignalNumber) -> Result<(), Errno> {
    // SAFETY: integers.
    done(unsafe { sys::kill(pid, i32::from(signal)) })
}

pub(super) fn spawn(launch: &Launch<'_, Fd>) -> Result<Pid, Errno> {
    let (reading, writing) = files::pipe()?;
    // SAFETY: integers. The answer is waited for.
    done(unsafe { sys::fcntl(reading.number(), libc::F_SETFL, 0) })?;
    // SAFETY: the child has the memory to itself, so it may do whatever the parent may; it ends in execve(2) or
    // exit(2). Not vfork(2): a child that shares the memory must not return from this function's calls.
    let pid = check(unsafe { sys::fork() })? as Pid;
    if pid == 0 {
        let errno = become_launched(launch, Some(&writing));
        let report = Fd(REPORT);
        let _ = files::write(&report, &errno.0.to_ne_bytes());
        exit(127);
    }
    drop(writing);
    let mut errno = [0; 2];
    match files::read(&reading, &mut errno) {
        Ok(0) => Ok(pid),
        Ok(_) => {
            let mut status = 0;
            // SAFETY: room for the status; a child of ours that is ending.
            let _ = unsafe { sys::wait4(pid, &mut status, 0, null_mut()) };
            Err(Errno(u16::from_ne_bytes(errno)))
        }
        Err(errno) => Err(errno),
    }
}

pub(super) fn fork() -> Result<Option<Pid>, Errno> {
    // SAFETY: the child has the memory to itself.
    let pid = check(unsafe { sys::fork() })? as Pid;
    Ok((pid != 0).then_some(pid))
}

pub(super) fn exec(launch: &Launch<'_, Fd>) -> Errno {
    become_launched(launch, None)
}

/// Everything of a launch in order, then execve(2). A `report` has become descriptor [`REPORT`] if this returns.
fn become_launched(launch: &Launch<'_, Fd>, report: Option<&Fd>) -> Errno {
    match prepare(launch, report) {
        Ok(ready) => {
            // SAFETY: a path that ends in NUL, two lists of texts that do, each ended by a null.
            match done(unsafe {
                sys::execve(
                    ready.program.as_ptr(),
                    ready.arguments.as_ptr(),
                    ready.environment.as_ptr(),
                )
            }) {
                Ok(()) => Errno::ENOEXEC,
                Err(errno) => errno,
            }
        }
        Err(errno) => errno,
    }
}

/// What execve(2) takes.
struct Ready {
    program: Path,
    arguments: List,
    environment: List,
}

fn prepare(launch: &Launch<'_, Fd>, report: Option<&Fd>) -> Result<Ready, Errno> {
    // first, so that every failure can be reported
    let standard = duplicate_standard(launch.stdio);
    if let Some(report) = report {
        // SAFETY: integers; nothing that is used again is at that number.
        done(unsafe { sys::dup2(report.number(), REPORT) })?;
        // SAFETY: integers.
        done(unsafe { sys::fcntl(REPORT, libc::F_SETFD, libc::FD_CLOEXEC as usize) })?;
    }
    let ready = Ready {
        program: Path::new(launch.command.first().ok_or(Errno::EINVAL)?)?,
        arguments: List::new(launch.command)?,
        environment: List::new(launch.environment)?,
    };
    let directory = Path::new(launch.directory)?;
    default_signals()?;
    // SAFETY: an integer; cannot fail.
    unsafe { sys::umask(super::super::NEW_FILES) };
    if launch.new_session {
        // SAFETY: takes nothing.
        done(unsafe { sys::setsid() })?;
    }
    for (number, fd) in (0..).zip(standard?) {
        // SAFETY: integers.
        done(unsafe { sys::dup2(fd, number) })?;
    }
    match report {
        // SAFETY: integers; in a child none of what is closed is used again.
        Some(_) => done(unsafe { sys::fcntl(REPORT + 1, libc::F_CLOSEM, 0) })?,
        None => close_inherited()?,
    }
    limits::restore_descriptors()?;
    for limit in launch.limits {
        limits::set(limit)?;
    }
    if let Some((path, cell)) = launch.enter {
        enter(path, cell)?;
    }
    // SAFETY: a path that ends in NUL.
    done(unsafe { sys::chdir(directory.as_ptr()) })?;
    if let Some((uid, gid, groups)) = launch.user {
        set_user(uid, gid, groups)?;
    }
    Ok(ready)
}

/// Copies of what is to be 0, 1 and 2, numbered so that putting one in place does not close another nor [`REPORT`].
/// They are not closed when dropped: `prepare` closes everything above.
fn duplicate_standard(stdio: [Option<&Fd>; 3]) -> Result<[i32; 3], Errno> {
    let mut copies = [-1; 3];
    for (copy, fd) in copies.iter_mut().zip(stdio) {
        let null;
        let fd = match fd {
            Some(fd) => fd,
            None => {
                null = files::open("/dev/null", Open::ReadWrite, 0)?;
                &null
            }
        };
        let above = (REPORT + 1) as usize;
        // SAFETY: integers.
        *copy = check(unsafe { sys::fcntl(fd.number(), libc::F_DUPFD_CLOEXEC, above) })? as i32;
    }
    Ok(copies)
}

/// Closes what this program did not open. What it did is close-on-exec, and still the caller's should a step fail.
fn close_inherited() -> Result<(), Errno> {
    // SAFETY: integers.
    let last = check(unsafe { sys::fcntl(0, libc::F_MAXFD, 0) })? as i32;
    for fd in 3..=last {
        // SAFETY: integers; nobody here holds a descriptor that is not close-on-exec.
        unsafe {
            if sys::fcntl(fd, libc::F_GETFD, 0) == 0 {
                sys::close(fd);
            }
        }
    }
    Ok(())
}

/// Highest signal number and one (`NSIG`, sys/sys/signal.h).
const SIGNALS: i32 = 64;

/// Every signal at its default and none blocked.
fn default_signals() -> Result<(), Errno> {
    let default = super::layout::SigAction {
        handler: libc::SIG_DFL,
        mask: [0; 4],
        flags: 0,
    };
    for signal in 1..SIGNALS {
        // KILL and STOP refuse
        // SAFETY: no handler, so no code is installed and no trampoline needed.
        unsafe { sys::sigaction(signal, &default, null_mut(), null(), 0) };
    }
    // SAFETY: an empty set; the old one is not asked for.
    done(unsafe { sys::sigprocmask(libc::SIG_SETMASK, &[0; 4], null_mut()) })
}

/// What getrlimit(2) counts its resources in.
pub(in super::super) type LimitNumber = i32;

pub(in super::super) fn get_limit(resource: LimitNumber) -> Result<libc::rlimit, Errno> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: room for the two.
    done(unsafe { sys::getrlimit(resource, &mut limit) })?;
    Ok(limit)
}

pub(in super::super) fn set_limit(
    resource: LimitNumber,
    limit: &libc::rlimit,
) -> Result<(), Errno> {
    // SAFETY: reads the two.
    done(unsafe { sys::setrlimit(resource, limit) })
}

/// The device is open only here: what is launched must not hold it.
fn enter(path: &str, cell: Handle) -> Result<(), Errno> {
    let mut buffer = [0; cell_abi::BUFFER_SIZES[0]];
    crate::device::write(&Request::Enter(cell), &mut buffer).map_err(|_| Errno::EINVAL)?;
    let fd = files::open(path, Open::ReadWrite, 0)?;
    device::cell_ioctl(&fd, &mut buffer)
}

fn set_user(uid: u32, gid: u32, groups: &[Group]) -> Result<(), Errno> {
    let count = i32::try_from(groups.len()).map_err(|_| Errno::EINVAL)?;
    // SAFETY: a list and its length.
    done(unsafe { sys::setgroups(count, groups.as_ptr()) })?;
    // SAFETY: an integer.
    done(unsafe { sys::setgid(gid) })?;
    // SAFETY: an integer.
    done(unsafe { sys::setuid(uid) })
}

pub(super) fn reap() -> Result<Option<(Pid, Exit)>, Errno> {
    let mut status = 0;
    // SAFETY: room for the status; usage is not asked for.
    let pid = check(unsafe { sys::wait4(-1, &mut status, libc::WNOHANG, null_mut()) })?;
    if pid == 0 {
        return Ok(None);
    }
    // sys/sys/wait.h: the low seven bits are the signal, the next byte the code
    let exit = match status & 0x7f {
        0 => Exit::Code((status >> 8) as u8),
        signal => Exit::Signal(signal as SignalNumber),
    };
    Ok(Some((pid as Pid, exit)))
}
