//! wait(2) for any child, as init does.

use std::io;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this status.
    Exited(u8),
    /// By this signal.
    Killed(i32),
}

/// Waits for a child to end.
///
/// # Errors
/// ECHILD.
pub fn any() -> io::Result<(i32, Ended)> {
    loop {
        let mut status = 0;
        // SAFETY: room for the status.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, 0) };
        if pid > 0 {
            let ended = if libc::WIFSIGNALED(status) {
                Ended::Killed(libc::WTERMSIG(status))
            } else {
                Ended::Exited(u8::try_from(libc::WEXITSTATUS(status)).unwrap_or(1))
            };
            return Ok((pid, ended));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
