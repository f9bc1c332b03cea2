//! How long a killed service is away.

use std::process::Command;
use std::time::Instant;

use libcell::control::{Reply, Request};

use crate::{Result, beside, control};

/// The delay before the first restart.
const DELAY_MS: f64 = 1000.0;

fn pid() -> Result<u32> {
    control::wait(&Request::Status(0), |reply| match reply {
        Reply::Cell(status) if status.pid != 0 => Some(status.pid),
        _ => None,
    })
}

/// Milliseconds from the kill of a service until it runs again, less the delay.
pub fn measure() -> Result<f64> {
    let before = pid()?;
    let start = Instant::now();
    // The pid is that of the simulation's namespace: only the kernel under it knows whom to signal.
    let killed = Command::new(beside("cellctl")?)
        .args(["kill", "-s", "KILL", "s00"])
        .output()?;
    if !killed.status.success() {
        return Err(String::from_utf8_lossy(&killed.stderr).into());
    }
    control::wait(&Request::Status(0), |reply| match reply {
        Reply::Cell(status) if status.pid != 0 && status.pid != before => Some(()),
        _ => None,
    })?;
    Ok(start.elapsed().as_secs_f64() * 1000.0 - DELAY_MS)
}
