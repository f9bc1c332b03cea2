//! The kernel again, written to be read: lists and maps, no atomics, no slots packed into words.

mod decide;
mod log;

use std::collections::{BTreeMap, HashSet};

use cell_abi::{
    CellInfo, CellName, CellState, Create, EventKind, Handle, Hello, MAX_CELLS, MINOR_ANY, Op,
    Policy, PolicyReport, Refusal, RootPath, Stats,
};
use cell_core::{Stamp, Subject};
pub use log::Log;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reserved,
    Active,
    Dying,
}

struct Cell {
    handle: Handle,
    name: String,
    root: String,
    policy: Policy,
    created_s: u32,
    state: State,
    processes: u32,
    /// Of those who may become processes.
    places: u32,
    entering: u32,
    credentials: u32,
    cpu_us: u64,
    forks: u32,
    denials: BTreeMap<Op, u32>,
}

impl Cell {
    fn has_room(&self) -> bool {
        let limit = self.policy.limits.processes;
        limit.is_none_or(|limit| self.processes + self.places < u32::from(limit))
    }
}

#[derive(Default)]
pub struct Reference {
    cells: Vec<Cell>,
    last_generation: BTreeMap<usize, u32>,
    issued: HashSet<Handle>,
    sealed: bool,
    pub log: Log,
}

impl Reference {
    fn change_by(&self, who: Subject) -> Result<(), Refusal> {
        root_only(who)?;
        if self.sealed {
            return Err(Refusal::NotPermitted);
        }
        Ok(())
    }

    fn position(&self, handle: Handle, states: &[State]) -> Result<usize, Refusal> {
        let found = self.cells.iter().position(|cell| cell.handle == handle);
        if let Some(index) = found {
            return if states.contains(&self.cells[index].state) {
                Ok(index)
            } else {
                Err(Refusal::NoSuchCell)
            };
        }
        let present = self.last_generation.get(&handle.slot());
        if self.issued.contains(&handle) && present != Some(&handle.generation()) {
            Err(Refusal::Stale)
        } else {
            Err(Refusal::NoSuchCell)
        }
    }

    fn in_state(&mut self, handle: Handle, states: &[State]) -> Result<&mut Cell, Refusal> {
        self.position(handle, states)
            .map(|index| &mut self.cells[index])
    }

    fn known(&self, who: Subject, handle: Handle) -> Result<&Cell, Refusal> {
        host_only(who)?;
        self.position(handle, &[State::Active, State::Dying])
            .map(|index| &self.cells[index])
    }

    fn active(&self, handle: Handle) -> Option<&Cell> {
        self.position(handle, &[State::Active])
            .ok()
            .map(|index| &self.cells[index])
    }

    pub fn create(
        &mut self,
        who: Subject,
        create: &Create<'_>,
        now_s: u32,
    ) -> Result<Handle, Refusal> {
        self.change_by(who)?;
        let mine = &create.policy.reservations;
        for (index, one) in mine.iter().enumerate() {
            if mine.iter().skip(index + 1).any(|two| one.overlaps(*two)) {
                return Err(Refusal::Malformed);
            }
        }
        for rule in &create.policy.devices {
            if rule.major > 4095 || (rule.minor > 1_048_575 && rule.minor != MINOR_ANY) {
                return Err(Refusal::Malformed);
            }
        }
        for cell in self.cells.iter().filter(|cell| cell.state != State::Dying) {
            let theirs = &cell.policy.reservations;
            if cell.name == create.name.as_str()
                || theirs.iter().any(|a| mine.iter().any(|b| a.overlaps(*b)))
            {
                return Err(Refusal::Taken);
            }
        }
        let slot = (0..MAX_CELLS)
            .find(|slot| self.cells.iter().all(|cell| cell.handle.slot() != *slot))
            .ok_or(Refusal::TableFull)?;
        let generation = self.last_generation.entry(slot).or_insert(0);
        *generation += 1;
        let handle = Handle::new(slot as u8, *generation);
        assert!(self.issued.insert(handle), "{handle} was given twice");
        self.cells.push(Cell {
            handle,
            name: create.name.as_str().to_string(),
            root: create.root.as_str().to_string(),
            policy: create.policy.clone(),
            created_s: now_s,
            state: State::Reserved,
            processes: 0,
            places: 0,
            entering: 0,
            credentials: 0,
            cpu_us: 0,
            forks: 0,
            denials: BTreeMap::new(),
        });
        Ok(handle)
    }

