//! What is desired and what is there, read once: no file is written and no program started for it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use cell_abi::{
    CellInfo, CellName, CellState, Denials, Handle, Policy, PolicyReport, Profile, Refusal, Stats,
};
use libcell::control::{self, Changes, Client, LastExit, Reply, Request, State};
use libcell::desired::store::Stored;
use libcell::desired::{Base, CellEntry, IMAGE, Overrides, Paths, RESCUE, Source, slot};
use libcell::device::{self, Buffer, CellDevice, DeviceError};
use libcell::image::{Cell, Image};
use libcell::platform::Platform;
use libcell::{desired, state, trust};

use crate::failure::{FAILED, Failure, failed, refused, text};
use crate::manager::Manager;

/// What is asked of a device, more of it further down.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// Its definitions.
    Definitions,
    /// And what cellinit says.
    Units,
    /// And the kernel's list.
    List,
    /// And what is enforced on each cell.
    Policy,
    /// And what each uses.
    Stats,
}

/// A device.
pub(crate) struct World<'w> {
    /// As it was built.
    pub built: &'w Image<'w>,
    /// The beginning of the image's digest.
    pub digest: [u8; 8],
    /// As it is desired; as it was built where [`Self::problem`] says why.
    pub desired: &'w Image<'w>,
    /// What was changed, to be changed.
    pub changes: Overrides<'w>,
    stored: Option<&'w Stored>,
    /// In the place of changes that are not there.
    nobody: CellEntry<'w>,
    /// Why the changes cannot be used.
    pub problem: Option<String>,
    pub runtime: Runtime,
}

/// What is done with a device.
pub(crate) type Work<'f, P> =
    &'f mut dyn FnMut(&mut Manager<'_, '_, P>, &mut World<'_>) -> Result<(), Failure>;

/// Runs `work` over a device whose changes are good.
#[inline(never)]
pub(crate) fn with<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    depth: Depth,
    work: Work<'_, P>,
) -> Result<(), Failure> {
    look(manager, depth, &mut |manager, world| {
        if let Some(problem) = world.problem.take() {
            return Err(Failure::new(FAILED, problem));
        }
        work(manager, world)
    })
}

/// Runs `work` over a device, whatever is in its store.
#[inline(never)]
pub(crate) fn look<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    depth: Depth,
    work: Work<'_, P>,
) -> Result<(), Failure> {
    let source = source(manager)?;
    let told = |why: desired::Unusable<'_>| Failure::new(FAILED, why.told());
    let built = source.baked().map_err(told)?;
    let (changed, problem) = match source.desired() {
        Ok(changed) => (Some(changed), None),
        Err(why) => (None, Some(why.told())),
    };
    let stored = source.stored().ok();
    let runtime = Runtime::load(manager, depth)?;
    let mut world = World {
        built: &built.image,
        digest: built.digest,
        desired: changed
            .as_ref()
            .map_or(&built.image, |desired| &desired.image),
        changes: stored.map_or_else(Overrides::default, Stored::overrides),
        stored,
        nobody: CellEntry {
            name: CellName::SOME,
            base: Base::Image,
            settings: Vec::new(),
        },
        problem,
        runtime,
    };
    work(manager, &mut world)
}

/// Reads the image and the changes.
fn source<P: Platform>(manager: &Manager<'_, '_, P>) -> Result<Source, Failure> {
    let prefix = manager.platform.prefix();
    let paths = Paths {
        image: &text(&[prefix, IMAGE]),
        rescue: &text(&[prefix, RESCUE]),
        key: &text(&[prefix, trust::PATH]),
    };
    let mut said = String::new();
    let loaded = Source::load(manager.platform, &paths, prefix, &mut |line| {
        if said.is_empty() {
            let _ = said.write_fmt(line);
        }
    });
    loaded.ok_or_else(|| Failure::new(FAILED, said))
}

