//! `apply`: makes what runs as it is desired, and says in what it was not.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Deed, Reply, Request, State};
use libcell::converge::{self, How, Outcome};
use libcell::drift::{Action, Changed, decide};
use libcell::image::{Cell, Image, MountSource, Volume};
use libcell::options::Parsed;
use libcell::platform::Platform;

use crate::arguments as a;
use crate::drift::Drift;
use crate::failure::{DRIFT, FAILED, Failure, failed, misused, said, text, told};
use crate::life;
use crate::manager::Manager;
use crate::plan;
use crate::read::Cells;
use crate::registry::Needs;
use crate::registry::cell::ended;
use crate::settings;
use crate::world;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Voice {
    Failures,
    Changes,
    Everything,
}

/// What is done about drift.
#[derive(Clone, Copy, Debug)]
struct Manner {
    dry: bool,
    reapply: bool,
    restart_changed: bool,
    voice: Voice,
}

/// Counts of the last line.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    cells: u32,
    changed: u32,
    failed: u32,
    /// Left as it is.
    drift: u32,
}

/// How long a cell that was started may take to be ready, in milliseconds, and how often that is looked at.
const READY_MS: u64 = 30_000;
const LOOK_MS: u64 = 20;

/// `apply`
pub(crate) fn run<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let names = parsed.rest(0);
    if parsed.has(a::ALL) && !names.is_empty() {
        return Err(misused("apply", "name", "names or --all"));
    }
    let voice = match (parsed.has(a::VERBOSE), parsed.has(a::SILENT)) {
        (true, true) => return Err(misused("apply", "--silent", "not with -v")),
        (true, false) => Voice::Everything,
        (false, true) => Voice::Failures,
        (false, false) => Voice::Changes,
    };
    let manner = Manner {
        dry: parsed.has(a::DRY_RUN),
        reapply: parsed.has(a::REAPPLY),
        restart_changed: parsed.has(a::RESTART_CHANGED),
        voice,
    };
    work(manager, names, manner)
}

/// Applies one cell that was just changed.
pub(crate) fn one<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    name: &str,
) -> Result<(), Failure> {
    let manner = Manner {
        dry: false,
        reapply: false,
        restart_changed: false,
        voice: Voice::Changes,
    };
    match work(manager, &[name], manner) {
        // that the policy waits for a restart was said
        Err(Failure { status: DRIFT, .. }) => Ok(()),
        result => result,
    }
}

fn work<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    names: &[&str],
    manner: Manner,
) -> Result<(), Failure> {
    let source = world::source(manager)?;
    let mut client = manager.cellinit()?;
    if !manner.dry {
        reload(manager, &mut client)?;
    }
    let cells = Cells::load(manager, Some(&source), Needs::Policy)?;
    let Some((_, desired)) = &cells.desired else {
        return Ok(());
    };
    let image = &desired.image;
    let targets = targets(image, names)?;
    let mut counts = Counts::default();
    for volume in &image.volumes {
        if is_wanted(image, &targets, volume) {
            one_volume(manager, volume, manner, &mut counts);
        }
    }
    let mut broken: Vec<&str> = Vec::new();
    for (cell, _) in image
        .cells
        .iter()
        .zip(&targets)
        .filter(|(_, chosen)| **chosen)
    {
        counts.cells += 1;
        let name = cell.name.as_str();
        let needs = cell.depends.iter().filter_map(|index| {
            let cell = image.cells.get(usize::from(*index))?;
            Some(cell.name.as_str())
        });
        if let Some(needed) = needs.into_iter().find(|needed| broken.contains(needed)) {
            manager.say(&[name, ": SKIP: depends on ", needed]);
            counts.failed += 1;
            broken.push(name);
            continue;
        }
        let subject = cells.subject(name);
        let result = Drift::of(&mut client, (image, cell), &subject)
            .and_then(|drift| one_cell(manager, cell, subject.unit, &drift, manner, &mut counts));
        if let Err(failure) = result {
            manager.say(&[&failure.line]);
            counts.failed += 1;
            broken.push(name);
        }
    }
    if names.is_empty() {
        orphans(manager, &cells, manner, &mut counts);
    }
    finish(manager, manner, counts)
}

