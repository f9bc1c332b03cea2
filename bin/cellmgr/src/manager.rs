//! What every command works with: the system, where to write, who can be asked, the number of the operation.

use alloc::string::String;

use libcell::control::{NOTE_MAX, Request};
use libcell::job::Job;
use libcell::platform::{Errno, Open, Platform};
use libcell::problem::{Why, words};
use libcell::progress::{Bar, SIGNALS, Style, Tenths, Unwatched, Watch};
use libcell::table::{Lines, Sink};
use libcell::{control, state};

use crate::failure::{Failure, failed, refused, text};

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
    #[inline(never)]
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
    #[inline(never)]
    pub fn done(&mut self, parts: &[&str]) {
        let operation = hex(self.operation);
        let what = text(parts);
        self.say(&["op ", &operation, ": ", &what]);
    }

    /// Tells cellinit what was done, if it runs: logs and events have it then.
    #[inline(never)]
    pub fn note(&self, parts: &[&str]) {
        let text = text(parts);
        if let Ok(mut client) = self.cellinit() {
            let _ = client.ask(&Request::Note {
                operation: self.operation,
                text: text.get(..NOTE_MAX).unwrap_or(&text),
            });
        }
    }

    /// A path of the device.
    #[inline(never)]
    pub fn path(&self, path: &str) -> String {
        text(&[self.platform.prefix(), path])
    }

    /// Keeps every other cellmgr from changing something, until this is dropped.
    pub fn lock(&self) -> Result<P::Fd, Failure> {
        let path = self.path(state::LOCK);
        match self.platform.open(&path, Open::Lock, 0o600) {
            Ok(lock) => Ok(lock),
            Err(Errno::EAGAIN) => Err(refused("state", "lock", "another cellmgr is at work")),
            Err(errno) => Err(failed(&path, "lock", &errno)),
        }
    }

    /// Connects to cellinit.
    #[inline(never)]
    pub fn cellinit(&self) -> Result<control::Client<'p, P>, Failure> {
        control::Client::connect(self.platform, self.platform.prefix())
            .map_err(|why| failed("cellinit", "connect", &why))
    }

    /// Does what takes long, with progress: painted or in lines on standard error, or in lines of what is written where
    /// nobody sees that.
    #[inline(never)]
    pub fn job(&mut self, what: &str, work: JobWork<'_, P>) -> Result<(), Failure> {
        match self.asks {
            Asks::Terminal => {
                // a signal ends it in order: what was stopped for it is started again
                let _ = self.platform.watch_signals(&SIGNALS);
                let style = match self.platform.standard(2) {
                    Ok(error) => Style::of(self.platform, &error),
                    Err(_) => Style::Silent,
                };
                let mut bar = Bar::new(self.platform, style);
                let done = watched(self.platform, what, &mut bar, work);
                bar.end();
                done
            }
            Asks::Nobody => {
                let mut tenths = Tenths::new(self.out);
                watched(self.platform, what, &mut tenths, work)
            }
        }
    }

    /// Does what does not take long.
    #[inline(never)]
    pub fn quick(&mut self, what: &str, work: JobWork<'_, P>) -> Result<(), Failure> {
        watched(self.platform, what, &mut Unwatched, work)
    }

    /// Asks whether to do something that cannot be undone, unless the answer was given beforehand.
    #[inline(never)]
    pub fn confirm(&mut self, object: &str, question: &str, given: bool) -> Result<(), Failure> {
        if given {
            return Ok(());
        }
        let answer = match self.asks {
            Asks::Terminal => self.ask(&text(&[object, ": ", question, " Type yes: "])),
            Asks::Nobody => Err(Errno::ENOTTY),
        };
        let why = match answer {
            Ok(true) => return Ok(()),
            Ok(false) => "not confirmed",
            Err(_) => "no terminal to ask on, and no --yes",
        };
        Err(refused(object, "ask", why))
    }

    fn ask(&self, question: &str) -> Result<bool, Errno> {
        let terminal = self.platform.open(TERMINAL, Open::ReadWrite, 0)?;
        let mut rest = question.as_bytes();
        while !rest.is_empty() {
            let count = self.platform.write(&terminal, rest)?;
            rest = rest.get(count..).unwrap_or_default();
        }
        let mut answer = [0; 8];
        self.platform.read(&terminal, &mut answer)?;
        Ok(matches!(
            &answer,
            b"yes\n\0\0\0\0" | b"yes\r\n\0\0\0" | b"yes\0\0\0\0\0"
        ))
    }
}

/// What is done with volumes and archives.
pub(crate) type JobWork<'f, P> = &'f mut dyn FnMut(&mut Job<'_, P>) -> Result<(), Why>;

fn watched<P: Platform>(
    platform: &P,
    what: &str,
    watch: &mut dyn Watch,
    work: JobWork<'_, P>,
) -> Result<(), Failure> {
    let mut job = Job::new(platform, platform.prefix(), watch);
    work(&mut job).map_err(|why| refused(&job.object, what, words(why)))
}

/// Eight digits.
pub(crate) fn hex(number: u32) -> String {
    bytes_hex(&number.to_be_bytes())
}

/// Two digits a byte.
pub(crate) fn bytes_hex(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for digit in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        let letter = match digit {
            0..=9 => b'0' + digit,
            _ => b'a' - 10 + digit,
        };
        digits.push(char::from(letter));
    }
    digits
}
