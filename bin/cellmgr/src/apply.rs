//! `apply`: makes what runs as it is desired, and says in what it was not.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Client, Deed, Request, State};
use libcell::converge::{self, How, Outcome};
use libcell::drift::{Action, Changed, decide};
use libcell::image::{Cell, Image, Volume};
use libcell::options::Parsed;
use libcell::platform::Platform;

use crate::arguments as a;
use crate::drift::{Drift, human};
use crate::failure::{DRIFT, FAILED, Failure, decimal, misused, refused, said, told};
use crate::life;
use crate::manager::Manager;
use crate::plan;
use crate::read::{mounts, subject};
use crate::registry::cell::ended;
use crate::settings;
use crate::world::{self, Depth, Unit, World, with};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Voice {
    Failures,
    Changes,
    Everything,
}

/// What is done about drift, and what came of it.
struct Run<'r, P: Platform> {
    client: Client<'r, P>,
    dry: bool,
    reapply: bool,
    restart_changed: bool,
    voice: Voice,
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
    let mut run = Run::new(manager)?;
    run.dry = parsed.has(a::DRY_RUN);
    run.reapply = parsed.has(a::REAPPLY);
    run.restart_changed = parsed.has(a::RESTART_CHANGED);
    if parsed.has(a::SILENT) {
        run.voice = Voice::Failures;
    }
    if parsed.has(a::VERBOSE) {
        run.voice = Voice::Everything;
    }
    run.go(manager, names)
}

/// Applies one cell that was just changed. That its policy waits for a restart is no failure.
pub(crate) fn one<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    name: &str,
) -> Result<(), Failure> {
    let result = Run::new(manager)?.go(manager, &[name]);
    result.or_else(|failure| match failure.status() {
        DRIFT => Ok(()),
        _ => Err(failure),
    })
}

/// Makes one volume that was just changed.
pub(crate) fn volume<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    name: &str,
) -> Result<(), Failure> {
    with(manager, Depth::Definitions, &mut |manager, world| {
        for volume in &world.desired.volumes {
            if volume.name.as_str() == name {
                make(manager, volume, How::Make).map_err(|why| refused(name, "make", &why))?;
            }
        }
        Ok(())
    })
}

/// Makes a volume so, or looks whether it is; whether it was not.
#[inline(never)]
fn make<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    volume: &Volume<'_>,
    how: How,
) -> Result<bool, String> {
    let (platform, prefix) = (manager.platform, manager.platform.prefix());
    match converge::volume(platform, prefix, volume, how) {
        Ok(outcome) => Ok(outcome == Outcome::Changed),
        Err(errno) => Err(told(&errno)),
    }
}

impl<'r, P: Platform> Run<'r, P> {
    fn new(manager: &Manager<'r, '_, P>) -> Result<Self, Failure> {
        Ok(Self {
            client: manager.cellinit()?,
            dry: false,
            reapply: false,
            restart_changed: false,
            voice: Voice::Changes,
            cells: 0,
            changed: 0,
            failed: 0,
            drift: 0,
        })
    }

    fn go(&mut self, manager: &mut Manager<'_, '_, P>, names: &[&str]) -> Result<(), Failure> {
        if !self.dry {
            let request = Request::Reload {
                operation: manager.operation,
            };
            let done = life::done(&mut self.client, &request);
            done.map_err(|why| Failure::new(FAILED, why))?;
        }
        with(manager, Depth::Policy, &mut |manager, world| {
            self.all(manager, world, names)
        })?;
        if self.voice >= Voice::Changes {
            self.count(manager);
        }
        if self.failed > 0 {
            Err(said(FAILED))
        } else if self.drift > 0 || self.dry && self.changed > 0 {
            Err(said(DRIFT))
        } else {
            Ok(())
        }
    }

    fn all(
        &mut self,
        manager: &mut Manager<'_, '_, P>,
        world: &World<'_>,
        names: &[&str],
    ) -> Result<(), Failure> {
        let image = world.desired;
        let targets = targets(image, names)?;
        for volume in &image.volumes {
            let name = volume.name.as_str();
            let mut cells = image.cells.iter().zip(&targets);
            if names.is_empty() || cells.any(|(cell, is)| *is && mounts(image, cell, name)) {
                self.volume(manager, volume);
            }
        }
        let mut broken: Vec<&str> = Vec::new();
        for (cell, is_target) in image.cells.iter().zip(&targets) {
            if !is_target {
                continue;
            }
            self.cells += 1;
            let name = cell.name.as_str();
            if let Err(failure) = self.cell(manager, world, cell, &broken) {
                manager.say(&[failure.line()]);
                self.failed += 1;
                broken.push(name);
            }
        }
        if names.is_empty() {
            // what runs and is not defined any more is told; cell remove --orphans ends it
            for name in world.names() {
                if subject(manager.platform, world, name).state() == "orphaned" {
                    self.drift += 1;
                    self.say(manager, Voice::Changes, &[name, ": WARN: orphaned"]);
                }
            }
        }
        Ok(())
    }

    fn say(&self, manager: &mut Manager<'_, '_, P>, voice: Voice, parts: &[&str]) {
        if self.voice >= voice {
            manager.say(parts);
        }
    }

