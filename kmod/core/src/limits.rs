//! A cell's limits.

use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use cell_abi::Limits;

const NOFILE: u8 = 1;
const ADDRESS_SPACE: u8 = 2;
const CORE: u8 = 4;

/// Limits in words; written only while no credential carries the slot's handle.
pub(crate) struct StoredLimits {
    /// One more than the limit; 0 is none.
    processes: AtomicU32,
    nofile: AtomicU32,
    address_space_kib: AtomicU32,
    core_kib: AtomicU32,
    given: AtomicU8,
}

impl StoredLimits {
    pub(crate) const fn new() -> Self {
        Self {
            processes: AtomicU32::new(0),
            nofile: AtomicU32::new(0),
            address_space_kib: AtomicU32::new(0),
            core_kib: AtomicU32::new(0),
            given: AtomicU8::new(0),
        }
    }

    pub(crate) fn set(&self, limits: &Limits) {
        let keep = |place: &AtomicU32, bit: u8, limit: Option<u32>| {
            place.store(limit.unwrap_or(0), Ordering::Relaxed);
            if limit.is_some() { bit } else { 0 }
        };
        self.processes.store(
            limits.processes.map_or(0, |limit| u32::from(limit) + 1),
            Ordering::Relaxed,
        );
        let given = keep(&self.nofile, NOFILE, limits.nofile)
            | keep(
                &self.address_space_kib,
                ADDRESS_SPACE,
                limits.address_space_kib,
            )
            | keep(&self.core_kib, CORE, limits.core_kib);
        self.given.store(given, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Limits {
        let given = self.given.load(Ordering::Relaxed);
        let limit =
            |place: &AtomicU32, bit: u8| (given & bit != 0).then(|| place.load(Ordering::Relaxed));
        Limits {
            processes: self
                .processes
                .load(Ordering::Relaxed)
                .checked_sub(1)
                .and_then(|limit| u16::try_from(limit).ok()),
            nofile: limit(&self.nofile, NOFILE),
            address_space_kib: limit(&self.address_space_kib, ADDRESS_SPACE),
            core_kib: limit(&self.core_kib, CORE),
        }
    }

    /// How many processes there may be.
    pub(crate) fn processes(&self) -> u32 {
        // None is 0, so it becomes as many as can be counted.
        self.processes.load(Ordering::Relaxed).wrapping_sub(1)
    }
}
