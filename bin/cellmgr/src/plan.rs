//! Running a plan step by step, each told: `ok`, `changed`, `ran`, or why it failed.

use libcell::control::{Reply, Request, Stepped};
use libcell::converge::target;
use libcell::image::{Cell, PlanStep};
use libcell::launch::launch;
use libcell::options::Parsed;
use libcell::platform::{Event, Exit, Pid, Platform, signal};

use crate::arguments as a;
use crate::failure::{DRIFT, Failure, failed, said, text, told};
use crate::manager::Manager;
use crate::settings;
use crate::world::{self, Unit, find};

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

/// Which outcomes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    All,
    Failures,
}

/// `cell plan run`
pub(crate) fn run<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let name = settings::name(parsed.operand(0), "cell")?;
    let source = world::source(manager)?;
    let desired = world::desired(&source)?;
    let cell = find(&desired.image, name.as_str())
        .ok_or_else(|| failed(name.as_str(), "plan", &"there is no such cell"))?;
    if cell.plan.is_empty() {
        manager.say(&[name.as_str(), ": no plan"]);
        return Ok(());
    }
    let mut client = manager.cellinit()?;
    let units = world::units(&mut client)?;
    let unit = units.iter().find(|unit| unit.name == name.as_str());
    let how = if parsed.has(a::DRY_RUN) {
        How::Look
    } else {
        How::Make
    };
    let ran = steps(manager, cell, unit, how, Told::All)?;
    match ran {
        Ran {
            failed: 0,
            changed: 1..,
        } if how == How::Look => Err(said(DRIFT)),
        Ran { failed: 0, .. } => Ok(()),
        Ran { .. } => Err(said(crate::failure::FAILED)),
    }
}

/// Runs the steps of a cell's plan. File steps are cellinit's, which is where the cell's mounts are; commands run in the
/// cell as its user.
pub(crate) fn steps<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    cell: &Cell<'_>,
    unit: Option<&Unit>,
    how: How,
    told_of: Told,
) -> Result<Ran, Failure> {
    let mut client = manager.cellinit()?;
    let mut ran = Ran::default();
    for (index, step) in (0..=u8::MAX).zip(&cell.plan) {
        let request = Request::Step {
            cell: cell.name.as_str(),
            step: index,
            check: how == How::Look,
        };
        let outcome = match client.ask(&request) {
            Ok(Reply::Step(Stepped::Same)) => Ok("ok"),
            Ok(Reply::Step(Stepped::Changed)) => {
                ran.changed += 1;
                Ok("changed")
            }
            Ok(Reply::Step(Stepped::Elsewhere)) => elsewhere(manager, cell, unit, step, how),
            Ok(Reply::Failed(why)) => Err(why.into()),
            Ok(Reply::Refused(why)) => Err(told(&why)),
            Ok(_) => Err("cellinit answered something else".into()),
            Err(why) => Err(told(&why)),
        };
        let name = match step {
            PlanStep::Execute(command) => command,
            _ => target(step).unwrap_or_default(),
        };
        let number = number(index);
        match outcome {
            Ok(word) => {
                if told_of == Told::All {
                    manager.say(&[cell.name.as_str(), ": ", &number, " ", name, ": ", word]);
                }
            }
            Err(why) => {
                manager.say(&[
                    cell.name.as_str(),
                    ": ",
                    &number,
                    " ",
                    name,
                    ": failed: ",
                    &why,
                ]);
                ran.failed += 1;
                return Ok(ran);
            }
        }
    }
    Ok(ran)
}

fn number(index: u8) -> alloc::string::String {
    let mut line = libcell::table::Line::from(b"step ");
    libcell::table::digits(&mut line, u64::from(index) + 1);
    line.iter().map(|byte| char::from(*byte)).collect()
}

/// A step that is no file of a volume: a command is run in the cell if that runs, the rest waits for its start.
fn elsewhere<P: Platform>(
    manager: &Manager<'_, '_, P>,
    cell: &Cell<'_>,
    unit: Option<&Unit>,
    step: &PlanStep<'_>,
    how: How,
) -> Result<&'static str, alloc::string::String> {
    let PlanStep::Execute(command) = step else {
        return Ok("at its start");
    };
    let Some(unit) = unit.filter(|unit| unit.pid != 0) else {
        return Ok("at its start");
    };
    if how == How::Look {
        return Ok("a command");
    }
    let fail = |errno: libcell::platform::Errno| told(&errno);
    let platform = manager.platform;
    platform.watch_signals(&[signal::CHLD]).map_err(fail)?;
    let device = manager.path(libcell::device::PATH);
    let command = ["/bin/sh", "-c", command];
    let pid = launch(platform, &device, unit.handle, cell, &command, [None, None]).map_err(fail)?;
    match wait(platform, pid).map_err(fail)? {
        Exit::Code(0) => Ok("ran"),
        Exit::Code(code) => Err(text(&["status ", &decimal(code)])),
        Exit::Signal(signal) => Err(text(&["signal ", &decimal(signal)])),
    }
}

fn decimal(number: u8) -> alloc::string::String {
    let mut line = libcell::table::Line::new();
    libcell::table::digits(&mut line, number.into());
    line.iter().map(|byte| char::from(*byte)).collect()
}

fn wait<P: Platform>(platform: &P, pid: Pid) -> Result<Exit, libcell::platform::Errno> {
    loop {
        while let Some((ended, exit)) = platform.reap()? {
            if ended == pid {
                return Ok(exit);
            }
        }
        platform.wait(&mut [Event::Signal(0)], None)?;
    }
}
