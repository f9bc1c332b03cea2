//! This process: forks, threads, identity, end.

use core::ffi::CStr;

use super::call::{self, Thread, call};
use super::program::pointers;
use super::{Errno, How, number, open};
use crate::attacks::os::argument::{Arg, NULL};

/// Ends the process.
pub fn exit(status: u8) -> ! {
    loop {
        let _ = call(number::EXIT_GROUP, [u32::from(status).into()]);
    }
}

/// Waits for a signal.
pub fn pause() {
    let _ = call(number::PAUSE, []);
}

/// Sleeps.
pub fn sleep_us(microseconds: u32) {
    let time = [microseconds / 1_000_000, microseconds % 1_000_000 * 1000].map(u64::from);
    let _ = call(number::NANOSLEEP, [(&time).into(), NULL]);
}

/// fork(2): 0 in the child.
pub fn fork() -> Result<i32, Errno> {
    const SIGCHLD: usize = 17;
    let nothing: Arg<'_> = 0.into();
    call(
        number::CLONE,
        [SIGCHLD.into(), nothing, nothing, nothing, nothing],
    )
    .map(|pid| pid as i32)
}

/// vfork(2) of a child that ends at once.
pub fn vfork() -> Result<(), Errno> {
    call::vfork_and_exit().map(drop)
}

/// A thread that ends at once.
pub fn thread() -> Result<(), Errno> {
    call::thread(Thread::Ends).map(drop)
}

/// A thread that stays.
pub fn staying_thread() -> Result<(), Errno> {
    call::thread(Thread::Stays).map(drop)
}

/// Executes a copy of `program` that exists only in memory; returns only if it fails.
pub fn execute_memory(program: &CStr, words: &[&CStr]) -> Errno {
    const EMPTY_PATH: i32 = 0x1000;
    let run = || {
        let from = open(program, How::Read)?;
        let memory = call(number::MEMFD_CREATE, [c"copy".into(), 0.into()])?;
        let mut buffer = [0_u8; 4096];
        loop {
            let used = super::read(from, &mut buffer)?;
            let bytes = buffer.get(..used).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            call(number::WRITE, [memory.into(), bytes.into(), used.into()])?;
        }
        let arguments = pointers(program, words);
        call(
            number::EXECVEAT,
            [
                memory.into(),
                c"".into(),
                (&arguments).into(),
                (&[0_usize]).into(),
                EMPTY_PATH.into(),
            ],
        )
    };
    match run() {
        Ok(_) => Errno(0),
        Err(errno) => errno,
    }
}