/// The last line, and the status.
fn finish<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    manner: Manner,
    counts: Counts,
) -> Result<(), Failure> {
    if manner.voice >= Voice::Changes {
        let mut line = String::new();
        for (word, count) in [
            ("cells=", counts.cells),
            (" changed=", counts.changed),
            (" failed=", counts.failed),
            (" drift=", counts.drift),
        ] {
            line.push_str(word);
            let mut digits = libcell::table::Line::new();
            libcell::table::digits(&mut digits, count.into());
            line.extend(digits.iter().map(|byte| char::from(*byte)));
        }
        let dry = if manner.dry {
            " dry-run=YES"
        } else {
            " dry-run=NO"
        };
        line.push_str(dry);
        if manner.dry {
            manager.say(&[&line]);
        } else {
            manager.done(&line);
        }
    }
    if counts.failed > 0 {
        Err(said(FAILED))
    } else if counts.drift > 0 || manner.dry && counts.changed > 0 {
        Err(said(DRIFT))
    } else {
        Ok(())
    }
}

fn reload<P: Platform>(
    manager: &Manager<'_, '_, P>,
    client: &mut libcell::control::Client<'_, P>,
) -> Result<(), Failure> {
    let request = Request::Reload {
        operation: manager.operation,
    };
    match client.ask(&request) {
        Ok(Reply::Done) => Ok(()),
        Ok(Reply::Failed(why)) => Err(Failure {
            status: FAILED,
            line: why.into(),
        }),
        Ok(_) => Err(failed("cellinit", "reload", &"answered something else")),
        Err(why) => Err(failed("cellinit", "reload", &why)),
    }
}

/// Which cells of an image are meant, what they depend on among them; all if none is named.
fn targets(image: &Image<'_>, names: &[&str]) -> Result<Vec<bool>, Failure> {
    let mut targets: Vec<bool> = image.cells.iter().map(|_| names.is_empty()).collect();
    for name in names {
        settings::name(name, "cell")?;
        let mut cells = image.cells.iter();
        let at = cells.position(|cell| cell.name.as_str() == *name);
        let at = at.ok_or_else(|| failed(name, "apply", &"there is no such cell"))?;
        if let Some(target) = targets.get_mut(at) {
            *target = true;
        }
    }
    // dependencies have the smaller indices
    for (at, cell) in image.cells.iter().enumerate().rev() {
        if targets.get(at) == Some(&true) {
            for index in &cell.depends {
                if let Some(target) = targets.get_mut(usize::from(*index)) {
                    *target = true;
                }
            }
        }
    }
    Ok(targets)
}

/// Whether a cell that is meant mounts a volume, or all are meant.
fn is_wanted(image: &Image<'_>, targets: &[bool], volume: &Volume<'_>) -> bool {
    let mut cells = image.cells.iter().zip(targets);
    targets.iter().all(|chosen| *chosen)
        || cells.any(|(cell, chosen)| {
            let mut mounts = cell.mounts.iter();
            *chosen
                && mounts.any(|mount| match mount.source {
                    MountSource::Tmpfs { .. } => false,
                    MountSource::Volume(index) => image
                        .volumes
                        .get(usize::from(index))
                        .is_some_and(|other| other.name == volume.name),
                })
        })
}

fn one_volume<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    volume: &Volume<'_>,
    manner: Manner,
    counts: &mut Counts,
) {
    let how = if manner.dry { How::Check } else { How::Make };
    let (platform, prefix) = (manager.platform, manager.platform.prefix());
    let name = volume.name.as_str();
    match converge::volume(platform, prefix, volume, how) {
        Ok(Outcome::Same | Outcome::Elsewhere) => {
            if manner.voice == Voice::Everything {
                manager.say(&["volume ", name, ": ok"]);
            }
        }
        Ok(Outcome::Changed) => {
            counts.changed += 1;
            if manner.voice >= Voice::Changes {
                manager.say(&["volume ", name, ": MAKE"]);
            }
        }
        Err(errno) => {
            counts.failed += 1;
            let why = told(&errno);
            manager.say(&["volume ", name, ": failed: ", &why]);
        }
    }
}

/// Makes one volume that was just changed.
pub(crate) fn make_volume<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    volume: &Volume<'_>,
) -> Result<(), Failure> {
    let (platform, prefix) = (manager.platform, manager.platform.prefix());
    converge::volume(platform, prefix, volume, How::Make)
        .map_err(|errno| failed(volume.name.as_str(), "make", &errno))?;
    manager.say(&["volume ", volume.name.as_str(), ": MAKE"]);
    Ok(())
}

