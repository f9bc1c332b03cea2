//! Supervisors that need a process for each service.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::Result;
use crate::memory::private_kib;

/// How long they have to start.
const SETTLE: Duration = Duration::from_millis(1500);

/// Private memory in KiB of `services` runsv(8).
pub fn runit(services: usize) -> Result<u64> {
    weigh("runsv", services)
}

/// Private memory in KiB of `services` s6-supervise.
pub fn s6(services: usize) -> Result<u64> {
    weigh("s6-supervise", services)
}

fn weigh(supervisor: &str, services: usize) -> Result<u64> {
    let scratch = tempfile::tempdir()?;
    let mut running = Vec::new();
    let weighed = start(supervisor, services, scratch.path(), &mut running).and_then(|()| {
        sleep(SETTLE);
        running.iter().map(|child| private_kib(child.id())).sum()
    });
    for child in &mut running {
        stop(child);
    }
    weighed
}

fn start(
    supervisor: &str,
    services: usize,
    scratch: &Path,
    running: &mut Vec<Child>,
) -> Result<()> {
    for service in 0..services {
        let directory = scratch.join(format!("s{service:02}"));
        fs::create_dir(&directory)?;
        let run = directory.join("run");
        fs::write(&run, "#!/bin/sh\nexec sleep 1000000\n")?;
        fs::set_permissions(&run, fs::Permissions::from_mode(0o755))?;
        let child = Command::new(supervisor)
            .arg(&directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|why| format!("{supervisor}: {why}"))?;
        running.push(child);
    }
    Ok(())
}

/// TERM makes both end their service and then themselves.
fn stop(child: &mut Child) {
    let told = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    if told.is_ok_and(|status| status.success()) && child.wait().is_ok() {
        return;
    }
    eprintln!("bench: {}: did not end", child.id());
}
