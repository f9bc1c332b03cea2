//! The kernel under test: the hosted one, in a process of its own.

use alloc::boxed::Box;
use alloc::vec::Vec;
use std::env;
use std::error::Error;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cell_hosted::process::client::Client;

use crate::Failure;
use crate::scene::{Scene, USER};

/// A kernel that runs; it ends with this.
#[derive(Debug)]
pub struct Kernel(Child);

/// Starts it, and the loopback interface, which a network namespace begins without.
///
/// # Errors
/// It did not come up.
pub fn start(scene: &Scene) -> Result<Kernel, Failure> {
    let failed = |error: io::Error| Failure::of("the kernel", error);
    Command::new(scene.program())
        .arg("interface.change")
        .stdout(Stdio::null())
        .status()
        .map_err(failed)?;
    let device = scene.device_path();
    let mut kernel = Kernel(
        Command::new(env::current_exe().map_err(failed)?)
            .args(["kernel", &device])
            .stdin(Stdio::piped())
            .spawn()
            .map_err(failed)?,
    );
    let deadline = Instant::now() + Duration::from_secs(5);
    while !Path::new(&device).exists() {
        if Instant::now() > deadline || kernel.0.try_wait().map_err(failed)?.is_some() {
            return Err("the kernel does not come up".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(kernel)
}

/// Is the kernel, at this path, until its standard input ends.
///
/// # Errors
/// It could not be started.
pub fn serve(device: &str) -> Result<(), Box<dyn Error>> {
    let running = cell_hosted::process::start(Path::new(device))?;
    io::stdin().read_to_end(&mut Vec::new())?;
    running.stop();
    Ok(())
}

/// Becomes a program that the kernel knows as a user's of the host; returns only if that fails.
pub fn become_host_user(device: &str, command: &[&str]) -> Box<dyn Error> {
    let Some((program, words)) = command.split_first() else {
        return "no command".into();
    };
    if let Err(error) = Client::open(Path::new(device)).and_then(|client| client.become_host_user())
    {
        return error.into();
    }
    // leaves root's groups as well
    Command::new(program)
        .args(words)
        .env_clear()
        .uid(USER)
        .gid(USER)
        .exec()
        .into()
}

impl Drop for Kernel {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
