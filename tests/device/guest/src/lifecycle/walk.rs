//! Choosing the steps, and what the kernel says against what the model says.

use alloc::string::String;
use alloc::vec::Vec;

use cell_abi::{
    CellName, CellState, Create, Handle, Limits, MAX_CELLS, Policy, Profile, Refusal, RootPath,
};
use libcell::device::{CellDevice, DeviceError};
use libcell::entry::USAGE;
use libcell::platform::{Errno, Pid, Platform, System, signal};

use super::model::World;
use super::steps::{KINDS, Kind};
use crate::os;
use crate::random::Random;
use crate::results::{Results, say};

pub(super) type Fd = <System as Platform>::Fd;

/// What the cells' roots are: read-only, with this program in it.
pub const ROOT: &str = "/cells/test";

/// Names that cells have.
const NAMES: [&str; 8] = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen"];

/// A step that did not come to what was expected, and what it came to.
pub(super) type Wrong = String;

/// One walk.
pub(super) struct Walk<'s> {
    pub system: &'s System,
    pub device: CellDevice<'s, System>,
    pub world: World,
    pub random: Random,
    /// The members' sockets and processes, by the model's number.
    pub members: Vec<(u32, Pid, Fd)>,
    /// Open files that members passed.
    pub held: Vec<(Handle, Fd)>,
    pub numbers: u32,
}

/// Runs it. The module is loaded and has no cells.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    let [steps, seed] = rest else {
        say(
            system,
            2,
            format_args!("usage: celltest lifecycle STEPS SEED\n"),
        );
        return USAGE;
    };
    let (Ok(steps), Ok(seed)) = (steps.parse::<u32>(), seed.parse::<u64>()) else {
        say(
            system,
            2,
            format_args!("celltest: {steps} {seed}: not numbers\n"),
        );
        return USAGE;
    };
    let mut results = Results::new(system, "lifecycle");
    match CellDevice::open(system, "/dev/cell") {
        Ok(device) => Walk::new(system, device, seed).walk(steps, &mut results),
        Err(error) => results.fail("lifecycle", "/dev/cell", error),
    }
    results.finish()
}

impl<'s> Walk<'s> {
    fn new(system: &'s System, device: CellDevice<'s, System>, seed: u64) -> Self {
        Self {
            system,
            device,
            world: World::default(),
            random: Random::new(seed),
            members: Vec::new(),
            held: Vec::new(),
            numbers: 0,
        }
    }

    /// All steps, then the end of everything. Stops at the first that is wrong: what comes after it says nothing.
    fn walk(mut self, steps: u32, results: &mut Results<'_, System>) {
        let mut counts = [0u32; KINDS.len()];
        let weights: usize = KINDS.iter().map(|kind| kind.weight).sum();
        for step in 0..steps {
            let mut at = self.random.below(weights);
            let chosen = KINDS.iter().zip(&mut counts).find(|(kind, _)| {
                let here = at < kind.weight;
                at = at.saturating_sub(kind.weight);
                here
            });
            let Some((Kind { name, run, .. }, count)) = chosen else {
                continue;
            };
            *count += 1;
            if let Err(wrong) = run(&mut self).and_then(|()| self.check_one()) {
                results.fail(
                    format_args!("lifecycle.{name}"),
                    format_args!("step {step}"),
                    wrong,
                );
                return;
            }
        }
        for (kind, count) in KINDS.iter().zip(counts) {
            results.ok(format_args!("lifecycle.{} {count} times", kind.name));
        }
        match self.end() {
            Ok(()) => results.ok("lifecycle.end"),
            Err(wrong) => results.fail("lifecycle.end", "after everything ended", wrong),
        }
    }

    pub(super) fn make(
        &mut self,
        name: usize,
        profile: Profile,
        limit: Option<u16>,
    ) -> Result<Handle, DeviceError> {
        let name = cell_name(name)?;
        let create = self.creation(name.as_str(), profile, limit)?;
        self.device.create(create)
    }

