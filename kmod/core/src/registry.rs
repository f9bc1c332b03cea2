//! Cells made and ended: what requests do to the table, one request at a time.

use core::sync::atomic::{AtomicU32, Ordering, fence};

use cell_abi::{CellName, Create, Handle, Refusal};

use crate::events::What;
use crate::plan::Plan;
use crate::slot::{Slot, State};
use crate::{Kernel, Stamp, Subject};

impl Kernel {
    /// The slot of a handle that names its present or last life. Table lock, or a credential of that handle, which keeps
    /// the slot from changing.
    #[inline(never)]
    pub(crate) fn slot_of(&self, handle: Handle) -> Option<&Slot> {
        self.slots
            .get(handle.slot())
            .filter(|slot| slot.handle() == handle && !handle.is_host())
    }

    /// The slot of a handle, if it is in one of these states.
    #[inline(never)]
    fn slot_in(&self, handle: Handle, states: State) -> Option<&Slot> {
        self.slot_of(handle).filter(|slot| slot.is(states))
    }

    /// Why there is no such slot, or it is not as it should be: `Stale` for an earlier life, `NoSuchCell` for one that
    /// never was, the host's included.
    #[inline(never)]
    fn missing(&self, handle: Handle) -> Refusal {
        let asked = handle.generation();
        let slot = self.slots.get(handle.slot());
        let last = slot.map_or(0, |slot| slot.handle().generation());
        if asked != 0 && asked < last {
            Refusal::Stale
        } else {
            Refusal::NoSuchCell
        }
    }

    #[inline(always)]
    fn active(&self, handle: Handle) -> Result<&Slot, Refusal> {
        match self.slot_in(handle, State::ACTIVE) {
            Some(slot) => Ok(slot),
            None => Err(self.missing(handle)),
        }
    }

    #[inline(always)]
    fn reserved(&self, handle: Handle) -> Result<&Slot, Refusal> {
        match self.slot_in(handle, State::RESERVED) {
            Some(slot) => Ok(slot),
            None => Err(self.missing(handle)),
        }
    }

    /// The slot of a cell, dying ones included.
    #[inline(always)]
    pub(crate) fn known(&self, handle: Handle) -> Result<&Slot, Refusal> {
        match self.slot_in(handle, State::KNOWN) {
            Some(slot) => Ok(slot),
            None => Err(self.missing(handle)),
        }
    }

    /// How many slots are in one of these states.
    #[inline(never)]
    pub(crate) fn count(&self, states: State) -> u8 {
        let slots = self.slots.iter();
        slots.fold(0, |sum, slot| sum + u8::from(slot.is(states)))
    }

    fn live(&self, handle: Handle) -> Option<&AtomicU32> {
        self.live.get(handle.slot())
    }

    /// Takes a slot, a name and ports for a cell, which nobody sees before [`Kernel::publish`]; [`Kernel::abandon`]
    /// gives them back. Table lock.
    ///
    /// # Errors
    /// In this order, and nothing is done: `NotPermitted` (not host root, or sealed), `Malformed` (two reservations
    /// with a port in common, a device number that none has), `Taken` (name or a port of a cell that is not dying, or
    /// of one being created), `TableFull`.
    pub fn create(&self, who: Subject, create: &Create<'_>, now_s: u32) -> Result<Handle, Refusal> {
        self.create_planned(who, &Plan::of(create, &self.draft), now_s)
    }

    pub(crate) fn create_planned(
        &self,
        who: Subject,
        plan: &Plan<'_>,
        now_s: u32,
    ) -> Result<Handle, Refusal> {
        self.require_change(who)?;
        if !plan.is_sound {
            return Err(Refusal::Malformed);
        }
        if self.slots.iter().any(|slot| holds(slot, plan)) {
            return Err(Refusal::Taken);
        }
        let (index, slot) = (0u8..)
            .zip(self.slots.iter())
            .find(|(_, slot)| slot.state() == State::FREE)
            .ok_or(Refusal::TableFull)?;
        let generation = match slot.handle().generation() {
            Handle::MAX_GENERATION.. => 1,
            last => last + 1,
        };
        let handle = Handle::new(index, generation);
        // Whoever walks ports and reads a word written below also sees that the earlier life's handle is gone: ports.rs.
        fence(Ordering::Release);
        slot.fill(plan, now_s);
        slot.set_handle(handle);
        slot.set_state(State::RESERVED);
        Ok(handle)
    }

    /// Makes what [`Kernel::create`] gave a cell. Table lock and event lock.
    ///
    /// # Errors
    /// `Stale` or `NoSuchCell`: not a handle of a cell being created.
    pub fn publish(&self, cell: Handle, at: Stamp) -> Result<(), Refusal> {
        let slot = self.reserved(cell)?;
        slot.life.open();
        slot.set_state(State::ACTIVE);
        self.summarise_ports();
        // Release: a decider that reads the handle reads the policy that was written before.
        if let Some(live) = self.live(cell) {
            live.store(cell.raw(), Ordering::Release);
        }
        self.events.push(cell, What::CREATE, 1, at);
        Ok(())
    }

    /// Gives back what [`Kernel::create`] took. Table lock.
    ///
    /// # Errors
    /// `Stale` or `NoSuchCell`: not a handle of a cell being created.
    pub fn abandon(&self, cell: Handle) -> Result<(), Refusal> {
        self.reserved(cell)?.set_state(State::FREE);
        Ok(())
    }

