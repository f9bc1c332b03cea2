//! The signals that ask a program to stop, taken by waiting instead of by a handler.

use std::io;
use std::mem;

fn stops() -> libc::sigset_t {
    // SAFETY: sigemptyset makes any sigset_t valid; the numbers are signals.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
            libc::sigaddset(&raw mut set, signal);
        }
        set
    }
}

/// Blocks INT, TERM and HUP in the calling thread and those it starts. Commands started by std have them unblocked.
///
/// # Errors
/// None that a caller can cause.
pub fn block_stops() -> io::Result<()> {
    let set = stops();
    // SAFETY: `set` lives across the call; the old mask is not asked for.
    match unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) } {
        0 => Ok(()),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}

/// Waits for one of them.
///
/// # Errors
/// None that a caller can cause.
pub fn wait_for_stop() -> io::Result<i32> {
    let set = stops();
    let mut signal = 0;
    // SAFETY: both live across the call.
    match unsafe { libc::sigwait(&raw const set, &raw mut signal) } {
        0 => Ok(signal),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}
