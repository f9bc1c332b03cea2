//! What runs: `start`, `stop`, `restart`, `shell`.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Client, Deed, Reply, Request};
use libcell::desired::Setting;
use libcell::options::Parsed;
use libcell::platform::Platform;

use crate::arguments as a;
use crate::change::{BOTH, RUNTIME, Scope};
use crate::failure::{Failure, misused, refused, text, told};
use crate::manager::{Asks, Manager};
use crate::settings;
use crate::world::{Depth, World, find, with};

/// Asks cellinit to do something with a cell, and waits until it has.
#[inline(never)]
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
    done(client, &request).map_err(|why| refused(cell, what.name(), &why))
}

/// Asks cellinit for something that is done or not; why not.
#[inline(never)]
pub(crate) fn done<P: Platform>(
    client: &mut Client<'_, P>,
    request: &Request<'_>,
) -> Result<(), String> {
    match client.ask(request) {
        Ok(Reply::Done) => Ok(()),
        Ok(Reply::Refused(why)) => Err(told(&why)),
        Ok(Reply::Failed(why)) => Err(why.into()),
        Ok(_) => Err("cellinit answered something else".into()),
        Err(why) => Err(text(&["cellinit: ", &told(&why)])),
    }
}

/// `cell start`, `stop` and `restart`
pub(crate) fn run<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
    what: Deed,
) -> Result<(), Failure> {
    let allowed = match what {
        Deed::Start | Deed::Stop => RUNTIME | BOTH,
        Deed::Restart => RUNTIME,
    };
    let scope = Scope::of(parsed, what.name(), allowed, "runtime")?;
    if parsed.rest(0).is_empty() != parsed.has(a::ALL) {
        return Err(misused(what.name(), "name", "names or --all"));
    }
    let mut client = manager.cellinit()?;
    with(manager, Depth::Units, &mut |manager, world| {
        let mut names: Vec<&str> = Vec::new();
        for name in parsed.rest(0) {
            settings::name(name, "cell")?;
            if world.runtime.unit(name).is_none() {
                return Err(refused(name, what.name(), "there is no such cell"));
            }
            names.push(name);
        }
        if parsed.has(a::ALL) {
            everybody(world, what, &mut names);
        }
        if scope.desired {
            let mut changed = world.changed();
            for name in &names {
                let entry = changed.entry(settings::name(name, "cell")?);
                entry.set(Setting::Autostart(what == Deed::Start));
            }
            changed.store(manager, &names.join(" "), what.name())?;
        }
        for name in &names {
            deed(&mut client, manager.operation, what, name)?;
            manager.done(&[name, ": ", what.name()]);
        }
        Ok(())
    })
}

/// Those that are meant by all, in the order to do it: what is to run, or what runs.
fn everybody<'w>(world: &'w World<'_>, what: Deed, names: &mut Vec<&'w str>) {
    match what {
        Deed::Start => {
            for cell in &world.desired.cells {
                if cell.autostart {
                    names.push(cell.name.as_str());
                }
            }
        }
        Deed::Stop | Deed::Restart => {
            for unit in world.runtime.units.iter().flatten() {
                if unit.pid != 0 || !unit.handle.is_host() {
                    names.push(&unit.name);
                }
            }
        }
    }
    if what == Deed::Stop {
        names.reverse();
    }
}

/// `cell shell`: becomes a process of the cell, as its user; the status is that process'.
pub(crate) fn shell<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<u8, Failure> {
    let mut nowhere = Nowhere;
    let mut manager = Manager::new(platform, &mut nowhere, Asks::Nobody);
    let name = parsed.operand(0);
    settings::name(name, "cell")?;
    let mut user = None;
    with(&mut manager, Depth::Definitions, &mut |_, world| {
        user = find(world.desired, name).map(crate::registry::user);
        Ok(())
    })?;
    // a name that reads as a number is a name all the same
    let cell = text(&["name:", name]);
    let mut words = Vec::from(["cellctl", "exec"]);
    if let Some(user) = &user {
        words.extend(["-u", user]);
    }
    words.push(&cell);
    words.extend(parsed.rest(1));
    Ok(cellctl::run(platform, &words))
}

/// Where nothing is written to.
pub(crate) struct Nowhere;

impl libcell::table::Lines for Nowhere {
    fn put(&mut self, _: &[u8]) -> Result<(), libcell::platform::Errno> {
        Ok(())
    }
}