    pub fn publish(&mut self, handle: Handle, at: Stamp) -> Result<(), Refusal> {
        self.in_state(handle, &[State::Reserved])?.state = State::Active;
        self.log.push(handle, EventKind::Create, at);
        Ok(())
    }

    pub fn abandon(&mut self, handle: Handle) -> Result<(), Refusal> {
        let index = self.position(handle, &[State::Reserved])?;
        self.cells.remove(index);
        Ok(())
    }

    pub fn destroy(&mut self, who: Subject, handle: Handle, at: Stamp) -> Result<(), Refusal> {
        self.change_by(who)?;
        let index = self.position(handle, &[State::Active])?;
        if self.cells[index].processes + self.cells[index].entering != 0 {
            return Err(Refusal::Busy);
        }
        if self.cells[index].credentials == 0 {
            self.cells.remove(index);
        } else {
            self.cells[index].state = State::Dying;
        }
        self.log.push(handle, EventKind::Destroy, at);
        Ok(())
    }

    pub fn begin_enter(&mut self, who: Subject, handle: Handle) -> Result<(), Refusal> {
        root_only(who)?;
        let cell = self.in_state(handle, &[State::Active])?;
        if !cell.has_room() {
            return Err(Refusal::Full);
        }
        cell.entering += 1;
        cell.places += 1;
        Ok(())
    }

    pub fn entered(&mut self, handle: Handle, at: Stamp) {
        let cell = self.in_state(handle, &[State::Active]).unwrap();
        cell.entering -= 1;
        cell.places -= 1;
        cell.processes += 1;
        self.log.push(handle, EventKind::Enter, at);
    }

    pub fn abandon_enter(&mut self, handle: Handle) {
        let cell = self.in_state(handle, &[State::Active]).unwrap();
        cell.entering -= 1;
        cell.places -= 1;
    }

    pub fn may_kill(&mut self, who: Subject, handle: Handle) -> Result<(), Refusal> {
        root_only(who)?;
        self.in_state(handle, &[State::Active]).map(|_| ())
    }

    pub fn lookup(&self, who: Subject, name: CellName<'_>) -> Result<Handle, Refusal> {
        host_only(who)?;
        self.cells
            .iter()
            .find(|cell| cell.state == State::Active && cell.name == name.as_str())
            .map(|cell| cell.handle)
            .ok_or(Refusal::NoSuchCell)
    }

    pub fn next(&self, who: Subject, after: Handle) -> Result<Handle, Refusal> {
        host_only(who)?;
        self.cells
            .iter()
            .filter(|cell| cell.state != State::Reserved)
            .map(|cell| cell.handle)
            .filter(|handle| after.is_host() || handle.slot() > after.slot())
            .min_by_key(|handle| handle.slot())
            .ok_or(Refusal::NoSuchCell)
    }

    pub fn seal(&mut self, who: Subject, at: Stamp) -> Result<(), Refusal> {
        root_only(who)?;
        if !self.sealed {
            self.sealed = true;
            self.log.push(Handle::HOST, EventKind::Seal, at);
        }
        Ok(())
    }

    pub fn has_dying(&self) -> bool {
        self.cells.iter().any(|cell| cell.state == State::Dying)
    }

    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    pub fn hello(&self, who: Subject) -> Hello {
        let seen = self
            .cells
            .iter()
            .filter(|cell| cell.state != State::Reserved);
        Hello {
            version: 1,
            operations: 90,
            max_cells: 64,
            cells: seen.count() as u8,
            sealed: self.sealed,
            caller: who.cell,
        }
    }

