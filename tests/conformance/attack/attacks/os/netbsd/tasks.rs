//! This process: forks, threads, identity, end.

use core::ffi::CStr;

use super::call::{Structure, call, structure};
use super::program::pointers;
use super::task::{self, Thread};
use super::{Errno, Fd, How, number, open, write_to};
use crate::attacks::os::argument::NULL;

/// Ends the process.
pub fn exit(status: u8) -> ! {
    loop {
        let _ = call(number::EXIT, [u32::from(status).into()]);
    }
}

/// Waits for a signal.
pub fn pause() {
    let _ = call(number::SIGSUSPEND, [(&[0_u32; 4]).into()]);
}

/// struct timespec of sys/time.h.
#[repr(C)]
struct Time {
    seconds: i64,
    nanoseconds: usize,
    #[cfg(target_pointer_width = "32")]
    pad: u32,
}

impl Structure for Time {}

/// Sleeps.
pub fn sleep_us(microseconds: u32) {
    let mut time = Time {
        seconds: i64::from(microseconds / 1_000_000),
        nanoseconds: (microseconds % 1_000_000 * 1000) as usize,
        #[cfg(target_pointer_width = "32")]
        pad: 0,
    };
    let _ = call(number::NANOSLEEP, [structure(&mut time), NULL]);
}

/// Calls that the kernel does not have are errors and end nobody: without this they come with a signal.
pub fn survive_missing_calls() {
    const SIGSYS: i32 = 12;
    // struct sigaction of sys/signal.h: SIG_IGN, no mask, no flags
    let ignore = [1_usize, 0, 0, 0, 0, 0, 0];
    let _ = call(
        number::SIGACTION,
        [SIGSYS.into(), (&ignore).into(), NULL, NULL, 0.into()],
    );
}

/// fork(2): 0 in the child.
pub fn fork() -> Result<i32, Errno> {
    call(number::FORK, []).map(|pid| pid as i32)
}

/// vfork(2) of a child that ends at once.
pub fn vfork() -> Result<(), Errno> {
    task::vfork_and_exit().map(drop)
}

/// A thread that ends at once.
pub fn thread() -> Result<(), Errno> {
    task::thread(Thread::Ends)
}

/// A thread that stays.
pub fn staying_thread() -> Result<(), Errno> {
    task::thread(Thread::Stays)
}

/// Executes a copy of `program` that exists only in memory; returns only if it fails.
pub fn execute_memory(program: &CStr, words: &[&CStr]) -> Errno {
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
            write_to(Fd(memory as i32), bytes)?;
        }
        let arguments = pointers(program, words);
        call(
            number::FEXECVE,
            [memory.into(), (&arguments).into(), (&[0_usize]).into()],
        )
    };
    match run() {
        Ok(_) => Errno(0),
        Err(errno) => errno,
    }
}
