//! `system seal`: there is no way back but a reboot, so it asks.

use libcell::device::{self, CellDevice};
use libcell::options::Parsed;
use libcell::platform::Platform;

use crate::arguments::YES;
use crate::failure::{Failure, failed};
use crate::manager::Manager;

/// `system seal`
pub(crate) fn run<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let question = "until reboot let nobody make, remove or change a cell?";
    manager.confirm("system seal", question, parsed.has(YES))?;
    let path = manager.path(device::PATH);
    let fail = |why: &dyn core::fmt::Display| failed("system", "seal", why);
    let device = CellDevice::open(manager.platform, &path).map_err(|why| fail(&why))?;
    device.seal().map_err(|why| fail(&why))?;
    manager.done(&["sealed"]);
    manager.note(&["sealed"]);
    Ok(())
}
