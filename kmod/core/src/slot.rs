//! One slot of the table.

use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, Ordering};

use cell_abi::{CellPlan, Handle, NAME_MAX, Profile, ROOT_MAX};

use crate::denials::Denials;
use crate::devices::DeviceList;
use crate::life::Life;
use crate::limits::StoredLimits;
use crate::opwords::StoredOps;
use crate::places::Places;
use crate::ports::Ports;
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
    pub(crate) may: StoredOps,
    pub(crate) limits: StoredLimits,
    pub(crate) ports: Ports,
    pub(crate) devices: DeviceList,
    // Table lock.
    pub(crate) name: Text<NAME_MAX>,
    pub(crate) root: Text<ROOT_MAX>,
    pub(crate) created_s: AtomicU32,
    profile: AtomicU8,
    phase: AtomicU8,
    /// Callers between `begin_enter` and its end.
    pub(crate) entering: AtomicU16,
    // Event lock.
    pub(crate) denials: Denials,
    cpu_low: AtomicU32,
    cpu_high: AtomicU32,
    // Counted without a lock.
    /// Which life the slot is in, or was in last; 0 before the first.
    pub(crate) generation: AtomicU32,
    pub(crate) life: Life,
    pub(crate) places: Places,
    pub(crate) forks: AtomicU32,
}

impl Slot {
    pub(crate) const fn new() -> Self {
        Self {
            may: StoredOps::new(),
            limits: StoredLimits::new(),
            ports: Ports::new(),
            devices: DeviceList::new(),
            name: Text::new(),
            root: Text::new(),
            created_s: AtomicU32::new(0),
            profile: AtomicU8::new(0),
            phase: AtomicU8::new(0),
            entering: AtomicU16::new(0),
            denials: Denials::new(),
            cpu_low: AtomicU32::new(0),
            cpu_high: AtomicU32::new(0),
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
        let generation = self.generation.load(Ordering::Relaxed);
        generation != 0 && generation == handle.generation()
    }

    pub(crate) fn profile(&self) -> Profile {
        Profile::from_position(self.profile.load(Ordering::Relaxed)).unwrap_or(Profile::Custom)
    }

    /// Begins the next life: writes all that a create gives, clears all that was counted.
    pub(crate) fn fill(&self, plan: &impl CellPlan, now_s: u32) {
        self.may.set(plan.may());
        self.limits.set(plan.limits());
        self.ports.set(plan.reservations());
        self.devices.set(plan.devices());
        self.name.set(plan.name());
        self.root.set(plan.root());
        self.created_s.store(now_s, Ordering::Relaxed);
        self.profile.store(plan.profile() as u8, Ordering::Relaxed);
        self.entering.store(0, Ordering::Relaxed);
        self.denials.reset();
        self.cpu_low.store(0, Ordering::Relaxed);
        self.cpu_high.store(0, Ordering::Relaxed);
        self.places.reset();
        self.forks.store(0, Ordering::Relaxed);
    }

    /// CPU time of exited members in microseconds. Event lock: two words.
    pub(crate) fn cpu_us(&self) -> u64 {
        u64::from(self.cpu_low.load(Ordering::Relaxed))
            | u64::from(self.cpu_high.load(Ordering::Relaxed)) << 32
    }

    /// Adds to it. Event lock.
    pub(crate) fn add_cpu_us(&self, cpu_us: u64) {
        let sum = self.cpu_us().saturating_add(cpu_us);
        self.cpu_low.store(sum as u32, Ordering::Relaxed);
        self.cpu_high.store((sum >> 32) as u32, Ordering::Relaxed);
    }
}
