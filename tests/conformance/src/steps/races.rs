//! What happens at once.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};

use cell_abi::{Handle, Policy, Profile};
use libcell::device::DeviceError;
use libcell::platform::{Errno, Platform};

use super::Stage;
use crate::Failure;
use crate::arguments::request;
use crate::launch::{As, Running, start};
use crate::scene::{ATTACKER, OWN_LOW, attacker_policy};
use crate::table::Asked;

/// A cell full of processes that fork and end, killed again and again: after each Kill nobody is left.
pub(super) fn kill_while_forking(stage: &Stage<'_>) -> Result<String, Failure> {
    const ROUNDS: u32 = 10;
    let scene = stage.scene;
    let mut policy = Policy::of(Profile::High);
    policy.limits.processes = Some(16);
    let cell = stage.create(policy)?;
    for round in 0..ROUNDS {
        begin_forking(stage, cell)?;
        scene.pause_ms(3);
        stage.device.kill(cell, 9)?;
        let left = settled(stage, cell)?;
        if left > 0 {
            return Ok(format!("{left} survive round {round}"));
        }
    }
    stage.end(cell)?;
    Ok("contained".to_owned())
}

/// Four processes that fork, or as many as there are places for: those that fork already take them.
fn begin_forking(stage: &Stage<'_>, cell: Handle) -> Result<(), Failure> {
    let scene = stage.scene;
    let deadline = scene.patience();
    let mut forking = 0;
    while forking < 4 {
        match start(scene, Some(cell), As::User, &["part.forks"]) {
            Ok(mut forks) => {
                if !forks.is_ready(scene) {
                    return Err("nobody forks".into());
                }
                forking += 1;
            }
            Err(Errno::EAGAIN) if forking > 0 => break,
            // those that were killed are ending
            Err(Errno::EAGAIN) if !scene.is_past(deadline) => scene.pause_ms(1),
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// How many members there are when those that are ending have ended.
fn settled(stage: &Stage<'_>, cell: Handle) -> Result<u32, DeviceError> {
    let deadline = stage.scene.patience();
    loop {
        let left = stage.device.stats(cell)?.processes;
        if left == 0 || stage.scene.is_past(deadline) {
            return Ok(left);
        }
        stage.scene.pause_ms(1);
    }
}

/// Enter and Destroy at the same moment, again and again: either the one or the other, and never a process in a cell that is
/// gone. Destroy waits a little, less after each round that it came too late in and more after each that it was first in, so
/// that the two meet however fast the machine is.
pub(super) fn enter_while_destroying(stage: &Stage<'_>) -> Result<String, Failure> {
    const ROUNDS: u32 = 40;
    let (mut entered, mut refused) = (0, 0);
    let mut delay_us = 0_u32;
    for round in 0..ROUNDS {
        let cell = stage.cell()?;
        let destroyer = destroyer(stage, cell, delay_us)?;
        let member = start(stage.scene, Some(cell), As::User, &["part.victim"]);
        let destroyed = destroyer.end(stage.scene).outcome();
        match (member, destroyed.as_str()) {
            (Ok(member), "EBUSY") => {
                entered += 1;
                member.kill(stage.scene);
                stage.end(cell)?;
                delay_us -= delay_us / 4;
            }
            (Err(_), "ok") => {
                refused += 1;
                delay_us = (delay_us * 3 / 2).clamp(200, 1_000_000);
            }
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

/// A process of the host's that destroys the cell, that long after it was ready.
fn destroyer(stage: &Stage<'_>, cell: Handle, delay_us: u32) -> Result<Running, Failure> {
    let bytes = request(Asked::Destroy, cell);
    let words = [
        "part.request-later",
        &stage.path,
        &bytes,
        &delay_us.to_string(),
    ];
    let mut destroyer = start(stage.scene, None, As::Root, &words)?;
    if destroyer.is_ready(stage.scene) {
        Ok(destroyer)
    } else {
        Err("no destroyer".into())
    }
}

/// A socket bound in a cell to a port of its own is held by a process of the host's when the cell is destroyed (on
/// NetBSD the cell is dying until it is closed): name and ports are free at once, and the old handle is dead.
pub(super) fn descriptor_outlives_cell(stage: &Stage<'_>) -> Result<String, Failure> {
    let scene = stage.scene;
    let cell = stage.create(attacker_policy(Profile::High)?)?;
    let place = format!("{}/volume/held", scene.root(ATTACKER));
    let mut holder = start(scene, None, As::Root, &["part.take-over", &place])?;
    if !holder.is_ready(scene) {
        return Err("nobody takes it".into());
    }
    scene.platform.set_owner(&place, 0, 0, 0o666)?;
    let words = ["part.hand-over", "/volume/held", &OWN_LOW.to_string()];
    let giver = start(scene, Some(cell), As::User, &words)?;
    let given = giver.end(scene).outcome();
    if given != "ok" || !holder.is_ready(scene) {
        return Ok(format!("not handed over: {given}"));
    }
    stage.end(cell)?;
    let next = stage.create(attacker_policy(Profile::High)?)?;
    let stale = stage.enter(cell);
    holder.kill(scene);
    stage.end(next)?;
    Ok(match stale.as_str() {
        "ESTALE" | "ENOENT" => "contained".to_owned(),
        other => format!("entered: {other}"),
    })
}
