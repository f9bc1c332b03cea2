//! Processes, and what tells the time.

use alloc::vec::Vec;

use libcell::platform::{Errno, Exit, Pid, raw};

use super::{Fd, address, done, place, terminated};

const EXIT: usize = 1;
const FORK: usize = 2;
const SETUID: usize = 23;
const KILL: usize = 37;
const EXECVE: usize = 59;
const UMASK: usize = 60;
const DUP2: usize = 90;
const FCNTL: usize = 92;
const SETSID: usize = 147;
const SETGID: usize = 181;
const SIGACTION: usize = 340;
const CLOCK_GETTIME: usize = 427;
const NANOSLEEP: usize = 430;
const WAIT4: usize = 449;
const POSIX_SPAWN: usize = 474;

/// Who comes back from [`fork`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forked {
    /// The new process.
    Child,
    /// The old one, with the new one's number.
    Parent(Pid),
}

/// fork(2).
///
/// # Errors
/// EAGAIN when a limit is reached.
pub fn fork() -> Result<Forked, Errno> {
    // SAFETY: the child has a copy of the memory; there is one thread.
    let answer = unsafe { raw::call(FORK, &[]) }?;
    match answer.first {
        0 => Ok(Forked::Child),
        child => Ok(Forked::Parent(child as Pid)),
    }
}

/// exit(2).
pub fn exit(status: u8) -> ! {
    loop {
        // SAFETY: an integer; does not come back.
        let _ = unsafe { raw::call(EXIT, &[usize::from(status)]) };
    }
}

/// wait4(2): waits for a child, for any if `pid` is -1.
///
/// # Errors
/// ECHILD.
pub fn wait_for(pid: Pid) -> Result<(Pid, Exit), Errno> {
    let mut status = 0i32;
    // SAFETY: room for the status; usage is not asked for.
    let answer = unsafe { raw::call(WAIT4, &[pid as usize, place(&mut status), 0, 0]) }?;
    // sys/sys/wait.h: the low seven bits are the signal, the next byte the code
    let exit = match status & 0x7f {
        0 => Exit::Code((status >> 8) as u8),
        signal => Exit::Signal(signal as u8),
    };
    Ok((answer.first as Pid, exit))
}

/// setgid(2) and setuid(2).
///
/// # Errors
/// EPERM.
pub fn user(uid: u32, gid: u32) -> Result<(), Errno> {
    // SAFETY: integers.
    done(unsafe { raw::call(SETGID, &[gid as usize]) })?;
    // SAFETY: integers.
    done(unsafe { raw::call(SETUID, &[uid as usize]) })
}

/// setsid(2).
///
/// # Errors
/// EPERM for the leader of a process group.
pub fn own_session() -> Result<(), Errno> {
    // SAFETY: takes nothing.
    done(unsafe { raw::call(SETSID, &[]) })
}

/// umask(2).
pub fn mask(mask: u32) {
    // SAFETY: an integer.
    let _ = unsafe { raw::call(UMASK, &[mask as usize]) };
}

/// dup2(2) by number: for the first process, which has no standard descriptors until it makes them.
///
/// # Errors
/// EBADF.
pub fn duplicate(from: usize, to: usize) -> Result<(), Errno> {
    // SAFETY: integers; nobody holds `to`.
    done(unsafe { raw::call(DUP2, &[from, to]) })
}

/// What execve(2) and posix_spawn(2) take: texts that end in NUL, and their addresses with a null after them.
struct List {
    _texts: Vec<Vec<u8>>,
    addresses: Vec<usize>,
}

impl List {
    fn new(words: &[&str]) -> Self {
        let texts: Vec<Vec<u8>> = words.iter().map(|word| terminated(word)).collect();
        let mut addresses: Vec<usize> = texts.iter().map(|text| address(text.as_slice())).collect();
        addresses.push(0);
        Self {
            _texts: texts,
            addresses,
        }
    }
}

