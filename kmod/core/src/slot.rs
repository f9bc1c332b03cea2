//! One slot of the table.

use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, Ordering};

use cell_abi::{Handle, NAME_MAX, ROOT_MAX};

use crate::denials::Denials;
use crate::life::Life;
use crate::places::Places;
use crate::plan::Plan;
use crate::rules::Rules;
use crate::text::Text;

/// What requests see of a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No cell, or a dying one: [`Life`] tells which.
    Vacant,
    /// Being created: name and ports are taken, nobody sees it.
    Reserved,
    /// A cell.
    Active,
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
    phase: AtomicU8,
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
    /// Which life the slot is in, or was in last; 0 before the first.
    pub(crate) generation: AtomicU32,
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
            phase: AtomicU8::new(0),
            entering: AtomicU16::new(0),
            denials: Denials::new(),
            cpu_us: Micros::new(),
            told_us: Micros::new(),
            doomed: AtomicU32::new(0),
            generation: AtomicU32::new(0),
            life: Life::new(),
            places: Places::new(),
            forks: AtomicU32::new(0),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            1 => Phase::Reserved,
            2 => Phase::Active,
            _ => Phase::Vacant,
        }
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        let number = match phase {
            Phase::Vacant => 0,
            Phase::Reserved => 1,
            Phase::Active => 2,
        };
        self.phase.store(number, Ordering::Relaxed);
    }

    /// Neither a cell, nor one being created, nor a dying one.
    pub(crate) fn is_free(&self) -> bool {
        self.phase() == Phase::Vacant && self.life.is_free()
    }

    /// Destroyed, but a credential lives.
    pub(crate) fn is_dying(&self) -> bool {
        self.phase() == Phase::Vacant && !self.life.is_free()
    }

    /// Whether `handle` names the slot's present or last life.
    pub(crate) fn is_of(&self, handle: Handle) -> bool {
        let generation = self.generation();
        generation != 0 && generation == handle.generation()
    }

    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// A cell, dying or not.
    pub(crate) fn is_known(&self) -> bool {
        match self.phase() {
            Phase::Active => true,
            Phase::Reserved => false,
            Phase::Vacant => !self.life.is_free(),
        }
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
        self.cpu_us.set(self.cpu_us().saturating_add(cpu_us));
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
