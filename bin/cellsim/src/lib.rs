//! cellsim: runs a board's image on a Linux workstation, the real cellinit on top of the real policy code.
//!
//! - [`state`]: the state directory, which holds the simulated device and one simulation at a time
//! - `user`: an ordinary user becomes root of a user namespace
//! - `stage`: cellinit in its own pid and mount namespaces, so that nothing outlives it
//! - `keeper`: the first process there
//! - `syslog`: the device's syslogd
//! - `remains`: the proof that nothing is left
//!
//! If cellsim itself is killed, the keeper is (PR_SET_PDEATHSIG) and Linux kills everything in its pid namespace; the
//! mounts go with the last of them. What stays is the state directory, which the next cellsim empties. A program started
//! by `cellctl exec` is the child of that cellctl and lives on, with every call that the kernel would decide failing
//! (ENOSYS: its listener is closed).
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod state;

mod keeper;
mod options;
mod remains;
mod run;
mod stage;
mod syslog;
mod user;

use std::fmt;
use std::process::ExitCode;

/// Exit status for arguments that are not what the program takes.
const USAGE: u8 = 64;

/// A failure as one line: what, and why.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// Of `what`, for the reason given.
    pub(crate) fn of(what: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self(format!("{what}: {why}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// The program: 0 everything stopped in order and nothing was left (or what the command returned), 1 failed, 64 usage.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Result<Vec<String>, _> = std::env::args_os()
        .skip(1)
        .map(std::ffi::OsString::into_string)
        .collect();
    let Ok(arguments) = arguments else {
        eprintln!("cellsim: arguments: not UTF-8");
        return ExitCode::from(USAGE);
    };
    if let Some((keeper::ARGUMENT, command)) = arguments
        .split_first()
        .map(|(first, rest)| (first.as_str(), rest))
    {
        return keeper::run(command);
    }
    match options::parse(&arguments) {
        Err((text, status)) => {
            if status == 0 {
                print!("{text}");
            } else {
                eprint!("{text}");
            }
            ExitCode::from(status)
        }
        Ok(options) => match run::run(&options) {
            Ok(status) => ExitCode::from(status),
            Err(failure) => {
                eprintln!("cellsim: {failure}");
                ExitCode::FAILURE
            }
        },
    }
}
