//! The kernel's cell of a definition.

use cell_abi::{CellName, Create, Handle, Policy, Refusal, RootPath};
use libcell::device::{Buffer, DeviceError};
use libcell::image::Cell;
use libcell::platform::Platform;
use libcell::policy;

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
    policy::policy(site.platform, cell).map_err(|(path, errno)| What::Device(path).failed(errno))
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
