//! The life of a cell: what host root must not be able to do by accident, and what must hold while things happen at once.
//!
//! These are not of a profile. Each step cleans up after itself; sealing, which lasts until reboot, is the last.

mod races;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use cell_abi::{CellName, Handle, Policy, Profile, Protocols, Reservation};
use libcell::device::{CellDevice, DeviceError};
use libcell::platform::{Errno, System};

use crate::Failure;
use crate::arguments::request;
use crate::launch::{As, start};
use crate::run::empty;
use crate::scene::{ATTACKER, OWN_LOW, SIBLING, Scene};
use crate::table::Asked;

/// One step and what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// What it must come to.
    pub expected: &'static str,
    /// What it came to.
    pub got: String,
}

/// What the steps work with.
struct Stage<'s> {
    scene: &'s Scene,
    device: CellDevice<'s, System>,
    path: String,
}

type Action = fn(&Stage<'_>) -> Result<String, Failure>;

/// Every step: its name, what it must come to, and how it is made.
#[rustfmt::skip]
const STEPS: &[(&str, &str, Action)] = &[
    ("create.name-taken",     "EEXIST",    create_name_taken),
    ("create.port-taken",     "EEXIST",    create_port_taken),
    ("create.no-root",        "ENOENT",    create_without_root),
    ("destroy.live",          "EBUSY",     destroy_live),
    ("gone.destroy",          "ENOENT",    gone_destroy),
    ("gone.enter",            "ENOENT",    gone_enter),
    ("gone.kill",             "ENOENT",    gone_kill),
    ("stale.destroy",         "ESTALE",    stale_destroy),
    ("stale.enter",           "ESTALE",    stale_enter),
    ("stale.kill",            "ESTALE",    stale_kill),
    ("enter.directory",       "EBUSY",     enter_with_directory),
    ("enter.thread",          "EBUSY",     enter_with_thread),
    ("enter.user",            "EACCES",    enter_as_user),
    ("enter.works",           "ok",        enter_works),
    ("kill.forks",            "contained", races::kill_while_forking),
    ("race.enter-destroy",    "contained", races::enter_while_destroying),
    ("descriptor.destroyed",  "contained", races::descriptor_outlives_cell),
    ("seal.create",           "EPERM",     seal_create),
    ("seal.destroy",          "EPERM",     seal_destroy),
    ("seal.enter",            "ok",        enter_sealed),
    ("seal.kill",             "ok",        kill_sealed),
];

/// Takes all steps, in order, and tells of each. The sibling exists and is empty.
///
/// # Errors
/// The device cannot be opened. What a step comes to is no error.
pub fn run(scene: &Scene, tell: &dyn Fn(&str)) -> Result<Vec<Step>, DeviceError> {
    let path = scene.device_path();
    let stage = Stage {
        scene,
        device: CellDevice::open(&scene.platform, &path)?,
        path,
    };
    Ok(STEPS
        .iter()
        .map(|&(name, expected, action)| {
            tell(name);
            Step {
                name,
                expected,
                got: action(&stage).unwrap_or_else(|error| error.to_string()),
            }
        })
        .collect())
}

fn outcome<T>(result: Result<T, DeviceError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(DeviceError::Refused(refusal)) => refusal.errno_name().to_owned(),
        Err(DeviceError::System(errno)) => format!("{errno:?}"),
        Err(other) => other.to_string(),
    }
}

impl Stage<'_> {
    fn create(&self, policy: Policy) -> Result<Handle, DeviceError> {
        self.scene.make_cell(&self.device, ATTACKER, policy)
    }

    fn cell(&self) -> Result<Handle, DeviceError> {
        self.create(Policy::of(Profile::High))
    }

    fn end(&self, cell: Handle) -> Result<(), DeviceError> {
        empty(self.scene, &self.device, cell)?;
        self.device.destroy(cell)
    }

    /// A handle of a cell that is no more.
    fn gone(&self) -> Result<Handle, DeviceError> {
        let cell = self.cell()?;
        self.device.destroy(cell)?;
        Ok(cell)
    }

    fn sibling(&self) -> Result<Handle, DeviceError> {
        let name = CellName::new(SIBLING).expect("the name is good");
        Ok(self.device.lookup(name, &mut [0; 1024])?.handle)
    }

    /// Asks for Enter from a process made for it.
    fn ask_to_enter(&self, part: &str, user: As, cell: Handle) -> Result<String, Errno> {
        let bytes = request(Asked::Enter, cell);
        let asker = start(self.scene, None, user, &[part, &self.path, &bytes])?;
        Ok(asker.end(self.scene).outcome())
    }

    /// Runs a program in the cell that does nothing.
    fn enter(&self, cell: Handle) -> String {
        match start(self.scene, Some(cell), As::Root, &["part.done"]) {
            Ok(running) => running.end(self.scene).outcome(),
            Err(errno) => format!("{errno:?}"),
        }
    }
}

