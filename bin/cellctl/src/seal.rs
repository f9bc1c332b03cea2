//! `seal`: there is no way back but a reboot, so it asks.

use libcell::{
    options::Parsed,
    platform::{Errno, Open, Platform},
};

use crate::failure::{Failure, failed, failed_by, said};
use crate::session::Session;

/// The terminal of whoever started this, whatever the standard streams are.
const TERMINAL: &str = "/dev/tty";

const QUESTION: &[u8] = b"Until reboot nobody can make, end or change a cell. Seal? [y/N] ";

/// `cellctl seal`
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    Session::with(platform, &mut |session| {
        if !parsed.has(b'y') {
            let Ok(terminal) = platform.open(TERMINAL, Open::ReadWrite, 0) else {
                let said = &const { said("ask", "no terminal to ask on, and no --yes") };
                return Err(failed(platform, "seal", said));
            };
            match ask(platform, &terminal) {
                Ok(true) => {}
                Ok(false) => {
                    let said = &const { said("ask", "not confirmed") };
                    return Err(failed(platform, "seal", said));
                }
                Err(errno) => return Err(failed_by(platform, TERMINAL, "ask", errno.into())),
            }
        }
        session
            .device
            .seal()
            .map_err(|error| session.refused("seal", "seal", error))
    })
}

fn ask<P: Platform>(platform: &P, terminal: &P::Fd) -> Result<bool, Errno> {
    let mut question = QUESTION;
    while !question.is_empty() {
        let count = platform.write(terminal, question)?;
        question = question.get(count..).unwrap_or_default();
    }
    let mut answer = [0; 64];
    let count = platform.read(terminal, &mut answer)?;
    Ok(count > 0 && matches!(answer, [b'y' | b'Y', ..]))
}
