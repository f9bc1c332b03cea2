//! The control runs: the same attacks without a cell, where they must succeed.

use std::fs::File;
use std::process::{Command, Stdio};

use cell_abi::Handle;

use crate::arguments::{Targets, words};
use crate::launch::Ended;
use crate::scene::{CONTROL, Scene, USER};
use crate::table::{By, Control, Row};
use crate::victim::Victim;

/// Every row's; `None` where the table says that it cannot be run.
#[must_use]
pub fn run(scene: &Scene, rows: &[Row]) -> Vec<Option<String>> {
    rows.iter()
        .zip(1..)
        .map(|(row, number)| match row.control {
            Control::None(_) => None,
            Control::Succeeds | Control::Linux(..) => {
                Some(attack(scene, row, number).unwrap_or_else(|why| why))
            }
        })
        .collect()
}

/// The target is always a process of the host: there is no cell.
fn attack(scene: &Scene, row: &Row, run: i32) -> Result<String, String> {
    let victim = Victim::start(scene, None).map_err(|errno| format!("no victim: {errno}"))?;
    let targets = Targets {
        victim: victim.pid(),
        sibling: Handle::HOST,
        maker: None,
        run,
        device: "/dev/cell",
    };
    let outcome = words(scene, row, targets).and_then(|words| confine(scene, row, &words));
    victim.kill(scene);
    outcome
}

/// chroot(2) and setuid(2) are all that holds it. It inherits a directory of the host's, which an attack may look for.
fn confine(scene: &Scene, row: &Row, words: &[String]) -> Result<String, String> {
    let user = match row.by {
        By::Root => 0,
        By::User | By::HostUser => USER,
    };
    let directory = File::open(&scene.directory).map_err(|error| error.to_string())?;
    let output = Command::new(scene.program())
        .args(["part.confine", &scene.root(CONTROL), &user.to_string()])
        .args(words)
        .env_clear()
        .stdin(directory)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    let lines = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    Ok(Ended { lines, exit: None }.outcome())
}