fn create_name_taken(stage: &Stage<'_>) -> Result<String, Failure> {
    let cell = stage.cell()?;
    let again = outcome(stage.cell());
    stage.end(cell)?;
    Ok(again)
}

/// A port in the middle of the sibling's range.
fn create_port_taken(stage: &Stage<'_>) -> Result<String, Failure> {
    let mut policy = Policy::of(Profile::High);
    for (first, last) in [(OWN_LOW, OWN_LOW), (7015, 7300)] {
        let reservation = Reservation::new(Protocols::Udp, first, last);
        let reservation = reservation.map_err(|_| "the ports are not in order")?;
        policy
            .reservations
            .push(reservation)
            .map_err(|_| "two ports")?;
    }
    let taken = outcome(stage.create(policy));
    // all or nothing: the name is free
    let cell = stage.cell()?;
    stage.end(cell)?;
    Ok(taken)
}

fn create_without_root(stage: &Stage<'_>) -> Result<String, Failure> {
    let policy = Policy::of(Profile::High);
    Ok(outcome(stage.scene.make_cell(
        &stage.device,
        "nowhere",
        policy,
    )))
}

fn destroy_live(stage: &Stage<'_>) -> Result<String, Failure> {
    let cell = stage.cell()?;
    let mut member = start(stage.scene, Some(cell), As::User, &["part.victim"])?;
    if !member.is_ready(stage.scene) {
        return Err("no member".into());
    }
    let destroyed = outcome(stage.device.destroy(cell));
    member.kill(stage.scene);
    stage.end(cell)?;
    Ok(destroyed)
}

fn gone_destroy(stage: &Stage<'_>) -> Result<String, Failure> {
    Ok(outcome(stage.device.destroy(stage.gone()?)))
}

fn gone_enter(stage: &Stage<'_>) -> Result<String, Failure> {
    Ok(stage.enter(stage.gone()?))
}

fn gone_kill(stage: &Stage<'_>) -> Result<String, Failure> {
    Ok(outcome(stage.device.kill(stage.gone()?, 9)))
}

fn stale_destroy(stage: &Stage<'_>) -> Result<String, Failure> {
    in_next_life(stage, |stale| outcome(stage.device.destroy(stale)))
}

fn stale_enter(stage: &Stage<'_>) -> Result<String, Failure> {
    in_next_life(stage, |stale| stage.enter(stale))
}

fn stale_kill(stage: &Stage<'_>) -> Result<String, Failure> {
    in_next_life(stage, |stale| outcome(stage.device.kill(stale, 9)))
}

/// The slot has a new cell, of the same name: the old handle does not reach it.
fn in_next_life(
    stage: &Stage<'_>,
    attempt: impl FnOnce(Handle) -> String,
) -> Result<String, Failure> {
    let stale = stage.gone()?;
    let next = stage.cell()?;
    if next == stale {
        return Ok("the same handle".to_owned());
    }
    let answer = attempt(stale);
    stage.end(next)?;
    Ok(answer)
}

fn enter_with_directory(stage: &Stage<'_>) -> Result<String, Failure> {
    ask_with(stage, "part.request-directory", As::Root)
}

fn enter_with_thread(stage: &Stage<'_>) -> Result<String, Failure> {
    ask_with(stage, "part.request-thread", As::Root)
}

/// The node is root's.
fn enter_as_user(stage: &Stage<'_>) -> Result<String, Failure> {
    ask_with(stage, "part.request", As::User)
}

fn ask_with(stage: &Stage<'_>, part: &str, user: As) -> Result<String, Failure> {
    let sibling = stage.sibling()?;
    let answer = stage.ask_to_enter(part, user, sibling)?;
    let members = stage.device.stats(sibling)?.processes;
    if members > 0 {
        return Ok(format!("{answer} and {members} inside"));
    }
    Ok(answer)
}

fn enter_works(stage: &Stage<'_>) -> Result<String, Failure> {
    let cell = stage.cell()?;
    let entered = stage.enter(cell);
    stage.end(cell)?;
    Ok(entered)
}

fn seal_create(stage: &Stage<'_>) -> Result<String, Failure> {
    stage.device.seal()?;
    Ok(outcome(stage.cell()))
}

fn seal_destroy(stage: &Stage<'_>) -> Result<String, Failure> {
    Ok(outcome(stage.device.destroy(stage.sibling()?)))
}

fn enter_sealed(stage: &Stage<'_>) -> Result<String, Failure> {
    Ok(stage.enter(stage.sibling()?))
}

fn kill_sealed(stage: &Stage<'_>) -> Result<String, Failure> {
    Ok(outcome(stage.device.kill(stage.sibling()?, 9)))
}
