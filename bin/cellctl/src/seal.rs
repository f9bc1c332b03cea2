//! `seal`: there is no way back but a reboot, so it asks.

use libcell::platform::{Errno, Open, Platform};

use crate::arguments;
use crate::failure::{Failure, failed};
use crate::session::Session;

/// The terminal of whoever started this, whatever the standard streams are.
const TERMINAL: &str = "/dev/tty";

const QUESTION: &[u8] = b"Until reboot nobody can make, end or change a cell. Seal? [y/N] ";

/// `cellctl seal`
pub(crate) fn run<P: Platform>(platform: &P, arguments: &arguments::Seal) -> Result<(), Failure> {
    let session = Session::open(platform)?;
    if !arguments.yes {
        let refused = |why: &'static str| failed(platform, "seal", "ask", &why);
        let terminal = platform
            .open(TERMINAL, Open::ReadWrite, 0)
            .map_err(|_| refused("no terminal to ask on, and no --yes"))?;
        let agreed =
            ask(platform, &terminal).map_err(|errno| failed(platform, TERMINAL, "ask", &errno))?;
        if !agreed {
            return Err(refused("not confirmed"));
        }
    }
    session
        .device
        .seal()
        .map_err(|error| session.refused("seal", "seal", error))
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