    pub fn info(&self, who: Subject, handle: Handle, now_s: u32) -> Result<CellInfo<'_>, Refusal> {
        let cell = self.known(who, handle)?;
        Ok(CellInfo {
            handle,
            name: CellName::new(&cell.name).unwrap(),
            root: RootPath::new(&cell.root).unwrap(),
            profile: cell.policy.profile,
            state: if cell.state == State::Dying {
                CellState::Dying
            } else {
                CellState::Active
            },
            processes: cell.processes,
            credentials: cell.credentials,
            age_s: now_s - cell.created_s,
            limits: cell.policy.limits,
        })
    }

    pub fn stats(&self, who: Subject, handle: Handle, now_s: u32) -> Result<Stats, Refusal> {
        let cell = self.known(who, handle)?;
        Ok(Stats {
            processes: cell.processes,
            credentials: cell.credentials,
            age_s: now_s - cell.created_s,
            cpu_us: cell.cpu_us,
            resident_kib: 0,
            virtual_kib: 0,
            forks: cell.forks,
            denials: cell.denials.values().sum(),
        })
    }

    pub fn policy(&self, who: Subject, handle: Handle) -> Result<PolicyReport, Refusal> {
        let cell = self.known(who, handle)?;
        Ok(PolicyReport {
            policy: cell.policy.clone(),
            denials: cell.denials.iter().map(|(op, n)| (*op, *n)).collect(),
        })
    }

    pub fn credential_shared(&mut self, handle: Handle) {
        let both = [State::Active, State::Dying];
        self.in_state(handle, &both).unwrap().credentials += 1;
    }

    pub fn credential_dropped(&mut self, handle: Handle) {
        let index = self.position(handle, &[State::Active, State::Dying]);
        let cell = &mut self.cells[index.unwrap()];
        cell.credentials -= 1;
        if cell.credentials == 0 && cell.state == State::Dying {
            self.cells.remove(index.unwrap());
        }
    }

    pub fn process_forked(&mut self, handle: Handle) {
        let cell = self.in_state(handle, &[State::Active]).unwrap();
        cell.places -= 1;
        cell.processes += 1;
        cell.forks += 1;
    }

    pub fn fork_abandoned(&mut self, handle: Handle) {
        if let Ok(cell) = self.in_state(handle, &[State::Active]) {
            cell.places -= 1;
        }
    }

    pub fn take_place(&mut self, handle: Handle) {
        self.in_state(handle, &[State::Active]).unwrap().places += 1;
    }

    pub fn process_exited(&mut self, handle: Handle, cpu_us: u64) {
        let cell = self.in_state(handle, &[State::Active]).unwrap();
        cell.processes -= 1;
        cell.cpu_us += cpu_us;
    }

    pub fn denied(&mut self, who: Subject, op: Op, at: Stamp) -> bool {
        let both = [State::Active, State::Dying];
        let Ok(cell) = self.in_state(who.cell, &both) else {
            return false;
        };
        *cell.denials.entry(op).or_insert(0) += 1;
        let by_limit = op == Op::ProcessFork && cell.policy.may.contains(op);
        self.log.denied(who.cell, (!by_limit).then_some(op), at)
    }

    /// What the events and the counters must agree on, once nothing is untold.
    pub fn denials_of(&self, handle: Handle) -> Option<&BTreeMap<Op, u32>> {
        let cell = self.cells.iter().find(|cell| cell.handle == handle)?;
        Some(&cell.denials)
    }
}

fn root_only(who: Subject) -> Result<(), Refusal> {
    if who == Subject::HOST_ROOT {
        Ok(())
    } else {
        Err(Refusal::NotPermitted)
    }
}

fn host_only(who: Subject) -> Result<(), Refusal> {
    if who.cell == Handle::HOST {
        Ok(())
    } else {
        Err(Refusal::NotPermitted)
    }
}
