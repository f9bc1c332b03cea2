//! Hooks: credentials and processes come and go.

use core::sync::atomic::Ordering;

use cell_abi::{Handle, Op};

use crate::events::What;
use crate::{Kernel, Stamp, Subject};

impl Kernel {
    /// A credential that carries `cell` was copied, or made by enter. No lock.
    pub fn credential_shared(&self, cell: Handle) {
        if let Some(slot) = self.slot_of(cell) {
            slot.life.share();
        }
    }

    /// A credential that carries `cell` was freed; with the last one a dying cell's slot is free. No lock.
    pub fn credential_dropped(&self, cell: Handle) {
        if let Some(slot) = self.slot_of(cell) {
            slot.life.drop_one();
        }
    }

    /// A member forked on the place that [`Kernel::ask_fork`] gave it: one process more. No lock.
    pub fn process_forked(&self, cell: Handle) {
        if let Some(slot) = self.slot_of(cell) {
            slot.places.fill();
            slot.forks.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A member gives back the place that [`Kernel::ask_fork`] gave it: it did not fork. No lock.
    pub fn fork_abandoned(&self, cell: Handle) {
        if let Some(slot) = self.slot_of(cell) {
            slot.places.give_back();
        }
    }

    /// From now on no member forks. Said again in each round of a killing: another may have ended. No lock.
    pub fn doom(&self, cell: Handle) {
        if let Some(slot) = self.slot_of(cell) {
            slot.doomed.store(cell.raw(), Ordering::Relaxed);
        }
    }

    /// The killing is over. No lock.
    pub fn spare(&self, cell: Handle) {
        if let Some(slot) = self.slots.get(cell.slot()) {
            // Where it is not this cell's the slot lives again, and that life is somebody else's to spare.
            let (this, none) = (cell.raw(), Handle::HOST.raw());
            let _ = slot
                .doomed
                .compare_exchange(this, none, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Members of a cell; 0 of one that is gone. No lock.
    #[must_use]
    pub fn members(&self, cell: Handle) -> u32 {
        self.slot_of(cell).map_or(0, |slot| slot.places.members())
    }

    /// A place is taken whatever the limit, by a fork that nobody asked about. No lock.
    pub fn take_place(&self, cell: Handle) {
        if let Some(slot) = self.slot_of(cell) {
            // As many as can be counted are never taken.
            let _ = slot.places.take(u32::MAX);
        }
    }

    /// A member is gone, with `cpu_us` microseconds of CPU time. Event lock.
    pub fn process_exited(&self, cell: Handle, cpu_us: u64) {
        if let Some(slot) = self.slot_of(cell) {
            slot.add_cpu_us(cpu_us);
            slot.places.leave();
        }
    }

    /// Counts a denial and folds it into the events; whether readers have something new. Denials of the host's users
    /// are not counted: no cell is to blame. Event lock.
    #[must_use = "readers wait"]
    pub fn denied(&self, who: Subject, op: Op, at: Stamp) -> bool {
        let Some(slot) = self.slot_of(who.cell) else {
            return false;
        };
        slot.denials.add(op);
        let what = match op {
            Op::ProcessFork if slot.rules.may.contain(op) => What::LIMIT,
            _ => What::denial(op),
        };
        let before = self.events.end();
        self.fold.note(who.cell, what, at, &self.events);
        self.events.end() != before
    }
}
