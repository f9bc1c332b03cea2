//! What one process can do to another.

use super::call::call;
use super::{Errno, Fd, number};
use crate::attacks::os::argument::NULL;

/// SIGUSR1: ends a process that has not asked for it.
const DEADLY: i32 = 10;

/// How a signal is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// kill(2) with a signal that ends the receiver. Negative: a group; -1: everybody.
    Deadly,
    /// kill(2) with signal 0, which only asks.
    Ask,
    /// With a value: sigqueue(3).
    Queued,
    /// To one thread.
    Thread,
    /// Through a descriptor of the process.
    Descriptor,
}

/// Sends one.
pub fn signal(how: Signal, pid: i32) -> Result<(), Errno> {
    let sent = match how {
        Signal::Deadly => call(number::KILL, [pid.into(), DEADLY.into()]),
        Signal::Ask => call(number::KILL, [pid.into(), 0.into()]),
        Signal::Queued => {
            // siginfo_t: signo, errno, code SI_QUEUE, pad; pid, uid
            let mut info = [0_i32; 32];
            let me = call(number::GETPID, [])? as i32;
            let uid = call(number::GETEUID, [])? as i32;
            let [signo, _, code, _, from, owner, ..] = &mut info;
            (*signo, *code, *from, *owner) = (DEADLY, -1, me, uid);
            call(
                number::RT_SIGQUEUEINFO,
                [pid.into(), DEADLY.into(), (&info).into()],
            )
        }
        Signal::Thread => call(number::TGKILL, [pid.into(), pid.into(), DEADLY.into()]),
        Signal::Descriptor => {
            let fd = process_descriptor(pid)?;
            call(
                number::PIDFD_SEND_SIGNAL,
                [fd.0.into(), DEADLY.into(), NULL, 0.into()],
            )
        }
    };
    sent.map(drop)
}

fn process_descriptor(pid: i32) -> Result<Fd, Errno> {
    call(number::PIDFD_OPEN, [pid.into(), 0.into()]).map(|fd| Fd(fd as i32))
}

/// Asks to be told when a process ends.
pub fn watch(pid: i32) -> Result<(), Errno> {
    process_descriptor(pid).map(drop)
}

/// Traces a process, and lets it go.
pub fn trace(pid: i32) -> Result<(), Errno> {
    const SEIZE: i32 = 0x4206;
    call(
        number::PTRACE,
        [SEIZE.into(), pid.into(), 0.into(), 0.into()],
    )
    .map(drop)
}

/// Has the kernel record what a process does: ktrace(2), here perf_event_open(2).
pub fn record(pid: i32) -> Result<(), Errno> {
    const SIZE: u64 = 64;
    // type software, size; config cpu-clock; ...; disabled
    let attributes: [u64; 8] = [1 | SIZE << 32, 0, 0, 0, 0, 1 | 1 << 5 | 1 << 6, 0, 0];
    call(
        number::PERF_EVENT_OPEN,
        [
            (&attributes).into(),
            pid.into(),
            (-1).into(),
            (-1).into(),
            0.into(),
        ],
    )
    .map(drop)
}

/// Part of the program, which lies at the same place in every process that runs it.
static HERE: u32 = 0x6c6c_6563;

/// Reads the memory of a process that runs this program.
pub fn read_memory(pid: i32) -> Result<(), Errno> {
    let mut into = [0_u8; 4];
    let local = [into.as_mut_ptr() as usize, into.len()];
    let remote = [&raw const HERE as usize, into.len()];
    call(
        number::PROCESS_VM_READV,
        [
            pid.into(),
            (&local).into(),
            1.into(),
            (&remote).into(),
            1.into(),
            0.into(),
        ],
    )
    .map(drop)
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

/// setpriority(2): nicer, which nobody needs a right for among his own.
pub fn set_priority(whose: Whose, id: i32) -> Result<(), Errno> {
    // the lowest: a user may, however nice it was when it began
    call(
        number::SETPRIORITY,
        [(whose as i32).into(), id.into(), 19.into()],
    )
    .map(drop)
}

/// getsid(2).
pub fn session(pid: i32) -> Result<(), Errno> {
    call(number::GETSID, [pid.into()]).map(drop)
}

const RLIMIT_NOFILE: i32 = 7;

/// Reads the descriptor limit of a process (0: this one), soft and hard.
pub fn limit(pid: i32) -> Result<[u64; 2], Errno> {
    let mut old = [0_u64; 2];
    call(
        number::PRLIMIT64,
        [pid.into(), RLIMIT_NOFILE.into(), NULL, (&mut old).into()],
    )?;
    Ok(old)
}

/// Sets the descriptor limit of a process (0: this one), soft and hard.
pub fn set_limit(pid: i32, value: [u64; 2]) -> Result<(), Errno> {
    call(
        number::PRLIMIT64,
        [pid.into(), RLIMIT_NOFILE.into(), (&value).into(), NULL],
    )
    .map(drop)
}

/// Reads which CPUs a process may use.
pub fn affinity(pid: i32) -> Result<[u64; 16], Errno> {
    let mut set = [0_u64; 16];
    call(
        number::SCHED_GETAFFINITY,
        [pid.into(), 128.into(), (&mut set).into()],
    )?;
    Ok(set)
}

/// Confines a process to the first CPU.
pub fn set_affinity(pid: i32) -> Result<(), Errno> {
    call(
        number::SCHED_SETAFFINITY,
        [pid.into(), 8.into(), (&[1_u64]).into()],
    )
    .map(drop)
}

/// Reads a process' scheduling parameters.
pub fn scheduling(pid: i32) -> Result<(), Errno> {
    call(
        number::SCHED_GETPARAM,
        [pid.into(), (&mut [0_i32; 1]).into()],
    )
    .map(drop)
}

/// Makes a process a real-time one.
pub fn set_scheduling(pid: i32) -> Result<(), Errno> {
    const ROUND_ROBIN: i32 = 2;
    call(
        number::SCHED_SETSCHEDULER,
        [pid.into(), ROUND_ROBIN.into(), (&[1_i32]).into()],
    )
    .map(drop)
}
