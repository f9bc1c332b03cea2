//! How long a killed service is away.

use std::process::Command;
use std::time::Instant;

use libcell::control::{Reply, Request};

use crate::{Result, control};

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
    let killed = Command::new("kill")
        .args(["-KILL", &before.to_string()])
        .status()?;
    if !killed.success() {
        return Err("kill: refused".into());
    }
    control::wait(&Request::Status(0), |reply| match reply {
        Reply::Cell(status) if status.pid != 0 && status.pid != before => Some(()),
        _ => None,
    })?;
    Ok(start.elapsed().as_secs_f64() * 1000.0 - DELAY_MS)
}
