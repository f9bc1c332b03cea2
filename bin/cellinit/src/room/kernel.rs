//! The kernel's cell of a definition.

use cell_abi::{
    CellName, Create, DeviceRule, Devices, Handle, MINOR_ANY, Policy, Refusal, RootPath,
};
use libcell::device::{Buffer, DeviceError};
use libcell::image::{Cell, DeviceNode};
use libcell::platform::{Errno, Platform};

use super::Site;
use crate::fault::{Fault, What, Why};

/// Room for any reply.
pub(super) const fn buffer() -> Buffer {
    [0; size_of::<Buffer>()]
}

/// The policy of a cell, its devices by the numbers they have here.
pub(super) fn policy<'c, P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'c>,
) -> Result<Policy, Fault<'c>> {
    let mut devices = Devices::new();
    for device in &cell.devices {
        let fail = |errno| What::Device(device.path).failed(errno);
        let Some(rule) = number(site, device).map_err(fail)? else {
            continue;
        };
        devices.push(rule).map_err(|_| fail(Errno::E2BIG))?;
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
pub(super) fn number<P: Platform>(
    site: &Site<'_, P>,
    device: &DeviceNode<'_>,
) -> Result<Option<DeviceRule>, Errno> {
    let number = match site.platform.device_number(device.path) {
        Err(Errno::ENOENT) if device.any_minor => return Ok(None),
        result => result?,
    };
    let rule = DeviceRule {
        kind: number.kind,
        access: device.access,
        major: u16::try_from(number.major).map_err(|_| Errno::ENXIO)?,
        minor: if device.any_minor {
            MINOR_ANY
        } else {
            number.minor
        },
    };
    Ok(Some(rule))
}

pub(super) fn create<'c, P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'c>,
) -> Result<Handle, Fault<'c>> {
    let what = What::Root(cell.root.as_str());
    let path = site.in_root(cell, "").map_err(|errno| what.failed(errno))?;
    let root = RootPath::new(&path).map_err(|error| Fault {
        what,
        why: Why::Path(error),
    })?;
    let create = Create {
        name: CellName::new(cell.name.as_str()).map_err(|error| Fault {
            what: What::Create,
            why: Why::Path(error),
        })?,
        root,
        policy: policy(site, cell)?,
    };
    site.device
        .create(create)
        .map_err(|error| What::Create.refused(error))
}

pub(super) fn destroy<'c, P: Platform>(
    site: &Site<'_, P>,
    handle: Handle,
) -> Result<(), Fault<'c>> {
    match site.device.destroy(handle) {
        // somebody else did it
        Ok(()) | Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => Ok(()),
        Err(error) => Err(What::Destroy.refused(error)),
    }
}
