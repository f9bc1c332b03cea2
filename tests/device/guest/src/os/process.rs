//! Processes, and what tells the time.

use libcell::platform::{Errno, Exit, Pid, raw};

use super::{address, done, place};

const EXIT: usize = 1;
const FORK: usize = 2;
const SETUID: usize = 23;
const DUP2: usize = 90;
const SETGID: usize = 181;
const CLOCK_GETTIME: usize = 427;
const NANOSLEEP: usize = 430;
const WAIT4: usize = 449;

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

/// dup2(2) by number: for the first process, which has no standard descriptors until it makes them.
///
/// # Errors
/// EBADF.
pub fn duplicate(from: usize, to: usize) -> Result<(), Errno> {
    // SAFETY: integers; nobody holds `to`.
    done(unsafe { raw::call(DUP2, &[from, to]) })
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
