//! What happens at once.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use cell_abi::{Policy, Profile};
use libcell::device::{CellDevice, DeviceError};
use libcell::platform::{Errno, System};

use super::{Stage, outcome};
use crate::launch::{As, start};
use crate::scene::{ATTACKER, OWN_LOW, attacker_policy};

/// A cell full of processes that fork and end, killed again and again: after each Kill nobody is left.
pub(super) fn kill_while_forking(stage: &Stage<'_>) -> Result<String, Box<dyn Error>> {
    const ROUNDS: u32 = 10;
    let mut policy = Policy::of(Profile::High);
    policy.limits.processes = Some(16);
    let cell = stage.create(policy)?;
    for round in 0..ROUNDS {
        for _ in 0..4 {
            let forks = start(stage.scene, Some(cell), As::User, &["part.forks"])
                .map_err(|errno| errno.to_string())?;
            if !forks.is_ready() {
                return Err("nobody forks".into());
            }
        }
        thread::sleep(Duration::from_millis(3));
        stage.device.kill(cell, 9)?;
        let left = settled(stage, cell)?;
        if left > 0 {
            return Ok(format!("{left} survive round {round}"));
        }
    }
    stage.end(cell)?;
    Ok("contained".to_owned())
}

/// How many members there are when those that are ending have ended.
fn settled(stage: &Stage<'_>, cell: cell_abi::Handle) -> Result<u32, DeviceError> {
    let mut left = 0;
    for _ in 0..100 {
        left = stage.device.stats(cell)?.processes;
        if left == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(left)
}

/// Enter and Destroy at the same moment, again and again: either the one or the other, and never a process in a cell that is
/// gone.
pub(super) fn enter_while_destroying(stage: &Stage<'_>) -> Result<String, Box<dyn Error>> {
    const ROUNDS: u32 = 40;
    let (mut entered, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let cell = stage.cell()?;
        let path = stage.path.clone();
        let directory = stage.scene.directory.clone();
        let destroyer = thread::spawn(move || -> Result<(), DeviceError> {
            let platform = System::at(&directory);
            let device = CellDevice::open(&platform, &path)?;
            thread::sleep(Duration::from_micros(u64::from(round * round) * 10));
            device.destroy(cell)
        });
        let member = start(stage.scene, Some(cell), As::User, &["part.victim"]);
        let destroyed = destroyer.join().map_err(|_| "no destroyer")?;
        match (member, outcome(destroyed).as_str()) {
            (Ok(member), "EBUSY") => {
                entered += 1;
                member.kill(stage.scene);
                stage.end(cell)?;
            }
            (Err(_), "ok") => refused += 1,
            (member, destroyed) => {
                let entered = member.is_ok();
                return Ok(format!(
                    "round {round}: entered {entered}, destroyed {destroyed}"
                ));
            }
        }
    }
    if entered == 0 || refused == 0 {
        return Ok(format!("no race: entered {entered}, refused {refused}"));
    }
    Ok("contained".to_owned())
}

/// A socket bound in a cell to a port of its own is held by a process of the host's when the cell is destroyed (on
/// NetBSD the cell is dying until it is closed): name and ports are free at once, and the old handle is dead.
pub(super) fn descriptor_outlives_cell(stage: &Stage<'_>) -> Result<String, Box<dyn Error>> {
    let text = |errno: Errno| errno.to_string();
    let cell = stage.create(attacker_policy(Profile::High))?;
    let place = format!("{}/volume/held", stage.scene.root(ATTACKER));
    let holder = start(stage.scene, None, As::Root, &["part.take-over", &place]).map_err(text)?;
    if !holder.is_ready() {
        return Err("nobody takes it".into());
    }
    fs::set_permissions(&place, fs::Permissions::from_mode(0o666))?;
    let words = ["part.hand-over", "/volume/held", &OWN_LOW.to_string()];
    let giver = start(stage.scene, Some(cell), As::User, &words).map_err(text)?;
    let given = giver.end(stage.scene).outcome();
    if given != "ok" || !holder.is_ready() {
        return Ok(format!("not handed over: {given}"));
    }
    stage.end(cell)?;
    let next = stage.create(attacker_policy(Profile::High))?;
    let stale = stage.enter(cell);
    holder.kill(stage.scene);
    stage.end(next)?;
    Ok(match stale.as_str() {
        "ESTALE" | "ENOENT" => "contained".to_owned(),
        other => format!("entered: {other}"),
    })
}