    /// Ends a cell without members. Its name and ports are free at once; as long as a credential carries its handle it
    /// is dying and its slot is kept. Table lock and event lock.
    ///
    /// # Errors
    /// `NotPermitted` (not host root, or sealed), `Stale`, `NoSuchCell` (dying ones included), `Busy` (members, or
    /// somebody is entering).
    pub fn destroy(&self, who: Subject, cell: Handle, at: Stamp) -> Result<(), Refusal> {
        self.require_change(who)?;
        let slot = self.active(cell)?;
        if !slot.places.no_members() || slot.entering.load(Ordering::Relaxed) != 0 {
            return Err(Refusal::Busy);
        }
        if let Some(live) = self.live(cell) {
            live.store(0, Ordering::Release);
        }
        slot.set_state(State::FREE);
        self.summarise_ports();
        slot.life.close();
        self.events.push(cell, What::DESTROY, 1, at);
        Ok(())
    }

    /// Whether the caller may enter; until [`Kernel::entered`] or [`Kernel::abandon_enter`], one of which must follow,
    /// it has a place in the cell, which cannot be destroyed. Table lock.
    ///
    /// # Errors
    /// `NotPermitted` (not host root), `Stale`, `NoSuchCell` (dying ones included), `Busy` (65,535 are entering),
    /// `Full` (the limit on processes).
    pub fn begin_enter(&self, who: Subject, cell: Handle) -> Result<(), Refusal> {
        who.require_host_root()?;
        let slot = self.active(cell)?;
        let entering = slot.entering.load(Ordering::Relaxed);
        let more = entering.checked_add(1).ok_or(Refusal::Busy)?;
        if !slot.places.take(slot.rules.limits.processes()) {
            return Err(Refusal::Full);
        }
        slot.entering.store(more, Ordering::Relaxed);
        Ok(())
    }

    /// The caller is in: one process more. Its credential is counted by [`Kernel::credential_shared`], before.
    /// Table lock and event lock.
    pub fn entered(&self, cell: Handle, at: Stamp) {
        if let Some(slot) = self.slot_in(cell, State::ACTIVE) {
            slot.places.fill();
            let _ = end_entering(slot);
            self.events.push(cell, What::ENTER, 1, at);
        }
    }

    /// The caller did not get in after all. Table lock.
    pub fn abandon_enter(&self, cell: Handle) {
        if let Some(slot) = self.slot_in(cell, State::ACTIVE)
            && end_entering(slot)
        {
            slot.places.give_back();
        }
    }

    /// Whether the caller may signal the members of a cell. Table lock.
    ///
    /// # Errors
    /// `NotPermitted` (not host root), `Stale`, `NoSuchCell` (dying ones included, which have no members).
    pub fn may_kill(&self, who: Subject, cell: Handle) -> Result<(), Refusal> {
        who.require_host_root()?;
        self.active(cell).map(drop)
    }

    /// The cell of that name that is not dying. Table lock.
    ///
    /// # Errors
    /// `NotPermitted` (from inside a cell), `NoSuchCell`.
    pub fn lookup(&self, who: Subject, name: CellName<'_>) -> Result<Handle, Refusal> {
        self.lookup_bytes(who, name.as_str().as_bytes())
    }

    pub(crate) fn lookup_bytes(&self, who: Subject, name: &[u8]) -> Result<Handle, Refusal> {
        who.require_host()?;
        self.slots
            .iter()
            .find(|slot| slot.is(State::ACTIVE) && slot.name.is(name))
            .map(Slot::handle)
            .ok_or(Refusal::NoSuchCell)
    }

    /// The first cell, dying or not, in the slots after that of `after`; [`Handle::HOST`] begins. Table lock.
    ///
    /// # Errors
    /// `NotPermitted` (from inside a cell), `NoSuchCell` at the end.
    pub fn next(&self, who: Subject, after: Handle) -> Result<Handle, Refusal> {
        who.require_host()?;
        let from = if after.is_host() { 0 } else { after.slot() + 1 };
        let mut slots = self.slots.get(from..).unwrap_or_default().iter();
        slots
            .find(|slot| slot.is(State::KNOWN))
            .map(Slot::handle)
            .ok_or(Refusal::NoSuchCell)
    }

    /// From now on nobody creates or destroys a cell. A second time changes nothing. Table lock and event lock.
    ///
    /// # Errors
    /// `NotPermitted` (not host root).
    pub fn seal(&self, who: Subject, at: Stamp) -> Result<(), Refusal> {
        who.require_host_root()?;
        if self.sealed.swap(1, Ordering::Relaxed) == 0 {
            self.events.push(Handle::HOST, What::SEAL, 1, at);
        }
        Ok(())
    }

    /// Whether it is sealed. No lock.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.sealed.load(Ordering::Relaxed) != 0
    }

    /// Cells, dying ones and those being created included: what keeps the module loaded. No lock, hence exact only
    /// under the table lock.
    #[must_use]
    pub fn cells(&self) -> u8 {
        self.count(State::ANY)
    }

    /// Whether some slot is only dying. Table lock.
    #[must_use]
    pub fn has_dying(&self) -> bool {
        self.count(State::DYING) != 0
    }

    fn require_change(&self, who: Subject) -> Result<(), Refusal> {
        who.require_host_root()?;
        if self.is_sealed() {
            Err(Refusal::NotPermitted)
        } else {
            Ok(())
        }
    }
}

/// One is not entering any more; whether there was one.
fn end_entering(slot: &Slot) -> bool {
    match slot.entering.load(Ordering::Relaxed).checked_sub(1) {
        Some(less) => {
            slot.entering.store(less, Ordering::Relaxed);
            true
        }
        None => false,
    }
}

/// Whether a slot has the name or a port that a new cell wants.
fn holds(slot: &Slot, plan: &Plan<'_>) -> bool {
    slot.is(State::NAMED)
        && (slot.name.is(plan.name) || slot.rules.ports.overlap(&plan.rules.ports))
}
