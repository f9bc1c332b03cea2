//! What is enforced on a cell.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::{DeviceRule, Limits, MAX_DEVICES, MAX_RESERVATIONS, OpSet, Profile, Reservation};

/// The ports of a cell.
pub type Reservations = Vec<Reservation, MAX_RESERVATIONS>;

/// The devices of a cell.
pub type Devices = Vec<DeviceRule, MAX_DEVICES>;

/// Everything the kernel enforces on a cell. It does not change during the cell's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Where `may` came from; shown, not enforced.
    pub profile: Profile,
    /// What members may still ask of the other security models.
    pub may: OpSet,
    /// Ports that are the cell's.
    pub reservations: Reservations,
    /// Device nodes that members may open although `may` lacks `device.open`.
    pub devices: Devices,
    /// Limits.
    pub limits: Limits,
}

impl Policy {
    /// A profile with nothing of its own.
    #[must_use]
    pub const fn of(profile: Profile) -> Self {
        Self {
            profile,
            may: profile.policy(),
            reservations: Vec::new(),
            devices: Vec::new(),
            limits: Limits {
                processes: None,
                nofile: None,
                address_space_kib: None,
                core_kib: None,
            },
        }
    }
}