    /// The last line.
    fn count(&self, manager: &mut Manager<'_, '_, P>) {
        let dry = if self.dry { "YES" } else { "NO" };
        let [cells, changed, failed, drift] =
            [self.cells, self.changed, self.failed, self.drift].map(decimal);
        let parts = [
            "cells=",
            &cells,
            " changed=",
            &changed,
            " failed=",
            &failed,
            " drift=",
            &drift,
            " dry-run=",
            dry,
        ];
        if self.dry {
            manager.say(&parts);
        } else {
            manager.done(&parts);
        }
    }

    fn volume(&mut self, manager: &mut Manager<'_, '_, P>, volume: &Volume<'_>) {
        let how = if self.dry { How::Check } else { How::Make };
        let name = volume.name.as_str();
        match make(manager, volume, how) {
            Ok(true) => {
                self.changed += 1;
                self.say(manager, Voice::Changes, &["volume ", name, ": MAKE"]);
            }
            Ok(false) => self.say(manager, Voice::Everything, &["volume ", name, ": ok"]),
            Err(why) => {
                self.failed += 1;
                manager.say(&["volume ", name, ": failed: ", &why]);
            }
        }
    }

    fn cell(
        &mut self,
        manager: &mut Manager<'_, '_, P>,
        world: &World<'_>,
        cell: &Cell<'_>,
        broken: &[&str],
    ) -> Result<(), Failure> {
        let name = cell.name.as_str();
        for index in &cell.depends {
            let needed = world.desired.cells.get(usize::from(*index));
            let needed = needed.map_or("", |cell| cell.name.as_str());
            if broken.contains(&needed) {
                return Err(refused(name, "SKIP: depends on", needed));
            }
        }
        let subject = subject(manager.platform, world, name);
        let drift = Drift::of(&mut self.client, (world.desired, cell), &subject)?;
        let action = match decide(drift.facts) {
            Action::Tell if self.restart_changed => Action::Restart,
            action => action,
        };
        let (word, deed) = match action {
            Action::Nothing => ("ok", None),
            Action::Start => ("START", Some(Deed::Start)),
            Action::Stop => ("STOP", Some(Deed::Stop)),
            Action::Restart => ("RESTART", Some(Deed::Restart)),
            Action::Tell => ("WARN", None),
        };
        let why = match (drift.facts.changed, drift.plan) {
            (Changed::Nothing, _) => "",
            (Changed::Policy, _) => ": policy",
            (Changed::Service, true) => ": plan",
            (Changed::Service, false) => ": service",
        };
        let voice = match action {
            Action::Nothing => Voice::Everything,
            _ => Voice::Changes,
        };
        self.say(manager, voice, &[name, ": ", word, why]);
        for difference in &drift.differences {
            let (before, after) = (&difference.before, &difference.after);
            let line = ["  ", difference.name, ": ", before, " -> ", after];
            self.say(manager, voice, &line);
        }
        self.drift += u32::from(action == Action::Tell);
        self.changed += u32::from(deed.is_some());
        if let Some(deed) = deed.filter(|_| !self.dry) {
            life::deed(&mut self.client, manager.operation, deed, name)?;
            if deed != Deed::Stop {
                self.ready(manager, name, subject.unit)?;
            }
        }
        if self.reapply {
            let how = if self.dry {
                plan::How::Look
            } else {
                plan::How::Make
            };
            let ran = plan::steps(manager, &mut self.client, cell, subject.unit, how);
            self.changed += u32::from(ran.changed > 0);
            if ran.failed > 0 {
                return Err(refused(name, "plan", "a step failed"));
            }
        }
        Ok(())
    }

    /// Waits until a cell that was started is ready, or is known not to get there.
    fn ready(
        &mut self,
        manager: &Manager<'_, '_, P>,
        name: &str,
        before: Option<&Unit>,
    ) -> Result<(), Failure> {
        let begin = manager.platform.monotonic_ms();
        loop {
            let units = world::units(&mut self.client)?;
            let Some(unit) = units.iter().find(|unit| unit.name == name) else {
                return Err(refused(name, "start", "cellinit does not know it"));
            };
            // a run of before is not the one that was asked for
            let is_same = before.is_some_and(|before| {
                before.pid != 0 && (before.pid, before.restarts) == (unit.pid, unit.restarts)
            });
            match unit.state {
                State::Ready | State::Degraded | State::Exited if !is_same => return Ok(()),
                State::Failed | State::CrashLoop | State::Backoff if !is_same => {
                    let last = human(&ended(unit.last_exit));
                    return Err(refused(name, unit.state.name(), &last));
                }
                _ => {}
            }
            if manager.platform.monotonic_ms().saturating_sub(begin) > READY_MS {
                return Err(refused(name, "not ready in 30 s", unit.state.name()));
            }
            let _ = manager.platform.wait(&mut [], Some(LOOK_MS));
        }
    }
}

/// Which cells of an image are meant, what they depend on among them; all if none is named.
fn targets(image: &Image<'_>, names: &[&str]) -> Result<Vec<bool>, Failure> {
    let mut targets: Vec<bool> = image.cells.iter().map(|_| names.is_empty()).collect();
    for name in names {
        settings::name(name, "cell")?;
        let mut cells = image.cells.iter();
        let at = cells.position(|cell| cell.name.as_str() == *name);
        let target = at.and_then(|at| targets.get_mut(at));
        *target.ok_or_else(|| refused(name, "apply", "there is no such cell"))? = true;
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
