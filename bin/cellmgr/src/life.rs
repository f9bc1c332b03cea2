//! What runs: `start`, `stop`, `restart`, `shell`.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Client, Deed, Reply, Request};
use libcell::desired::{Base, CellEntry, Setting};
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::state;

use crate::arguments as a;
use crate::change::{self, Scope};
use crate::failure::{Failure, failed, misused, text};
use crate::manager::{Asks, Manager};
use crate::registry;
use crate::settings;
use crate::world::{self, find};

/// Asks cellinit to do something with a cell, and waits until it has.
pub(crate) fn deed<P: Platform>(
    client: &mut Client<'_, P>,
    operation: u32,
    what: Deed,
    cell: &str,
) -> Result<(), Failure> {
    let request = Request::Do {
        operation,
        what,
        cell,
    };
    let fail = |why: &dyn core::fmt::Display| Err(failed(cell, what.name(), why));
    match client.ask(&request) {
        Ok(Reply::Done) => Ok(()),
        Ok(Reply::Refused(why)) => fail(&why),
        Ok(Reply::Failed(why)) => fail(&why),
        Ok(_) => fail(&"cellinit answered something else"),
        Err(why) => fail(&text(&["cellinit: ", &crate::failure::told(&why)])),
    }
}

/// `cell start`, `stop` and `restart`
pub(crate) fn run<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    what: Deed,
) -> Result<(), Failure> {
    let command = text(&["cell ", what.name()]);
    let scope = match what {
        Deed::Start | Deed::Stop => Scope::of(parsed, &command, "runtime both", "runtime")?,
        Deed::Restart => Scope::of(parsed, &command, "runtime", "runtime")?,
    };
    let mut client = manager.cellinit()?;
    let mut names: Vec<String> = parsed
        .rest(0)
        .iter()
        .map(|name| String::from(*name))
        .collect();
    match (names.is_empty(), parsed.has(a::ALL)) {
        (true, true) => names = everybody(manager, &mut client, what)?,
        (false, false) => {}
        (true, false) => return Err(misused(&command, "name", "missing: names or --all")),
        (false, true) => return Err(misused(&command, "name", "names or --all")),
    }
    let known = world::units(&mut client)?;
    for name in &names {
        settings::name(name, "cell")?;
        if !known.iter().any(|unit| unit.name == *name) {
            return Err(failed(name, what.name(), &"there is no such cell"));
        }
    }
    if scope.desired {
        remember(manager, &names, what)?;
    }
    for name in &names {
        deed(&mut client, manager.operation, what, name)?;
        manager.done(&text(&[name, ": ", what.name()]));
    }
    Ok(())
}

/// Those that are meant by all, in the order to do it: what is to run, or what runs.
fn everybody<P: Platform>(
    manager: &Manager<'_, '_, P>,
    client: &mut Client<'_, P>,
    what: Deed,
) -> Result<Vec<String>, Failure> {
    let units = world::units(client)?;
    let mut names: Vec<String> = match what {
        Deed::Start => {
            let source = world::source(manager)?;
            let desired = world::desired(&source)?;
            let cells = desired.image.cells.iter().filter(|cell| cell.autostart);
            cells.map(|cell| cell.name.as_str().into()).collect()
        }
        Deed::Stop | Deed::Restart => units
            .iter()
            .filter(|unit| unit.pid != 0 || !unit.handle.is_host())
            .map(|unit| unit.name.clone())
            .collect(),
    };
    match what {
        Deed::Stop => names.reverse(),
        Deed::Start | Deed::Restart => {}
    }
    Ok(names)
}

/// Writes into the definitions that cells are to be started at boot, or not.
fn remember<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    names: &[String],
    what: Deed,
) -> Result<(), Failure> {
    let source = world::source(manager)?;
    let stored = source
        .stored()
        .map_err(|why| failed(state::DIRECTORY, "read", &why))?;
    let mut overrides = stored.overrides();
    for name in names {
        let name = settings::name(name, "cell")?;
        let mut entry = match overrides.cell(name) {
            Some(entry) => entry.clone(),
            None => CellEntry {
                name,
                base: Base::Image,
                settings: Vec::new(),
            },
        };
        entry.set(Setting::Autostart(what == Deed::Start));
        overrides.put_cell(entry);
    }
    let object = names.first().map_or("cell", String::as_str);
    change::store(manager, &source, object, what.name(), &overrides)
}

/// `cell shell`: becomes a process of the cell, as its user; the status is that process'.
pub(crate) fn shell<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<u8, Failure> {
    let mut nowhere = Nowhere;
    let manager = Manager::new(platform, &mut nowhere, Asks::Nobody);
    let name = parsed.operand(0);
    settings::name(name, "cell")?;
    let source = world::source(&manager)?;
    let desired = world::desired(&source)?;
    let user = find(&desired.image, name).map(|cell| {
        let subject = registry::cell::Subject {
            name,
            desired: Some((&desired.image, cell)),
            ..registry::cell::Subject::default()
        };
        let selection = registry::named::<registry::cell::Subject<'_>>("supervise_run_as");
        registry::row(&selection.unwrap_or_default(), &subject)
    });
    let user = user.and_then(|row| row.into_iter().next());
    // a name that reads as a number is a name all the same
    let cell = text(&["name:", name]);
    let mut words = Vec::from(["cellctl", "exec"]);
    if let Some(libcell::table::Owned::Text(user)) = &user {
        words.extend(["-u", user]);
    }
    words.push(&cell);
    words.extend(parsed.rest(1));
    Ok(cellctl::run(platform, &words))
}

/// Where nothing is written to.
struct Nowhere;

impl libcell::table::Lines for Nowhere {
    fn put(&mut self, _: &[u8]) -> Result<(), libcell::platform::Errno> {
        Ok(())
    }
}