    fn creation<'n>(
        &self,
        name: &'n str,
        profile: Profile,
        limit: Option<u16>,
    ) -> Result<Create<'n>, DeviceError> {
        let mut policy = Policy::of(profile);
        policy.limits = Limits {
            processes: limit,
            ..policy.limits
        };
        Ok(Create {
            name: CellName::new(name).map_err(|_| DeviceError::Unexpected)?,
            root: RootPath::new(ROOT).map_err(|_| DeviceError::Unexpected)?,
            policy,
        })
    }

    /// A cell at random, by its place in the model.
    pub(super) fn some_cell(&mut self) -> Option<usize> {
        match self.world.cells.len() {
            0 => None,
            count => Some(self.random.below(count)),
        }
    }

    /// Statistics of one cell against the model.
    fn check_one(&mut self) -> Result<(), Wrong> {
        let Some(at) = self.some_cell() else {
            return Ok(());
        };
        self.check(at)
    }

    pub(super) fn check(&self, at: usize) -> Result<(), Wrong> {
        let Some(cell) = self.world.cells.get(at) else {
            return Ok(());
        };
        let stats = told(self.device.stats(cell.handle))?;
        same("processes", stats.processes, cell.processes())?;
        same("forks", stats.forks, cell.forks)?;
        if stats.credentials == 0 && (cell.processes() > 0 || cell.held > 0) {
            return Err("no credential though it has members or open files".into());
        }
        Ok(())
    }

    /// The list against the model: every cell, dying ones too, and no other but those that the kernel's caches keep.
    pub(super) fn check_list(&self) -> Result<(), Wrong> {
        let mut wanted: Vec<(Handle, CellState)> = Vec::new();
        wanted.extend(
            self.world
                .cells
                .iter()
                .map(|cell| (cell.handle, CellState::Active)),
        );
        wanted.extend(
            self.world
                .dying
                .iter()
                .map(|(handle, _)| (*handle, CellState::Dying)),
        );
        wanted.sort_by_key(|(handle, _)| handle.slot());
        let mut found = self.list()?;
        found.retain(|(handle, state)| {
            *state == CellState::Active || !self.world.may_linger(*handle)
        });
        if found == wanted {
            Ok(())
        } else {
            Err(alloc::format!("listed {found:?}, expected {wanted:?}"))
        }
    }

    fn list(&self) -> Result<Vec<(Handle, CellState)>, Wrong> {
        let mut found = Vec::new();
        let mut after = Handle::HOST;
        let mut buffer = [0; 1024];
        while let Some(info) = told(self.device.next(after, &mut buffer))? {
            after = info.handle;
            found.push((info.handle, info.state));
        }
        Ok(found)
    }

    /// Waits until a cell has so many processes: those that nobody can wait for end when they get to it.
    pub(super) fn settle(&self, handle: Handle, processes: u32) -> Result<(), Wrong> {
        for _ in 0..500 {
            if told(self.device.stats(handle))?.processes == processes {
                return Ok(());
            }
            os::sleep_ms(10);
        }
        Err(alloc::format!("not {processes} processes after 5 s"))
    }

    /// Kills every member, and waits for those that are children of this process.
    pub(super) fn empty(&mut self, at: usize) -> Result<(), Wrong> {
        let Some(cell) = self.world.cells.get_mut(at) else {
            return Ok(());
        };
        let (handle, processes) = (cell.handle, cell.processes());
        let members = core::mem::take(&mut cell.members);
        cell.orphans = 0;
        // a member that has not ended after a while is sent the signal again, and counted again
        let killed = told(self.device.kill(handle, signal::KILL))?;
        if killed < processes {
            return same("killed", killed, processes);
        }
        for member in members {
            self.bury(member.number)?;
        }
        self.settle(handle, 0)
    }

    /// Waits for a member that ends.
    pub(super) fn bury(&mut self, number: u32) -> Result<(), Wrong> {
        let Some(at) = self.members.iter().position(|(known, ..)| *known == number) else {
            return Err("no such member".into());
        };
        let (_, pid, _) = self.members.remove(at);
        os::wait_for(pid).map_err(|errno| alloc::format!("wait: {errno:?}"))?;
        Ok(())
    }

    /// Ends everything: no member is left, no cell, and no slot that cannot be used again.
    fn end(mut self) -> Result<(), Wrong> {
        for at in 0..self.world.cells.len() {
            self.empty(at)?;
            self.check(at)?;
        }
        while let Some(cell) = self.world.cells.first() {
            let handle = cell.handle;
            told(self.device.destroy(handle))?;
            self.world.destroyed(handle);
        }
        self.check_list()?;
        while let Some((handle, file)) = self.held.pop() {
            drop(file);
            self.world.dropped(handle);
        }
        self.check_list()?;
        self.fill()
    }

    /// Fills the table: what the kernel's caches keep is taken from them.
    fn fill(&mut self) -> Result<(), Wrong> {
        let mut all = Vec::new();
        for number in 0..=MAX_CELLS {
            let name = alloc::format!("full-{number}");
            let create = told(self.creation(&name, Profile::High, None))?;
            match self.device.create(create) {
                Ok(handle) if number < MAX_CELLS => all.push(handle),
                Err(DeviceError::Refused(Refusal::TableFull)) if number == MAX_CELLS => {}
                Ok(_) => return Err("one cell more than there can be".into()),
                Err(error) => return Err(alloc::format!("cell {number}: {error}")),
            }
        }
        for handle in all {
            told(self.device.destroy(handle))?;
        }
        let hello = told(self.device.hello())?;
        same("cells", u32::from(hello.cells), 0)
    }
}

pub(super) fn cell_name(name: usize) -> Result<CellName<'static>, DeviceError> {
    let text = NAMES.get(name).copied().unwrap_or("other");
    CellName::new(text).map_err(|_| DeviceError::Unexpected)
}

/// How many names there are.
pub(super) const fn names() -> usize {
    NAMES.len()
}

pub(super) fn told<T>(result: Result<T, DeviceError>) -> Result<T, Wrong> {
    result.map_err(|error| alloc::format!("{error}"))
}

pub(super) fn same(what: &str, found: u32, expected: u32) -> Result<(), Wrong> {
    if found == expected {
        Ok(())
    } else {
        Err(alloc::format!("{what}: {found}, expected {expected}"))
    }
}

/// That it was refused so.
pub(super) fn refused<T>(result: Result<T, DeviceError>, expected: Refusal) -> Result<(), Wrong> {
    match result {
        Err(DeviceError::Refused(refusal)) if refusal == expected => Ok(()),
        Err(error) => Err(alloc::format!("{error}, expected: {expected}")),
        Ok(_) => Err(alloc::format!("done, expected: {expected}")),
    }
}

/// The same of a start, which has the errno.
pub(super) fn start_refused(result: Result<Pid, Errno>, expected: Refusal) -> Result<(), Wrong> {
    let errno = libcell::device::errno_of(expected);
    match result {
        Err(got) if got == errno => Ok(()),
        Err(got) => Err(alloc::format!("{got:?}, expected {errno:?}")),
        Ok(pid) => {
            let _ = os::signal(pid, signal::KILL);
            Err(alloc::format!("started, expected {errno:?}"))
        }
    }
}
