//! `kill` and `destroy`: the end of processes, and of cells.

use alloc::string::String;

use cell_abi::Refusal;
use libcell::{
    device::DeviceError,
    options::Parsed,
    platform::{Platform, SignalNumber, signal},
};

use crate::failure::{Failure, failed, misused, said};
use crate::show;
use crate::target;
use libcell::number;

/// Largest signal number of any system we run on.
const SIGNALS: SignalNumber = 64;

/// `cellctl kill`
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let text = parsed.value(b's').unwrap_or("TERM");
    let signal = parse(text).ok_or_else(|| {
        misused(
            platform,
            text,
            &const { said("signal", "neither a name nor a number") },
        )
    })?;
    target::with(platform, parsed.operand(0), &mut |session, target| {
        let handle = target.handle(session)?;
        let count = session
            .device
            .kill(handle, signal)
            .map_err(|error| target.refused(session, "kill", error))?;
        show::print_number(platform, "signalled ", count)
    })
}

/// `15`, `TERM`, `SIGTERM`, `term`.
fn parse(text: &str) -> Option<SignalNumber> {
    if let Some(number) = number::decimal(text) {
        return SignalNumber::try_from(number)
            .ok()
            .filter(|number| *number <= SIGNALS);
    }
    let mut upper = String::from(text);
    upper.make_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    (1..=SIGNALS).find(|number| signal::name(*number) == Some(name))
}

/// `cellctl destroy`
pub(crate) fn destroy<P: Platform>(platform: &P, cell: &str) -> Result<(), Failure> {
    target::with(platform, cell, &mut |session, target| {
        let handle = target.handle(session)?;
        session.device.destroy(handle).map_err(|error| match error {
            DeviceError::Refused(Refusal::Busy) => {
                let said = &const { said("destroy", "it has processes; cellctl kill ends them") };
                failed(platform, cell, said)
            }
            error => target.refused(session, "destroy", error),
        })
    })
}
