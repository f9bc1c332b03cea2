//! `kill` and `destroy`: the end of processes, and of cells.

use alloc::format;

use cell_abi::Refusal;
use libcell::{
    device::DeviceError,
    platform::{Platform, SignalNumber, signal},
};

use crate::arguments;
use crate::failure::{Failure, failed, misused};
use crate::number;
use crate::session::Session;
use crate::show;
use crate::target::Target;

/// Largest signal number of any system we run on.
const SIGNALS: SignalNumber = 64;

/// `cellctl kill`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Kill) -> Result<(), Failure> {
    let target = Target::parse(platform, &arguments.cell)?;
    let text = arguments.signal.as_deref().unwrap_or("TERM");
    let signal = parse(text)
        .ok_or_else(|| misused(platform, text, "signal", &"neither a name nor a number"))?;
    let session = Session::open(platform)?;
    let handle = target.handle(&session)?;
    let count = session
        .device
        .kill(handle, signal)
        .map_err(|error| target.refused(&session, "kill", error))?;
    show::print(platform, &format!("signalled {count}\n"))
}

/// `15`, `TERM`, `SIGTERM`, `term`.
fn parse(text: &str) -> Option<SignalNumber> {
    if let Some(number) = number::decimal(text) {
        return SignalNumber::try_from(number)
            .ok()
            .filter(|number| *number <= SIGNALS);
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    (1..=SIGNALS).find(|number| signal::name(*number) == Some(name))
}

/// `cellctl destroy`
pub(crate) fn destroy<P: Platform>(platform: &P, cell: &str) -> Result<(), Failure> {
    let target = Target::parse(platform, cell)?;
    let session = Session::open(platform)?;
    let handle = target.handle(&session)?;
    session.device.destroy(handle).map_err(|error| match error {
        DeviceError::Refused(Refusal::Busy) => {
            let why = "it has processes; cellctl kill ends them";
            failed(platform, cell, "destroy", &why)
        }
        error => target.refused(&session, "destroy", error),
    })
}
