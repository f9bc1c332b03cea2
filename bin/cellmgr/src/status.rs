//! `system status`: the device on one screen of 80 columns.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Changes, Reply, Request, State, System};
use libcell::platform::{Platform, Space};
use libcell::state;
use libcell::table::{Line, Owned};

use crate::failure::{Failure, text, told};
use crate::manager::Manager;
use crate::read::Cells;
use crate::registry::Needs;
use crate::registry::cell::ended;
use crate::world;

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

fn human(value: &Owned) -> String {
    let mut line = Line::new();
    value.value().human(&mut line);
    String::from_utf8(line).unwrap_or_default()
}

fn number(number: u32) -> String {
    human(&Owned::Number(number.into()))
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
pub(crate) fn facts<P: Platform>(manager: &Manager<'_, '_, P>) -> Result<Vec<Fact>, Failure> {
    let mut facts: Vec<Fact> = Vec::new();
    let source = world::source(manager)?;
    let mut system_known = false;
    let mut watchdog = "";
    match source.baked() {
        Ok(built) => {
            let board = &built.image.board;
            let mut image = String::new();
            for byte in built.digest {
                image.extend(char::from_digit(u32::from(byte >> 4), 16));
                image.extend(char::from_digit(u32::from(byte & 15), 16));
            }
            let sealed = if board.sealed { ", sealed" } else { "" };
            let rescue = if board.rescue { ", for rescue" } else { "" };
            let what = text(&[
                board.name,
                " (",
                board.arch,
                "), image ",
                &image,
                sealed,
                rescue,
            ]);
            facts.push(("board", what));
            if board.watchdog.is_some() {
                watchdog = "watchdog starves";
            }
        }
        Err(why) => facts.push(("board", told(&why))),
    }
    match manager.cellinit() {
        Ok(mut client) => {
            if let Ok(Reply::System(system)) = client.ask(&Request::System) {
                system_known = true;
                if system.watchdog_fed {
                    watchdog = "watchdog fed";
                }
                running(&mut facts, &system, watchdog);
            }
        }
        Err(failure) => facts.push(("cellinit", failure.line)),
    }
    if !system_known && !watchdog.is_empty() {
        facts.push(("watchdog", "not fed by anybody here".into()));
    }
    match Cells::load(manager, Some(&source), Needs::Policy) {
        Ok(cells) => cells_by_state(&mut facts, &cells),
        Err(failure) => facts.push(("cells", failure.line)),
    }
    let volumes = manager.path(state::VOLUMES);
    facts.push(("flash", room(manager.platform.space(&volumes))));
    facts.push(("memory", room(manager.platform.memory())));
    Ok(facts)
}

fn running(facts: &mut Vec<Fact>, system: &System<'_>, watchdog: &str) {
    let up = human(&Owned::Seconds(libcell::number::seconds(system.uptime_ms)));
    let boot = number(system.boot_ms);
    let sealed = if system.sealed {
        "sealed"
    } else {
        "not sealed"
    };
    let dog = if watchdog.is_empty() {
        "no watchdog"
    } else {
        watchdog
    };
    facts.push((
        "up",
        text(&[
            &up,
            ", booted in ",
            &boot,
            " ms, kernel ",
            sealed,
            ", ",
            dog,
        ]),
    ));
    let changes = match system.changes {
        Changes::Made(0) => "none".into(),
        Changes::Made(generation) => text(&["generation ", &number(generation)]),
        Changes::Refused => "REFUSED: the image runs without; system reset undoes them".into(),
    };
    facts.push(("changes", changes));
    let own = human(&Owned::Bytes(system.memory.into()));
    let rings = human(&Owned::Bytes(system.rings.into()));
    let dropped = number(system.dropped);
    facts.push((
        "cellinit",
        text(&[
            &own,
            " of its own, ",
            &rings,
            " of logs, ",
            &dropped,
            " lines not sent",
        ]),
    ));
}

/// So many failed cells are told of.
const FAILED: usize = 8;

fn cells_by_state(facts: &mut Vec<Fact>, cells: &Cells<'_>) {
    let names = cells.names();
    let mut states: Vec<(&'static str, u32)> = Vec::new();
    let mut services: Vec<(&'static str, u32)> = Vec::new();
    let mut failed: Vec<String> = Vec::new();
    let mut drifted: Vec<&str> = Vec::new();
    for name in &names {
        let subject = cells.subject(name);
        count(&mut states, subject.state());
        if subject.is_outdated() || subject.enforced == Some(false) {
            drifted.push(name);
        }
        let Some(unit) = subject.unit else {
            continue;
        };
        count(&mut services, unit.state.name());
        let is_broken = matches!(
            unit.state,
            State::Failed | State::CrashLoop | State::Backoff | State::Degraded
        );
        if is_broken || unit.failures > 0 {
            let last = human(&ended(unit.last_exit));
            failed.push(text(&[name, ": ", unit.state.name(), ", ", &last]));
        }
    }
    facts.push(("cells", counted(&states)));
    facts.push(("services", counted(&services)));
    let drift = match drifted.as_slice() {
        [] => "none".into(),
        names => names.join(" "),
    };
    facts.push(("drift", drift));
    let last = facts.len();
    for line in failed.into_iter().take(FAILED) {
        facts.push((if facts.len() == last { "failed" } else { "" }, line));
    }
    if facts.len() == last {
        facts.push(("failed", "none".into()));
    }
}

fn count(counts: &mut Vec<(&'static str, u32)>, word: &'static str) {
    match counts.iter_mut().find(|(other, _)| *other == word) {
        Some((_, count)) => *count += 1,
        None => counts.push((word, 1)),
    }
}

fn counted(counts: &[(&'static str, u32)]) -> String {
    if counts.is_empty() {
        return "none".into();
    }
    let mut line = String::new();
    for (word, count) in counts {
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&number(*count));
        line.push(' ');
        line.push_str(word);
    }
    line
}
