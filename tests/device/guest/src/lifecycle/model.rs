//! What the table of cells must be after each step: cells, their members, what outlives them.
//!
//! Pure: the same steps in the same order have the same expectations, and a test on the build host walks it.

use alloc::vec::Vec;

use cell_abi::{Handle, MAX_CELLS, Refusal};

#[cfg(test)]
mod tests;

/// A member that takes orders, by a number of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its number.
    pub number: u32,
    /// Children of it that sleep.
    pub children: u32,
    /// Whether it is still root.
    pub root: bool,
}

/// An active cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The kernel's name for it.
    pub handle: Handle,
    /// Which of the names it has.
    pub name: usize,
    /// Most processes, if limited.
    pub limit: Option<u16>,
    /// Members that take orders.
    pub members: Vec<Member>,
    /// Children whose parent has gone.
    pub orphans: u32,
    /// Forks of members since it was made.
    pub forks: u32,
    /// Open files with a credential of it that the host holds.
    pub held: u32,
}

impl Cell {
    /// Members of all kinds.
    #[must_use]
    pub fn processes(&self) -> u32 {
        let own = |member: &Member| 1 + member.children;
        self.orphans + self.members.iter().map(own).sum::<u32>()
    }

    /// Whether one more may be.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.limit
            .is_none_or(|limit| self.processes() < u32::from(limit))
    }
}

/// Everything.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Active.
    pub cells: Vec<Cell>,
    /// Destroyed, with what of them the host still holds.
    pub dying: Vec<(Handle, u32)>,
    /// Destroyed, and nothing of them held.
    pub gone: Vec<Handle>,
    /// Last generation of each slot that was used.
    last: Vec<(usize, u32)>,
}

impl World {
    /// The first slot that is free for certain. One before it, of a cell whose credentials only the kernel's caches
    /// still hold, may be free.
    #[must_use]
    pub fn free_slot(&self) -> usize {
        let used =
            |slot: &usize| self.has(*slot) || self.gone.iter().any(|handle| handle.slot() == *slot);
        (0..MAX_CELLS).find(|slot| !used(slot)).unwrap_or(MAX_CELLS)
    }

    /// Whether a slot is an active cell's, or one's that the host holds something of.
    fn has(&self, slot: usize) -> bool {
        self.cells.iter().any(|cell| cell.handle.slot() == slot)
            || self.dying.iter().any(|(handle, _)| handle.slot() == slot)
    }

    /// Whether a dying cell may be listed: something of it is held, or the kernel caches what was.
    #[must_use]
    pub fn may_linger(&self, handle: Handle) -> bool {
        handle.generation() == self.last(handle) && self.gone.contains(&handle)
    }

    /// The active cell of that name.
    #[must_use]
    pub fn named(&self, name: usize) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.name == name)
    }

    /// A cell was made. Whether its handle is one that it may have: a slot that is nobody's, none after the first that
    /// is free for certain, and a later life of it.
    pub fn created(&mut self, handle: Handle, name: usize, limit: Option<u16>) -> bool {
        let slot = handle.slot();
        let good =
            !self.has(slot) && slot <= self.free_slot() && handle.generation() > self.last(handle);
        self.last.retain(|(slot, _)| *slot != handle.slot());
        self.last.push((handle.slot(), handle.generation()));
        self.cells.push(Cell {
            handle,
            name,
            limit,
            members: Vec::new(),
            orphans: 0,
            forks: 0,
            held: 0,
        });
        good
    }

    fn last(&self, handle: Handle) -> u32 {
        self.last
            .iter()
            .find(|(slot, _)| *slot == handle.slot())
            .map_or(0, |(_, generation)| *generation)
    }

    /// What a handle that is no active cell's is refused with.
    #[must_use]
    pub fn refusal(&self, handle: Handle) -> Refusal {
        if handle.generation() < self.last(handle) {
            Refusal::Stale
        } else {
            Refusal::NoSuchCell
        }
    }

    /// An empty cell was destroyed.
    pub fn destroyed(&mut self, handle: Handle) {
        if let Some(at) = self.cells.iter().position(|cell| cell.handle == handle) {
            let cell = self.cells.remove(at);
            match cell.held {
                0 => self.gone.push(handle),
                held => self.dying.push((handle, held)),
            }
        }
    }

    /// The host closed an open file with a credential of this cell. Whether that was the last of a dying one.
    pub fn dropped(&mut self, handle: Handle) -> bool {
        if let Some(cell) = self.cells.iter_mut().find(|cell| cell.handle == handle) {
            cell.held -= 1;
        }
        let Some(at) = self.dying.iter().position(|(dying, _)| *dying == handle) else {
            return false;
        };
        if let Some((_, held)) = self.dying.get_mut(at) {
            *held -= 1;
            if *held > 0 {
                return false;
            }
        }
        self.dying.remove(at);
        self.gone.push(handle);
        true
    }
}
