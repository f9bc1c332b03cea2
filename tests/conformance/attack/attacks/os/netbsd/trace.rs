//! Tracing a process, in each of the ways that there are.

use super::call::{Structure, call, structure};
use super::{Errno, How, effective_user, number, open, release};
use crate::attacks::Text;
use crate::attacks::os::argument::NULL;

// sys/ptrace.h
const ATTACH: i32 = 9;
const DETACH: i32 = 10;
const IO: i32 = 11;

/// Does something while a process is traced, and lets it go.
fn while_traced(pid: i32, action: impl FnOnce() -> Result<(), Errno>) -> Result<(), Errno> {
    call(number::PTRACE, [ATTACH.into(), pid.into(), NULL, 0.into()])?;
    // it stops
    call(number::WAIT4, [pid.into(), NULL, 0.into(), NULL])?;
    let done = action();
    // an address of 1: from where it was
    let detached = call(
        number::PTRACE,
        [DETACH.into(), pid.into(), 1.into(), 0.into()],
    );
    done.and(detached.map(drop))
}

/// Traces a process, and lets it go.
pub fn trace(pid: i32) -> Result<(), Errno> {
    while_traced(pid, || Ok(()))
}

/// struct ptrace_io_desc of sys/ptrace.h.
#[repr(C)]
struct Transfer {
    operation: i32,
    there: usize,
    here: usize,
    length: usize,
}

impl Structure for Transfer {}

/// Part of the program, which lies at the same place in every process that runs it.
static HERE: u32 = 0x6c6c_6563;

/// Reads the memory of a process that runs this program: ptrace(2).
pub fn read_memory(pid: i32) -> Result<(), Errno> {
    const READ_DATA: i32 = 1;
    let mut into = [0_u8; 4];
    let mut transfer = Transfer {
        operation: READ_DATA,
        there: &raw const HERE as usize,
        here: into.as_mut_ptr() as usize,
        length: into.len(),
    };
    while_traced(pid, || {
        let transfer = structure(&mut transfer);
        call(number::PTRACE, [IO.into(), pid.into(), transfer, 0.into()]).map(drop)
    })
}

/// Has the kernel record what a process does: ktrace(2) into a file. It goes on, for the runner to see.
pub fn record(pid: i32) -> Result<(), Errno> {
    const SET: i32 = 0;
    const SYSTEM_CALLS: i32 = 1 << 1;
    let name = |directory| Text::new(format_args!("{directory}/trace-{}", effective_user()));
    let mut file = name("/volume");
    if open(file.c(), How::Make) == Err(Errno::ENOENT) {
        // a user of the host
        file = name("/var/shm");
        open(file.c(), How::Make)?;
    }
    let words = [file.c().into(), SET.into(), SYSTEM_CALLS.into(), pid.into()];
    call(number::KTRACE, words).map(drop)
}

/// struct kevent of sys/event.h: NetBSD 9 and 10 have it without `more`.
#[repr(C)]
struct Event {
    process: usize,
    filter: u32,
    flags: u32,
    what: u32,
    data: i64,
    user: usize,
    more: [u64; 4],
}

impl Structure for Event {}

/// Asks to be told when a process ends: a filter of kqueue(2).
pub fn watch(pid: i32) -> Result<(), Errno> {
    const PROCESS: u32 = 4;
    const ADD: u32 = 1;
    const EXIT: u32 = 0x8000_0000;
    /// From where on kevent(2) is the newer one, as kern.osrevision has it.
    const NEWER: u32 = 1_099_001_200;
    let queue = call(number::KQUEUE1, [0.into()])?;
    let mut event = Event {
        process: pid.cast_unsigned() as usize,
        filter: PROCESS,
        flags: ADD,
        what: EXIT,
        data: 0,
        user: 0,
        more: [0; 4],
    };
    let kevent = match release() {
        NEWER.. => number::KEVENT100,
        _ => number::KEVENT50,
    };
    let change = structure(&mut event);
    call(
        kevent,
        [queue.into(), change, 1.into(), NULL, 0.into(), NULL],
    )
    .map(drop)
}