impl<'w> World<'w> {
    /// The same device, to be changed by what lives shorter; nothing of what runs is in it.
    #[inline(never)]
    pub fn changed<'c>(&'c self) -> World<'c>
    where
        'w: 'c,
    {
        World {
            built: self.built,
            digest: self.digest,
            desired: self.desired,
            changes: self
                .stored
                .map_or_else(Overrides::default, Stored::overrides),
            stored: self.stored,
            nobody: CellEntry {
                name: CellName::SOME,
                base: Base::Image,
                settings: Vec::new(),
            },
            problem: None,
            runtime: Runtime::default(),
        }
    }

    /// Without changes that are none.
    pub fn tidy(&mut self) {
        self.changes
            .cells
            .retain(|entry| entry.base != Base::Image || !entry.settings.is_empty());
    }

    /// The changes of a cell, to be changed; made if there are none.
    #[inline(never)]
    pub fn entry(&mut self, name: CellName<'w>) -> &mut CellEntry<'w> {
        let cells = &mut self.changes.cells;
        let at = cells.iter().position(|entry| entry.name == name);
        let at = at.unwrap_or_else(|| {
            cells.push(CellEntry {
                name,
                base: Base::Image,
                settings: Vec::new(),
            });
            cells.len() - 1
        });
        // it is there by now
        cells.get_mut(at).unwrap_or(&mut self.nobody)
    }

    /// Writes the changes in the place of those in the store, if they go with the image, and tells.
    #[inline(never)]
    pub fn store<P: Platform>(
        &self,
        manager: &mut Manager<'_, '_, P>,
        object: &str,
        what: &str,
    ) -> Result<(), Failure> {
        let Some(stored) = self.stored else {
            return Err(refused(state::DIRECTORY, what, "damaged"));
        };
        let fail = |why: &dyn core::fmt::Display| failed(object, what, why);
        let mut changes = Vec::new();
        desired::pour_changes(&self.changes, &mut |more| changes.extend_from_slice(more));
        let again = slot::decode(&changes).map_err(|why| fail(&why))?;
        desired::merge(self.built, again).map_err(|conflict| {
            let why = crate::failure::told(&conflict.why);
            match conflict.object {
                Some(other) if other != object => refused(object, what, &text(&[other, " ", &why])),
                Some(_) | None => refused(object, what, &why),
            }
        })?;
        // nothing was ever changed: two lists of nothing
        let before = match stored.body() {
            [] => &[0, 0],
            body => body,
        };
        if before == changes {
            manager.done(&[object, ": ", what, ": nothing to change"]);
            return Ok(());
        }
        stored
            .replace(manager.platform, manager.platform.prefix(), &self.changes)
            .map_err(|why| failed(object, text(&[what, ": ", state::DIRECTORY]).as_str(), &why))?;
        manager.done(&[object, ": ", what]);
        manager.note(&[object, ": ", what]);
        Ok(())
    }

    /// Every name, the desired ones first.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let units = self.runtime.units.iter().flatten();
        let units = units.map(|unit| unit.name.as_str());
        let kernel = self.runtime.kernel.iter().map(|cell| cell.name.as_str());
        let images = [self.desired, self.built];
        let cells = images.into_iter().flat_map(|image| &image.cells);
        let cells = cells.map(|cell| cell.name.as_str());
        for name in cells.chain(units).chain(kernel) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// A cell of the kernel.
pub(crate) struct Kernel {
    pub name: String,
    pub handle: Handle,
    pub root: String,
    pub state: CellState,
    /// What it uses; of a cell that was only listed, what the listing says.
    pub stats: Stats,
    /// What is enforced on it, if that was asked.
    pub policy: Option<Box<Policy>>,
}

/// A cell of cellinit.
pub(crate) struct Unit {
    /// Its index there.
    pub index: u8,
    pub name: String,
    pub state: State,
    pub handle: Handle,
    pub pid: u32,
    pub restarts: u32,
    pub failures: u16,
    pub since_ms: u64,
    pub last_exit: LastExit,
    pub health_failures: u8,
    pub definition: [u8; 8],
}

/// What is there.
#[derive(Default)]
pub(crate) struct Runtime {
    pub kernel: Vec<Kernel>,
    /// `None` if cellinit does not run.
    pub units: Option<Vec<Unit>>,
}

impl Runtime {
    #[inline(never)]
    fn load<P: Platform>(manager: &Manager<'_, '_, P>, depth: Depth) -> Result<Self, Failure> {
        let mut runtime = Self::default();
        if depth >= Depth::List {
            runtime.kernel = kernel(manager, depth)?;
        }
        if depth >= Depth::Units
            && let Ok(mut client) = manager.cellinit()
        {
            runtime.units = Some(units(&mut client)?);
        }
        Ok(runtime)
    }

    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.units.iter().flatten().find(|unit| unit.name == name)
    }

    pub fn cell(&self, name: &str) -> Option<&Kernel> {
        self.kernel.iter().find(|cell| cell.name == name)
    }
}

