//! Lines to syslogd, as it reads them from its local socket (RFC 3164 without a time: it puts its own).

use alloc::string::String;
use core::fmt::Write;

use libcell::image::{Facility, Level};
use libcell::platform::{Errno, Pid, Platform};

use super::LINE_MAX;

/// How long an absent syslogd is not looked for again, in milliseconds.
const RETRY_MS: u64 = 1000;

/// Longest datagram: what is before the text is at most 142 bytes.
type Datagram = heapless::Vec<u8, { LINE_MAX + 160 }>;

/// Where a line belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Priority {
    /// Kind of program.
    pub facility: Facility,
    /// How grave.
    pub level: Level,
}

impl Priority {
    const fn number(self) -> u8 {
        (self.facility.0 << 3) | (self.level.0 & 7)
    }
}

/// Of what cellinit says about lines: daemon, warning.
const OWN: Priority = Priority {
    facility: Facility(3),
    level: Level(4),
};

/// Whose line it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// Of the definition, or `cellinit`.
    pub tag: &'a str,
    /// The process.
    pub pid: Pid,
    /// The cell and its handle.
    pub cell: Option<(&'a str, u32)>,
    /// `stdout`, `stderr` or `cellinit`.
    pub stream: &'a str,
}

/// The connection to syslogd. When there is none, lines are counted, and the count is the first that it is told.
#[derive(Debug)]
pub(crate) struct Syslog<'p, P: Platform> {
    platform: &'p P,
    path: String,
    fd: Option<P::Fd>,
    /// When it was looked for last.
    tried: Option<u64>,
    /// Dropped and not told yet.
    untold: u32,
    dropped: u32,
}

impl<'p, P: Platform> Syslog<'p, P> {
    /// Of the socket at `path`; connects with the first line.
    pub(crate) const fn new(platform: &'p P, path: String) -> Self {
        Self {
            platform,
            path,
            fd: None,
            tried: None,
            untold: 0,
            dropped: 0,
        }
    }

    /// It may be somewhere else from now on.
    pub(crate) fn set_path(&mut self, path: String) {
        if self.path != path {
            self.path = path;
            self.reopen();
        }
    }

    /// Lines that it did not get, or that were not sent.
    pub(crate) const fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Counts a line that is not sent.
    pub(crate) const fn count(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
    }

    /// Says how many lines of a cell were not sent because it had sent so many.
    pub(crate) fn tell_withheld(&mut self, of: &Source<'_>, count: u32, now: u64) {
        let mut text = heapless::String::<60>::new();
        let _ = write!(text, "{count} lines not sent: too many at once");
        let source = Source {
            tag: "cellinit",
            stream: "cellinit",
            ..*of
        };
        self.send(OWN, &source, text.as_bytes(), now);
    }

    /// Connects anew with the next line.
    pub(crate) fn reopen(&mut self) {
        self.fd = None;
        self.tried = None;
    }

    /// Sends a line, or counts it.
    pub(crate) fn send(&mut self, priority: Priority, source: &Source<'_>, text: &[u8], now: u64) {
        let datagram = datagram(priority, source, text);
        if self.deliver(&datagram, now).is_err() {
            self.untold = self.untold.saturating_add(1);
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    fn deliver(&mut self, datagram: &[u8], now: u64) -> Result<(), Errno> {
        let fresh = self.fd.is_none();
        self.connect(now)?;
        match self.tell_and_write(datagram) {
            // full: a later line may find room
            Err(errno @ (Errno::EAGAIN | Errno::ENOBUFS)) => Err(errno),
            // restarted: its new socket has the same name
            Err(errno) => {
                self.fd = None;
                if fresh {
                    return Err(errno);
                }
                self.connect(now)?;
                self.tell_and_write(datagram)
            }
            Ok(()) => Ok(()),
        }
    }

    fn connect(&mut self, now: u64) -> Result<(), Errno> {
        if self.fd.is_some() {
            return Ok(());
        }
        let recently = |tried: u64| now.saturating_sub(tried) < RETRY_MS;
        if self.untold > 0 && self.tried.is_some_and(recently) {
            return Err(Errno::ECONNREFUSED);
        }
        self.tried = Some(now);
        self.fd = Some(self.platform.connect_datagram(&self.path)?);
        Ok(())
    }

    fn tell_and_write(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        if self.untold > 0 {
            let mut text = heapless::String::<40>::new();
            let _ = write!(text, "{} lines dropped", self.untold);
            let source = Source {
                tag: "cellinit",
                pid: self.platform.pid(),
                cell: None,
                stream: "",
            };
            self.write(&datagram(OWN, &source, text.as_bytes()))?;
            self.untold = 0;
        }
        self.write(bytes)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        let fd = self.fd.as_ref().ok_or(Errno::EBADF)?;
        self.platform.write(fd, bytes).map(drop)
    }
}

/// `<pri>tag[pid]: cell=<name> cid=<handle> <stream>: text`.
fn datagram(priority: Priority, source: &Source<'_>, text: &[u8]) -> Datagram {
    let mut head = heapless::String::<159>::new();
    let _ = write!(
        head,
        "<{}>{}[{}]: ",
        priority.number(),
        source.tag,
        source.pid
    );
    if let Some((name, handle)) = source.cell {
        let _ = write!(head, "cell={name} cid={handle} {}: ", source.stream);
    }
    let mut datagram = Datagram::new();
    for byte in head.as_bytes().iter().chain(text) {
        let _ = datagram.push(*byte);
    }
    datagram
}
