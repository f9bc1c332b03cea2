//! The policy that a definition comes to on this device: its devices by the numbers they have here.

use cell_abi::{DeviceRule, Devices, MINOR_ANY, Policy};

use crate::image::{Cell, DeviceNode};
use crate::platform::{Errno, Platform};

/// A cell's policy.
///
/// # Errors
/// The device that it is about, and why.
pub fn policy<'c, P: Platform>(platform: &P, cell: &Cell<'c>) -> Result<Policy, (&'c str, Errno)> {
    let mut devices = Devices::new();
    for device in &cell.devices {
        let failed = |errno| (device.path, errno);
        let Some(rule) = rule(platform, device).map_err(failed)? else {
            continue;
        };
        devices.push(rule).map_err(|_| failed(Errno::E2BIG))?;
    }
    Ok(Policy {
        profile: cell.profile,
        may: cell.may,
        reservations: cell.reservations.clone(),
        devices,
        limits: cell.limits,
    })
}

/// The rule for a device; `None` for a driver with a node for each user that this kernel lacks.
///
/// # Errors
/// There is no such device.
pub fn rule<P: Platform>(
    platform: &P,
    device: &DeviceNode<'_>,
) -> Result<Option<DeviceRule>, Errno> {
    let number = match platform.device_number(device.path) {
        Err(Errno::ENOENT) if device.any_minor => return Ok(None),
        result => result?,
    };
    Ok(Some(DeviceRule {
        kind: number.kind,
        access: device.access,
        major: u16::try_from(number.major).map_err(|_| Errno::ENXIO)?,
        minor: if device.any_minor {
            MINOR_ANY
        } else {
            number.minor
        },
    }))
}
