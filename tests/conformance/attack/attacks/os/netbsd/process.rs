//! What one process can do to another, but for tracing it.

use super::call::{Structure, call, structure};
use super::{Errno, number, setting};

/// SIGUSR1: ends a process that has not asked for it.
const DEADLY: i32 = 30;

/// How a signal is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// kill(2) with a signal that ends the receiver. Negative: a group; -1: everybody.
    Deadly,
    /// kill(2) with signal 0, which only asks.
    Ask,
    /// With a value: sigqueue(3).
    Queued,
    /// To one thread of another process, for which there is no call.
    Thread,
    /// Through a descriptor of the process, of which there is none.
    Descriptor,
}

/// siginfo_t of sys/siginfo.h, and room for the largest.
#[repr(C)]
struct Info {
    number: i32,
    code: i32,
    error: i32,
    // what follows is a union with 64-bit members
    pad: i32,
    pid: i32,
    uid: u32,
    value: usize,
    room: [u64; 16],
}

impl Structure for Info {}

/// Sends one.
pub fn signal(how: Signal, pid: i32) -> Result<(), Errno> {
    let sent = match how {
        Signal::Deadly => call(number::KILL, [pid.into(), DEADLY.into()]),
        Signal::Ask => call(number::KILL, [pid.into(), 0.into()]),
        Signal::Queued => {
            const SI_QUEUE: i32 = -1;
            let mut info = Info {
                number: DEADLY,
                code: SI_QUEUE,
                error: 0,
                pad: 0,
                pid: call(number::GETPID, [])? as i32,
                uid: call(number::GETEUID, [])? as u32,
                value: 0,
                room: [0; 16],
            };
            let info = structure(&mut info);
            call(number::SIGQUEUEINFO, [pid.into(), info])
        }
        Signal::Thread | Signal::Descriptor => Err(Errno::ENOSYS),
    };
    sent.map(drop)
}

/// Whose priority.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A process'.
    Process,
    /// A process group's.
    Group,
    /// A user's.
    User,
}

/// getpriority(2).
pub fn priority(whose: Whose, id: i32) -> Result<(), Errno> {
    call(number::GETPRIORITY, [(whose as i32).into(), id.into()]).map(drop)
}

/// setpriority(2): as nice as can be, which nobody needs a right for among his own.
pub fn set_priority(whose: Whose, id: i32) -> Result<(), Errno> {
    call(
        number::SETPRIORITY,
        [(whose as i32).into(), id.into(), 20.into()],
    )
    .map(drop)
}

/// getsid(2).
pub fn session(pid: i32) -> Result<(), Errno> {
    call(number::GETSID, [pid.into()]).map(drop)
}

/// RLIMIT_NOFILE of sys/resource.h.
const DESCRIPTORS: i32 = 8;

/// `proc.<pid>.rlimit.descriptors.soft` and `.hard` of sysctl(7).
const fn limits_of(pid: i32) -> [[i32; 5]; 2] {
    const PROC: i32 = 10;
    const LIMIT: i32 = 2;
    [
        [PROC, pid, LIMIT, DESCRIPTORS + 1, 1],
        [PROC, pid, LIMIT, DESCRIPTORS + 1, 2],
    ]
}

/// Reads the descriptor limit of a process (0: this one), soft and hard.
pub fn limit(pid: i32) -> Result<[u64; 2], Errno> {
    let mut values = [0_u64; 2];
    if pid == 0 {
        call(
            number::GETRLIMIT,
            [DESCRIPTORS.into(), (&mut values).into()],
        )?;
        return Ok(values);
    }
    for (value, name) in values.iter_mut().zip(limits_of(pid)) {
        let mut bytes = [0; 8];
        setting(&name, &mut bytes, &[])?;
        *value = u64::from_ne_bytes(bytes);
    }
    Ok(values)
}

/// Sets the descriptor limit of a process (0: this one), soft and hard.
pub fn set_limit(pid: i32, value: [u64; 2]) -> Result<(), Errno> {
    if pid == 0 {
        return call(number::SETRLIMIT, [DESCRIPTORS.into(), (&value).into()]).map(drop);
    }
    // the soft one first: it is never above the hard one
    for (value, name) in value.into_iter().zip(limits_of(pid)) {
        setting(&name, &mut [], &value.to_ne_bytes())?;
    }
    Ok(())
}

/// Reads which CPUs a process may use: the first 32.
pub fn affinity(pid: i32) -> Result<[u32; 1], Errno> {
    let mut set = [0_u32; 1];
    call(
        number::SCHED_GETAFFINITY,
        [pid.into(), 0.into(), 4.into(), (&mut set).into()],
    )?;
    Ok(set)
}

/// Confines a process to the first CPU.
pub fn set_affinity(pid: i32) -> Result<(), Errno> {
    call(
        number::SCHED_SETAFFINITY,
        [pid.into(), 0.into(), 4.into(), (&[1_u32]).into()],
    )
    .map(drop)
}

/// A process' scheduling policy and parameters.
pub fn policy(pid: i32) -> Result<[i32; 1], Errno> {
    let mut policy = [0_i32; 1];
    let mut parameters = [0_i32; 1];
    call(
        number::SCHED_GETPARAM,
        [
            pid.into(),
            0.into(),
            (&mut policy).into(),
            (&mut parameters).into(),
        ],
    )?;
    Ok(policy)
}

/// Reads a process' scheduling parameters.
pub fn scheduling(pid: i32) -> Result<(), Errno> {
    policy(pid).map(drop)
}

/// Makes a process a real-time one.
pub fn set_scheduling(pid: i32) -> Result<(), Errno> {
    const ROUND_ROBIN: i32 = 2;
    call(
        number::SCHED_SETPARAM,
        [pid.into(), 0.into(), ROUND_ROBIN.into(), (&[1_i32]).into()],
    )
    .map(drop)
}
