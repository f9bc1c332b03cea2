//! The first process of the simulation's pid namespace: starts cellinit, reaps orphans as init does, and ends with
//! cellinit. When it ends, however it does, Linux ends everything in the namespace.

use std::process::{Command, ExitCode};

use cell_hosted::process::os::wait;

/// First argument that makes cellsim the keeper; the command follows.
pub(crate) const ARGUMENT: &str = "--keeper";

/// Runs the command and ends with its status, or 1 if it was killed.
pub(crate) fn run(command: &[String]) -> ExitCode {
    let Some((program, arguments)) = command.split_first() else {
        return ExitCode::FAILURE;
    };
    let child = match Command::new(program).args(arguments).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("cellsim: {program}: {error}");
            return ExitCode::FAILURE;
        }
    };
    loop {
        match wait::any() {
            Ok((pid, ended)) if pid.unsigned_abs() == child.id() => {
                return match ended {
                    wait::Ended::Exited(status) => ExitCode::from(status),
                    wait::Ended::Killed(signal) => {
                        eprintln!("cellsim: {program}: killed by signal {signal}");
                        ExitCode::FAILURE
                    }
                };
            }
            Ok(_) => {}
            Err(_) => return ExitCode::FAILURE,
        }
    }
}
