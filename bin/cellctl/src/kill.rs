//! `kill` and `destroy`: the end of processes, and of cells.

use cell_abi::Refusal;
use libcell::{
    device::DeviceError,
    options::Parsed,
    platform::{Platform, SignalNumber, signal},
};

use crate::failure::{Failure, failed, misused};
use crate::number;
use crate::session::Session;
use crate::show;
use crate::target::Target;

/// Largest signal number of any system we run on.
const SIGNALS: SignalNumber = 64;

/// `cellctl kill`
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let target = Target::parse(platform, parsed.operand(0))?;
    let text = parsed.value(b's').unwrap_or("TERM");
    let signal = parse(text)
        .ok_or_else(|| misused(platform, text, "signal", "neither a name nor a number"))?;
    Session::with(platform, &mut |session| {
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
    let name = match text.get(..3) {
        Some(sig) if sig.eq_ignore_ascii_case("SIG") => text.get(3..)?,
        Some(_) | None => text,
    };
    let is_meant = |number: &SignalNumber| {
        signal::name(*number).is_some_and(|known| known.eq_ignore_ascii_case(name))
    };
    (1..=SIGNALS).find(is_meant)
}

/// `cellctl destroy`
pub(crate) fn destroy<P: Platform>(platform: &P, cell: &str) -> Result<(), Failure> {
    let target = Target::parse(platform, cell)?;
    Session::with(platform, &mut |session| {
        let handle = target.handle(session)?;
        session.device.destroy(handle).map_err(|error| match error {
            DeviceError::Refused(Refusal::Busy) => failed(
                platform,
                cell,
                "destroy",
                "it has processes; cellctl kill ends them",
            ),
            error => target.refused(session, "destroy", error),
        })
    })
}
