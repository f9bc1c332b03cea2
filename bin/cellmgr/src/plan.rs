//! Running a plan step by step, each told: `ok`, `changed`, `ran`, or why it failed.

use alloc::string::String;

use libcell::control::{Client, Reply, Request, Stepped};
use libcell::converge::target;
use libcell::image::{Cell, PlanStep};
use libcell::launch::launch;
use libcell::options::Parsed;
use libcell::platform::{Errno, Event, Exit, Pid, Platform, signal};

use crate::arguments as a;
use crate::failure::{DRIFT, FAILED, Failure, decimal, refused, said, text, told};
use crate::manager::Manager;
use crate::settings;
use crate::world::{Depth, Unit, find, with};

/// What came of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ran {
    /// Steps that changed something, or would.
    pub changed: u32,
    /// Steps that failed; those after the first were not tried.
    pub failed: u32,
}

/// Whether steps are made so, or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Make,
    Look,
}

/// `cell plan run`
pub(crate) fn run<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let name = settings::name(parsed.operand(0), "cell")?.as_str();
    let how = if parsed.has(a::DRY_RUN) {
        How::Look
    } else {
        How::Make
    };
    let mut client = manager.cellinit()?;
    with(manager, Depth::Units, &mut |manager, world| {
        let Some(cell) = find(world.desired, name) else {
            return Err(refused(name, "plan", "there is no such cell"));
        };
        if cell.plan.is_empty() {
            manager.say(&[name, ": no plan"]);
        }
        let ran = steps(manager, &mut client, cell, world.runtime.unit(name), how);
        if ran.failed > 0 {
            Err(said(FAILED))
        } else if ran.changed > 0 && how == How::Look {
            Err(said(DRIFT))
        } else {
            Ok(())
        }
    })
}

/// Runs the steps of a cell's plan. File steps are cellinit's, which is where the cell's mounts are; commands run in the
/// cell as its user.
#[inline(never)]
pub(crate) fn steps<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    client: &mut Client<'_, P>,
    cell: &Cell<'_>,
    unit: Option<&Unit>,
    how: How,
) -> Ran {
    let mut ran = Ran::default();
    for (index, step) in (0..=u8::MAX).zip(&cell.plan) {
        let request = Request::Step {
            cell: cell.name.as_str(),
            step: index,
            check: how == How::Look,
        };
        let outcome = match client.ask(&request) {
            Ok(Reply::Step(Stepped::Same)) => Ok("ok"),
            Ok(Reply::Step(Stepped::Changed)) => Ok("changed"),
            Ok(Reply::Step(Stepped::Elsewhere)) => elsewhere(manager, cell, unit, step, how),
            Ok(Reply::Failed(why)) => Err(why.into()),
            Ok(_) => Err("cellinit answered something else".into()),
            Err(why) => Err(told(&why)),
        };
        let name = match step {
            PlanStep::Execute(command) => command,
            step => target(step).unwrap_or_default(),
        };
        let number = decimal(u32::from(index) + 1);
        let (failed, what) = match &outcome {
            Ok(what) => ("", *what),
            Err(why) => ("failed: ", why.as_str()),
        };
        let cell = cell.name.as_str();
        manager.say(&[cell, ": step ", &number, " ", name, ": ", failed, what]);
        ran.changed += u32::from(what == "changed");
        if outcome.is_err() {
            ran.failed += 1;
            break;
        }
    }
    ran
}

/// A step that is no file of a volume: a command is run in the cell if that runs, the rest waits for its start.
fn elsewhere<P: Platform>(
    manager: &Manager<'_, '_, P>,
    cell: &Cell<'_>,
    unit: Option<&Unit>,
    step: &PlanStep<'_>,
    how: How,
) -> Result<&'static str, String> {
    let (PlanStep::Execute(command), Some(unit)) = (step, unit.filter(|unit| unit.pid != 0)) else {
        return Ok("at its start");
    };
    if how == How::Look {
        return Ok("a command");
    }
    let device = manager.path(libcell::device::PATH);
    let command = ["/bin/sh", "-c", command];
    let platform = manager.platform;
    let ended = platform
        .watch_signals(&[signal::CHLD])
        .and_then(|()| launch(platform, &device, unit.handle, cell, &command, [None, None]))
        .and_then(|pid| wait(platform, pid));
    match ended {
        Ok(Exit::Code(0)) => Ok("ran"),
        Ok(Exit::Code(code)) => Err(text(&["status ", &decimal(code.into())])),
        Ok(Exit::Signal(signal)) => Err(text(&["signal ", &decimal(signal.into())])),
        Err(errno) => Err(told(&errno)),
    }
}

fn wait<P: Platform>(platform: &P, pid: Pid) -> Result<Exit, Errno> {
    loop {
        while let Some((ended, exit)) = platform.reap()? {
            if ended == pid {
                return Ok(exit);
            }
        }
        platform.wait(&mut [Event::Signal(0)], None)?;
    }
}