fn one_cell<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    cell: &Cell<'_>,
    unit: Option<&world::Unit>,
    drift: &Drift,
    manner: Manner,
    counts: &mut Counts,
) -> Result<(), Failure> {
    let name = cell.name.as_str();
    let action = match decide(drift.facts) {
        Action::Tell if manner.restart_changed => Action::Restart,
        action => action,
    };
    let why = match (drift.facts.changed, drift.plan) {
        (Changed::Nothing, _) => "",
        (Changed::Policy, _) => ": policy",
        (Changed::Service, true) => ": plan",
        (Changed::Service, false) => ": service",
    };
    let (word, deed) = match action {
        Action::Nothing => ("ok", None),
        Action::Start => ("START", Some(Deed::Start)),
        Action::Stop => ("STOP", Some(Deed::Stop)),
        Action::Restart => ("RESTART", Some(Deed::Restart)),
        Action::Tell => ("WARN", None),
    };
    let is_change = deed.is_some();
    let is_told = match action {
        Action::Nothing => manner.voice == Voice::Everything,
        Action::Start | Action::Stop | Action::Restart | Action::Tell => {
            manner.voice >= Voice::Changes
        }
    };
    if is_told {
        manager.say(&[name, ": ", word, why]);
        for difference in &drift.differences {
            let (before, after) = (&difference.before, &difference.after);
            manager.say(&["  ", difference.name, ": ", before, " -> ", after]);
        }
    }
    match action {
        Action::Tell => counts.drift += 1,
        Action::Nothing | Action::Start | Action::Stop | Action::Restart => {}
    }
    counts.changed += u32::from(is_change);
    if let Some(deed) = deed.filter(|_| !manner.dry) {
        let mut client = manager.cellinit()?;
        life::deed(&mut client, manager.operation, deed, name)?;
        match deed {
            Deed::Start | Deed::Restart => ready(manager, &mut client, name, unit)?,
            Deed::Stop => {}
        }
    }
    if manner.reapply && !cell.plan.is_empty() {
        let (how, told) = (
            if manner.dry {
                plan::How::Look
            } else {
                plan::How::Make
            },
            if manner.voice >= Voice::Changes {
                plan::Told::All
            } else {
                plan::Told::Failures
            },
        );
        let ran = plan::steps(manager, cell, unit, how, told)?;
        counts.changed += u32::from(ran.changed > 0);
        if ran.failed > 0 {
            return Err(failed(name, "plan", &"a step failed"));
        }
    }
    Ok(())
}

/// Waits until a cell that was started is ready, or is known not to get there.
fn ready<P: Platform>(
    manager: &Manager<'_, '_, P>,
    client: &mut libcell::control::Client<'_, P>,
    name: &str,
    before: Option<&world::Unit>,
) -> Result<(), Failure> {
    let runs = |unit: &world::Unit| (unit.pid, unit.restarts);
    let begin = manager.platform.monotonic_ms();
    loop {
        let units = world::units(client)?;
        let Some(unit) = units.iter().find(|unit| unit.name == name) else {
            return Err(failed(name, "start", &"cellinit does not know it"));
        };
        let last = match ended(unit.last_exit) {
            libcell::table::Owned::Text(text) => text,
            _ => String::from("cellinit's log says why"),
        };
        // a run of before is not the one that was asked for
        let is_same = before.is_some_and(|before| before.pid != 0 && runs(before) == runs(unit));
        match unit.state {
            _ if is_same => {}
            State::Ready | State::Degraded | State::Exited => return Ok(()),
            State::Failed | State::CrashLoop | State::Backoff | State::Stopped => {
                return Err(failed(name, unit.state.name(), &last));
            }
            State::Waiting | State::Starting | State::Stopping => {}
        }
        if manager.platform.monotonic_ms().saturating_sub(begin) > READY_MS {
            let why = text(&["not ready in 30 s: ", unit.state.name()]);
            return Err(failed(name, "start", &why));
        }
        let _ = manager.platform.wait(&mut [], Some(LOOK_MS));
    }
}

/// What runs and is not defined any more is told; `cell remove --orphans` ends it.
fn orphans<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    cells: &Cells<'_>,
    manner: Manner,
    counts: &mut Counts,
) {
    for name in cells.names() {
        if cells.subject(name).state() == "orphaned" {
            counts.drift += 1;
            if manner.voice >= Voice::Changes {
                manager.say(&[name, ": WARN: orphaned"]);
            }
        }
    }
}
