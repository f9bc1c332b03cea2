//! What every command works with: the system, where to write, who can be asked, the number of the operation.

use alloc::string::String;

use libcell::platform::{Errno, Open, Platform};
use libcell::table::{Lines, Sink};
use libcell::{control, state};

use crate::failure::{Failure, failed, text};

/// Whether somebody can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// On the terminal, if there is one.
    Terminal,
    /// Nobody.
    Nobody,
}

/// The terminal of whoever started this, whatever the standard streams are.
const TERMINAL: &str = "/dev/tty";

/// A command at work.
pub(crate) struct Manager<'p, 'm, P: Platform> {
    pub platform: &'p P,
    out: Sink<'m>,
    asks: Asks,
    /// What logs, events and output call this operation by.
    pub operation: u32,
}

impl<'p, 'm, P: Platform> Manager<'p, 'm, P> {
    /// For one command.
    pub fn new(platform: &'p P, out: Sink<'m>, asks: Asks) -> Self {
        // different for two that run at once, and for one after the other
        let clock = platform.clock();
        let pid = platform.pid() as u32;
        let operation = (clock.seconds as u32) ^ clock.nanoseconds.rotate_left(3) ^ pid << 20;
        Self {
            platform,
            out,
            asks,
            operation,
        }
    }

    /// Where tables go.
    pub fn sink(&mut self) -> &mut dyn Lines {
        self.out
    }

    /// Writes a line. What cannot be written is told at the end.
    pub fn say(&mut self, parts: &[&str]) {
        let mut line = text(parts);
        line.push('\n');
        let _ = self.out.put(line.as_bytes());
    }

    /// Has what was written be seen now.
    pub fn flush(&mut self) {
        let _ = self.out.show();
    }

    /// Writes what was done, with the number of the operation.
    pub fn done(&mut self, what: &str) {
        let operation = hex(self.operation);
        self.say(&["op ", &operation, ": ", what]);
    }

    /// A path of the device.
    pub fn path(&self, path: &str) -> String {
        text(&[self.platform.prefix(), path])
    }

    /// Keeps every other cellmgr from changing something, until this is dropped.
    pub fn lock(&self) -> Result<P::Fd, Failure> {
        let path = self.path(state::LOCK);
        match self.platform.open(&path, Open::Lock, 0o600) {
            Ok(lock) => Ok(lock),
            Err(Errno::EAGAIN) => Err(failed("state", "lock", &"another cellmgr is at work")),
            Err(errno) => Err(failed(&path, "lock", &errno)),
        }
    }

    /// Connects to cellinit.
    pub fn cellinit(&self) -> Result<control::Client<'p, P>, Failure> {
        control::Client::connect(self.platform, self.platform.prefix())
            .map_err(|why| failed("cellinit", "connect", &why))
    }

    /// Asks whether to do something that cannot be undone, unless the answer was given beforehand.
    pub fn confirm(&mut self, object: &str, question: &str, given: bool) -> Result<(), Failure> {
        if given {
            return Ok(());
        }
        let nobody = || failed(object, "ask", &"no terminal to ask on, and no --yes");
        let terminal = match self.asks {
            Asks::Terminal => self.platform.open(TERMINAL, Open::ReadWrite, 0),
            Asks::Nobody => Err(Errno::ENOTTY),
        };
        let terminal = terminal.map_err(|_| nobody())?;
        let question = text(&[object, ": ", question, " Type yes: "]);
        let mut rest = question.as_bytes();
        while !rest.is_empty() {
            match self.platform.write(&terminal, rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(_) => return Err(nobody()),
            }
        }
        let mut answer = [0; 64];
        let count = self.platform.read(&terminal, &mut answer);
        let count = count.map_err(|_| nobody())?;
        match answer.get(..count) {
            Some(b"yes\n" | b"yes\r\n" | b"yes") => Ok(()),
            Some(_) | None => Err(failed(object, "ask", &"not confirmed")),
        }
    }
}

/// Eight digits.
pub(crate) fn hex(number: u32) -> String {
    let digits = (0..8).rev().map(|at| number >> (4 * at) & 0xf);
    digits
        .filter_map(|digit| char::from_digit(digit, 16))
        .collect()
}
