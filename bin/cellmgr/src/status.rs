//! `system status`: the device on one screen of 80 columns.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Reply, Request, State, System};
use libcell::platform::{Platform, Space};
use libcell::state;
use libcell::table::Owned;

use crate::drift::human;
use crate::failure::{Failure, decimal, text, told};
use crate::manager::{Manager, bytes_hex};
use crate::read::subject;
use crate::registry::cell::ended;
use crate::world::{self, Depth, World, look, made};

/// A line: what it is about, and what there is to say.
pub(crate) type Fact = (&'static str, String);

/// Columns of the first word, and of a screen.
const INDENT: usize = 10;
const WIDTH: usize = 79;

/// `system status`
pub(crate) fn run<P: Platform>(manager: &mut Manager<'_, '_, P>) -> Result<(), Failure> {
    for (about, what) in facts(manager)? {
        let mut line = String::from(about);
        while line.len() < INDENT {
            line.push(' ');
        }
        line.push_str(&what);
        // cut at a letter
        let cut = line
            .char_indices()
            .nth(WIDTH)
            .map_or(line.len(), |(at, _)| at);
        manager.say(&[line.get(..cut).unwrap_or(&line)]);
    }
    Ok(())
}

fn room(space: Result<Space, libcell::platform::Errno>) -> String {
    match space {
        Ok(space) => {
            let free = human(&Owned::Bytes(space.free_kib << 10));
            let total = human(&Owned::Bytes(space.total_kib << 10));
            text(&[&free, " free of ", &total])
        }
        Err(errno) => told(&errno),
    }
}

/// Everything there is to say. A device of which a part does not work is described all the same.
#[inline(never)]
pub(crate) fn facts<P: Platform>(manager: &mut Manager<'_, '_, P>) -> Result<Vec<Fact>, Failure> {
    let mut facts: Vec<Fact> = Vec::new();
    // without a kernel there is something to say too
    let depth = match world::kernel(manager, Depth::List) {
        Ok(_) => Depth::Policy,
        Err(failure) => {
            facts.push(("kernel", failure.line().into()));
            Depth::Units
        }
    };
    look(manager, depth, &mut |manager, world| {
        let board = &world.built.board;
        let image = bytes_hex(&world.digest);
        let sealed = if board.sealed { ", sealed" } else { "" };
        let rescue = if board.rescue { ", for rescue" } else { "" };
        let board_is = [
            board.name,
            " (",
            board.arch,
            "), image ",
            &image,
            sealed,
            rescue,
        ];
        facts.push(("board", text(&board_is)));
        if let Some(problem) = &world.problem {
            facts.push(("problem", problem.clone()));
        }
        match manager.cellinit() {
            Ok(mut client) => {
                if let Ok(Reply::System(system)) = client.ask(&Request::System) {
                    running(&mut facts, &system, board.watchdog.is_some());
                }
            }
            Err(failure) => facts.push(("cellinit", failure.line().into())),
        }
        cells_by_state(&mut facts, manager.platform, world);
        Ok(())
    })?;
    let volumes = manager.path(state::VOLUMES);
    facts.push(("flash", room(manager.platform.space(&volumes))));
    facts.push(("memory", room(manager.platform.memory())));
    Ok(facts)
}

fn running(facts: &mut Vec<Fact>, system: &System<'_>, has_watchdog: bool) {
    let up = human(&Owned::Seconds(libcell::number::seconds(system.uptime_ms)));
    let boot = decimal(system.boot_ms);
    let sealed = if system.sealed {
        "sealed"
    } else {
        "not sealed"
    };
    let dog = match (has_watchdog, system.watchdog_fed) {
        (false, _) => "no watchdog",
        (true, true) => "watchdog fed",
        (true, false) => "watchdog starves",
    };
    let up = [
        &up,
        ", booted in ",
        &boot,
        " ms, kernel ",
        sealed,
        ", ",
        dog,
    ];
    facts.push(("up", text(&up)));
    facts.push(("changes", made(system.changes)));
    let own = human(&Owned::Bytes(system.memory.into()));
    let rings = human(&Owned::Bytes(system.rings.into()));
    let dropped = decimal(system.dropped);
    let cellinit = [
        &own,
        " of its own, ",
        &rings,
        " of logs, ",
        &dropped,
        " lines not sent",
    ];
    facts.push(("cellinit", text(&cellinit)));
}

/// So many failed cells are told of.
const FAILED: usize = 8;

fn cells_by_state<P: Platform>(facts: &mut Vec<Fact>, platform: &P, world: &World<'_>) {
    let mut states = Counts::default();
    let mut services = Counts::default();
    let mut failed: Vec<String> = Vec::new();
    let mut drifted = String::new();
    for name in world.names() {
        let subject = subject(platform, world, name);
        states.add(subject.state());
        if subject.is_outdated() || subject.enforced == Some(false) {
            drifted.push_str(name);
            drifted.push(' ');
        }
        let Some(unit) = subject.unit else {
            continue;
        };
        services.add(unit.state.name());
        let is_broken = matches!(
            unit.state,
            State::Failed | State::CrashLoop | State::Degraded
        );
        if (is_broken || unit.failures > 0) && failed.len() < FAILED {
            let last = human(&ended(unit.last_exit));
            failed.push(text(&[name, ": ", unit.state.name(), ", ", &last]));
        }
    }
    if drifted.is_empty() {
        drifted.push_str("none");
    }
    if failed.is_empty() {
        failed.push("none".into());
    }
    facts.push(("cells", states.told()));
    facts.push(("services", services.told()));
    facts.push(("drift", drifted));
    for line in failed {
        facts.push(("failed", line));
    }
}

/// How often words came.
#[derive(Default)]
struct Counts(Vec<(&'static str, u32)>);

impl Counts {
    fn add(&mut self, word: &'static str) {
        for (other, count) in &mut self.0 {
            if *other == word {
                *count += 1;
                return;
            }
        }
        self.0.push((word, 1));
    }

    fn told(&self) -> String {
        let mut line = String::new();
        for (word, count) in &self.0 {
            if !line.is_empty() {
                line.push_str(", ");
            }
            line.push_str(&decimal(*count));
            line.push(' ');
            line.push_str(word);
        }
        if line.is_empty() {
            line.push_str("none");
        }
        line
    }
}
