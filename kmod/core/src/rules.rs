//! What is enforced on a cell.

use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use cell_abi::Profile;

use crate::devices::DeviceList;
use crate::limits::StoredLimits;
use crate::opwords::StoredOps;
use crate::ports::Ports;

/// A policy in words. That of a slot is read without a lock, and written only while no credential carries the slot's
/// handle; a new cell's is put together in one of its own.
pub(crate) struct Rules {
    pub(crate) may: StoredOps,
    pub(crate) ports: Ports,
    pub(crate) devices: DeviceList,
    pub(crate) limits: StoredLimits,
    profile: AtomicU8,
}

impl Rules {
    pub(crate) const fn new() -> Self {
        Self {
            may: StoredOps::new(),
            ports: Ports::new(),
            devices: DeviceList::new(),
            limits: StoredLimits::new(),
            profile: AtomicU8::new(0),
        }
    }

    /// As if no port were reserved, no device listed and no limit given.
    pub(crate) fn clear(&self) {
        self.ports.clear();
        self.devices.clear();
        self.limits.clear();
    }

    /// Makes these the other ones.
    pub(crate) fn copy(&self, other: &Self) {
        self.may.copy(&other.may);
        self.ports.copy(&other.ports);
        self.devices.copy(&other.devices);
        self.limits.copy(&other.limits);
        self.set_profile(other.profile());
    }

    pub(crate) fn profile(&self) -> Profile {
        Profile::from_position(self.profile.load(Ordering::Relaxed)).unwrap_or(Profile::Custom)
    }

    pub(crate) fn set_profile(&self, profile: Profile) {
        self.profile.store(profile as u8, Ordering::Relaxed);
    }
}

/// Copies words.
#[inline(never)]
pub(crate) fn copy_words(to: &[AtomicU32], from: &[AtomicU32]) {
    for (to, from) in to.iter().zip(from) {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}
