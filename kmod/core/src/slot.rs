//! One slot of the table.

use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, Ordering};

use cell_abi::{Handle, NAME_MAX, ROOT_MAX};

use crate::denials::Denials;
use crate::life::Life;
use crate::places::Places;
use crate::plan::Plan;
use crate::rules::Rules;
use crate::text::Text;

/// What requests see of a slot; a set of these where several will do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u8);

impl State {
    /// No cell: a vacant slot without credentials. Stored as such, as dying is: [`Life`] tells which.
    pub(crate) const FREE: Self = Self(0);
    /// Being created: name and ports are taken, nobody sees it.
    pub(crate) const RESERVED: Self = Self(1);
    /// A cell.
    pub(crate) const ACTIVE: Self = Self(2);
    /// Destroyed, but a credential lives.
    pub(crate) const DYING: Self = Self(4);

    /// What has a name and ports.
    pub(crate) const NAMED: Self = Self(Self::RESERVED.0 | Self::ACTIVE.0);
    /// What is listed.
    pub(crate) const KNOWN: Self = Self(Self::ACTIVE.0 | Self::DYING.0);
    /// All but free.
    pub(crate) const ANY: Self = Self(Self::KNOWN.0 | Self::RESERVED.0);
}

/// A slot. What deciders read stands apart from what hooks count, so that a fork costs no other processor a
/// cache line that it decides with.
#[repr(C)]
pub(crate) struct Slot {
    // Read without a lock; written while the slot is free.
    pub(crate) rules: Rules,
    // Table lock.
    pub(crate) name: Text<NAME_MAX>,
    pub(crate) root: Text<ROOT_MAX>,
    pub(crate) created_s: AtomicU32,
    /// [`State::FREE`] also of a dying one.
    state: AtomicU8,
    /// Callers between `begin_enter` and its end.
    pub(crate) entering: AtomicU16,
    // Event lock.
    pub(crate) denials: Denials,
    cpu_us: Micros,
    told_us: Micros,
    // Counted and set without a lock.
    /// The handle of the cell that is being killed, 0 for none. Not a flag: whoever kills holds no lock, and may come
    /// too late, in the slot's next life.
    pub(crate) doomed: AtomicU32,
    /// The handle of the life that the slot is in, or was in last; 0 before the first.
    handle: AtomicU32,
    pub(crate) life: Life,
    pub(crate) places: Places,
    pub(crate) forks: AtomicU32,
}

impl Slot {
    pub(crate) const fn new() -> Self {
        Self {
            rules: Rules::new(),
            name: Text::new(),
            root: Text::new(),
            created_s: AtomicU32::new(0),
            state: AtomicU8::new(0),
            entering: AtomicU16::new(0),
            denials: Denials::new(),
            cpu_us: Micros::new(),
            told_us: Micros::new(),
            doomed: AtomicU32::new(0),
            handle: AtomicU32::new(0),
            life: Life::new(),
            places: Places::new(),
            forks: AtomicU32::new(0),
        }
    }

    #[inline(never)]
    pub(crate) fn state(&self) -> State {
        match State(self.state.load(Ordering::Relaxed)) {
            State::FREE if !self.life.is_free() => State::DYING,
            state => state,
        }
    }

    pub(crate) fn is(&self, states: State) -> bool {
        self.state().0 & states.0 != 0
    }

    /// Not dying, which is what becomes of a slot that is free and has credentials.
    pub(crate) fn set_state(&self, state: State) {
        self.state.store(state.0, Ordering::Relaxed);
    }

    /// Of the slot's present or last life.
    pub(crate) fn handle(&self) -> Handle {
        Handle::from_raw(self.handle.load(Ordering::Relaxed))
    }

    pub(crate) fn set_handle(&self, handle: Handle) {
        self.handle.store(handle.raw(), Ordering::Relaxed);
    }

    /// Begins the next life: writes all that a create gives, clears all that was counted.
    pub(crate) fn fill(&self, plan: &Plan<'_>, now_s: u32) {
        self.rules.copy(plan.rules);
        self.name.set(plan.name);
        self.root.set(plan.root);
        self.created_s.store(now_s, Ordering::Relaxed);
        self.entering.store(0, Ordering::Relaxed);
        self.denials.reset();
        self.cpu_us.set(0);
        self.told_us.set(0);
        self.places.reset();
        self.forks.store(0, Ordering::Relaxed);
    }

    /// CPU time of exited members in microseconds. Event lock.
    pub(crate) fn cpu_us(&self) -> u64 {
        self.cpu_us.get()
    }

    /// Adds to it. Event lock.
    pub(crate) fn add_cpu_us(&self, cpu_us: u64) {
        // No overflow: 64 bits are half a million years.
        self.cpu_us.set(self.cpu_us().wrapping_add(cpu_us));
    }

    /// CPU time of all members, live ones included, as it is told: never less than it was told before. A member that
    /// is between its last accounting and its exit hook is in neither sum for a moment. Event lock.
    pub(crate) fn tell_cpu_us(&self, cpu_us: u64) -> u64 {
        let told = self.told_us.get().max(cpu_us);
        self.told_us.set(told);
        told
    }
}

/// Microseconds in two words, for processors that have no wider atomics. Under a lock, hence relaxed.
struct Micros([AtomicU32; 2]);

impl Micros {
    const fn new() -> Self {
        Self([const { AtomicU32::new(0) }; 2])
    }

    fn get(&self) -> u64 {
        let [low, high] = &self.0;
        u64::from(low.load(Ordering::Relaxed)) | u64::from(high.load(Ordering::Relaxed)) << 32
    }

    fn set(&self, micros: u64) {
        let [low, high] = &self.0;
        low.store(micros as u32, Ordering::Relaxed);
        high.store((micros >> 32) as u32, Ordering::Relaxed);
    }
}