/// execve(2) without an environment and with every descriptor as it is. Comes back only if it fails.
pub fn execute(command: &[&str]) -> Errno {
    let path = terminated(command.first().copied().unwrap_or_default());
    let (arguments, environment) = (List::new(command), List::new(&[]));
    let words = [
        address(path.as_slice()),
        address(arguments.addresses.as_slice()),
        address(environment.addresses.as_slice()),
    ];
    // SAFETY: a path and two lists of texts that end in NUL, ended by a null each.
    match unsafe { raw::call(EXECVE, &words) } {
        Ok(_) => Errno::ENOEXEC,
        Err(errno) => errno,
    }
}

/// posix_spawn(2): a process that no fork(2) made. It has every descriptor.
///
/// # Errors
/// Those of fork(2) and execve(2).
pub fn spawn(command: &[&str]) -> Result<Pid, Errno> {
    let path = terminated(command.first().copied().unwrap_or_default());
    let (arguments, environment) = (List::new(command), List::new(&[]));
    let mut pid = 0i32;
    let words = [
        place(&mut pid),
        address(path.as_slice()),
        0,
        0,
        address(arguments.addresses.as_slice()),
        address(environment.addresses.as_slice()),
    ];
    // SAFETY: room for the pid; a path and two lists as above; no actions and no attributes.
    let answer = unsafe { raw::call(POSIX_SPAWN, &words) }?;
    // the errno is its result
    match answer.first {
        0 => Ok(pid),
        errno => Err(Errno(errno as u16)),
    }
}

/// struct sigaction (sys/sys/signal.h).
#[repr(C)]
struct Action {
    handler: usize,
    mask: [u32; 4],
    flags: i32,
}

/// Ignores a signal.
///
/// # Errors
/// EINVAL for those that cannot be.
pub fn ignore(number: u8) -> Result<(), Errno> {
    let action = Action {
        handler: libc::SIG_IGN,
        mask: [0; 4],
        flags: 0,
    };
    let words = [usize::from(number), address(&action), 0, 0, 0];
    // SAFETY: reads the action, in which there is no code.
    done(unsafe { raw::call(SIGACTION, &words) })
}

/// kill(2).
///
/// # Errors
/// ESRCH, EPERM.
pub fn signal(pid: Pid, number: u8) -> Result<(), Errno> {
    // SAFETY: integers.
    done(unsafe { raw::call(KILL, &[pid as usize, usize::from(number)]) })
}

/// Leaves a descriptor open for ever, over execve(2) too.
///
/// # Errors
/// None for an open descriptor.
pub fn keep(fd: Fd) -> Result<(), Errno> {
    let number = raw::number(&fd);
    core::mem::forget(fd);
    // SAFETY: integers.
    done(unsafe { raw::call(FCNTL, &[number, libc::F_SETFD as usize, 0]) })
}

/// The descriptor of that number, which whoever executed this program kept for it.
#[must_use]
pub fn inherited(number: usize) -> Fd {
    // SAFETY: nobody in this program has it; one that is not open only fails to be written to.
    unsafe { raw::adopt(number) }
}

/// Closes every descriptor: for a process that holds none any more.
pub fn close_all() {
    // SAFETY: integers; nothing here is used after it.
    let _ = unsafe { raw::call(FCNTL, &[0, libc::F_CLOSEM as usize, 0]) };
}

/// Sleeps.
pub fn sleep_ms(milliseconds: u64) {
    let time = libc::timespec {
        tv_sec: (milliseconds / 1000) as libc::time_t,
        tv_nsec: (milliseconds % 1000 * 1_000_000) as libc::c_long,
    };
    // SAFETY: reads the time; what is left is not asked for.
    let _ = unsafe { raw::call(NANOSLEEP, &[address(&time), 0]) };
}

/// Nanoseconds since some point (`CLOCK_MONOTONIC`).
#[must_use]
pub fn nanoseconds() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: room for the time.
    let _ = unsafe {
        raw::call(
            CLOCK_GETTIME,
            &[libc::CLOCK_MONOTONIC as usize, place(&mut time)],
        )
    };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