/// The kernel's cells.
#[inline(never)]
pub(crate) fn kernel<P: Platform>(
    manager: &Manager<'_, '_, P>,
    depth: Depth,
) -> Result<Vec<Kernel>, Failure> {
    let path = manager.path(device::PATH);
    let mut cells = Vec::new();
    match ask(manager.platform, &path, depth, &mut cells) {
        Ok(()) => Ok(cells),
        Err(why) => Err(failed(&path, "read", &why)),
    }
}

fn ask<P: Platform>(
    platform: &P,
    path: &str,
    depth: Depth,
    cells: &mut Vec<Kernel>,
) -> Result<(), DeviceError> {
    let device = CellDevice::open(platform, path)?;
    device.hello()?;
    let mut buffer: Buffer = [0; 1024];
    let mut after = Handle::HOST;
    while let Some(info) = device.next(after, &mut buffer)? {
        after = info.handle;
        let mut cell = listed(&info);
        match details(&device, depth, &mut cell) {
            Ok(()) => cells.push(cell),
            // it has gone since
            Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(())
}

fn details<P: Platform>(
    device: &CellDevice<'_, P>,
    depth: Depth,
    cell: &mut Kernel,
) -> Result<(), DeviceError> {
    if depth >= Depth::Stats {
        cell.stats = device.stats(cell.handle)?;
    }
    if depth >= Depth::Policy {
        let mut report = PolicyReport {
            policy: Policy::of(Profile::Custom),
            denials: Denials::new(),
        };
        device.policy_into(cell.handle, &mut report)?;
        cell.policy = Some(Box::new(report.policy));
    }
    Ok(())
}

fn listed(info: &CellInfo<'_>) -> Kernel {
    Kernel {
        name: info.name.as_str().into(),
        handle: info.handle,
        root: info.root.as_str().into(),
        state: info.state,
        stats: Stats {
            processes: info.processes,
            credentials: info.credentials,
            age_s: info.age_s,
            ..Stats::default()
        },
        policy: None,
    }
}

/// Every cell that cellinit knows.
#[inline(never)]
pub(crate) fn units<P: Platform>(client: &mut Client<'_, P>) -> Result<Vec<Unit>, Failure> {
    let mut units = Vec::new();
    for index in 0..=u8::MAX {
        match client.ask(&Request::Status(index)) {
            Ok(Reply::Cell(status)) => units.push(unit(index, &status)),
            Ok(_) => break,
            Err(why) => return Err(failed("cellinit", "status", &why)),
        }
    }
    Ok(units)
}

fn unit(index: u8, status: &control::Status<'_>) -> Unit {
    Unit {
        index,
        name: status.name.into(),
        state: status.state,
        handle: status.handle,
        pid: status.pid,
        restarts: status.restarts,
        failures: status.failures,
        since_ms: status.since_ms,
        last_exit: status.last_exit,
        health_failures: status.health_failures,
        definition: status.definition,
    }
}

/// The cell of that name in an image.
pub(crate) fn find<'i, 'a>(image: &'i Image<'a>, name: &str) -> Option<&'i Cell<'a>> {
    image.cells.iter().find(|cell| cell.name.as_str() == name)
}

/// What cellinit made of the changes, as text.
pub(crate) fn made(changes: Changes) -> String {
    match changes {
        Changes::Made(0) => "none".into(),
        Changes::Made(generation) => text(&["generation ", &crate::failure::decimal(generation)]),
        Changes::Refused => "REFUSED: the image runs without; system reset undoes them".into(),
    }
}
