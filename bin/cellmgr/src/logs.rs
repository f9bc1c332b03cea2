//! `logs` and `events`.

use alloc::string::String;
use alloc::vec::Vec;

use cell_abi::{Event as CellEvent, EventKind, Op};
use libcell::control::{Client, ClientError, Reply, Request};
use libcell::device::{self, CellDevice, EventReader};
use libcell::options::Parsed;
use libcell::platform::{Event, Platform, Token, utf8};
use libcell::table::{Line, clean, digits};

use crate::arguments::FOLLOW;
use crate::failure::{Failure, failed, told};
use crate::manager::Manager;
use crate::settings;

/// `logs`
pub(crate) fn logs<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let cell = settings::name(parsed.operand(0), "cell")?.as_str();
    let mut client = manager.cellinit()?;
    let request = Request::Log {
        cell,
        follow: parsed.has(FOLLOW),
    };
    stream(manager, &mut client, &request, cell)
}

/// Copies the pieces of a log to the output as they come.
fn stream<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    client: &mut Client<'_, P>,
    request: &Request<'_>,
    object: &str,
) -> Result<(), Failure> {
    let fail = |why: &dyn core::fmt::Display| failed(object, "log", why);
    let mut asked = client.send(request);
    loop {
        asked.map_err(|why| fail(&why))?;
        match client.receive() {
            Ok(Reply::Log(piece)) => {
                for line in piece.split_inclusive(|byte| *byte == b'\n') {
                    let line = line.strip_suffix(b"\n").unwrap_or(line);
                    let mut clear = Line::new();
                    clean(&mut clear, utf8(line).unwrap_or("(not text)"), b'?');
                    manager.say(&[utf8(&clear).unwrap_or_default()]);
                }
                manager.flush();
            }
            Ok(Reply::Done) => return Ok(()),
            Ok(Reply::Refused(why)) => return Err(fail(&why)),
            Ok(_) => asked = Err(ClientError::Malformed),
            Err(why) => asked = Err(why),
        }
    }
}

/// Denials of a second are told as one, when it is over.
pub(crate) const FOLD_MS: u64 = 1100;

const CELLINIT: Token = 1;
const DEVICE: Token = 2;

/// `events`: what cellinit remembers; with `-f` what comes, and what the kernel denies.
pub(crate) fn events<P: Platform>(
    manager: &mut Manager<'_, '_, P>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let follow = parsed.has(FOLLOW);
    let mut client = manager.cellinit()?;
    if !follow {
        return stream(manager, &mut client, &Request::Events { follow }, "events");
    }
    let mut feed = Feed::open(manager, client)?;
    loop {
        for line in feed.next(manager.platform)? {
            manager.say(&[&line]);
        }
        manager.flush();
    }
}

/// What happens, from cellinit and from the kernel.
pub(crate) struct Feed<'f, P: Platform> {
    client: Client<'f, P>,
    device: CellDevice<'f, P>,
    reader: EventReader,
}

impl<'f, P: Platform> Feed<'f, P> {
    pub fn open(manager: &Manager<'f, '_, P>, mut client: Client<'f, P>) -> Result<Self, Failure> {
        let path = manager.path(device::PATH);
        let device =
            CellDevice::open(manager.platform, &path).map_err(|why| failed(&path, "open", &why))?;
        client
            .send(&Request::Events { follow: true })
            .map_err(|why| failed("events", "read", &why))?;
        let watch = |fd: &P::Fd, token| manager.platform.watch_read(fd, token);
        watch(client.fd(), CELLINIT)
            .and_then(|()| watch(device.fd(), DEVICE))
            .map_err(|errno| failed("events", "wait", &errno))?;
        Ok(Self {
            client,
            device,
            reader: EventReader::new(),
        })
    }

    /// Waits, and gives the lines that came.
    fn next(&mut self, platform: &P) -> Result<Vec<String>, Failure> {
        let fail = |errno: libcell::platform::Errno| failed("events", "wait", &errno);
        let mut events = [Event::Signal(0); 4];
        let mut count = platform.wait(&mut events, Some(FOLD_MS)).map_err(fail)?;
        if count == 0 {
            // a folded denial becomes readable by the clock, which wakes nobody: watching anew asks again
            self.watch_again(platform).map_err(fail)?;
            count = platform.wait(&mut events, None).map_err(fail)?;
        }
        let mut lines = Vec::new();
        for event in events.iter().take(count) {
            match event {
                Event::Readable(token) => self.take(*token, &mut lines)?,
                Event::Signal(_) | Event::Writable(_) => {}
            }
        }
        Ok(lines)
    }

    /// Waits for nothing any more.
    pub fn close(&self, platform: &P) {
        let _ = platform.unwatch(self.device.fd());
        let _ = platform.unwatch(self.client.fd());
    }

    /// Asks anew whether the kernel has something to tell.
    pub fn watch_again(&self, platform: &P) -> Result<(), libcell::platform::Errno> {
        platform.unwatch(self.device.fd())?;
        platform.watch_read(self.device.fd(), DEVICE)
    }

    /// Whether that descriptor is one of these.
    pub const fn has(token: Token) -> bool {
        token == CELLINIT || token == DEVICE
    }

    /// The lines that came from a descriptor that can be read.
    pub fn take(&mut self, token: Token, lines: &mut Vec<String>) -> Result<(), Failure> {
        match token {
            CELLINIT => loop {
                match self.client.receive() {
                    Ok(Reply::Log(piece)) => lines.extend(
                        piece
                            .split(|byte| *byte == b'\n')
                            .filter(|line| !line.is_empty())
                            .map(|line| utf8(line).unwrap_or_default().into()),
                    ),
                    Ok(_) => {}
                    Err(ClientError::Ended) => {
                        return Err(failed("cellinit", "events", &"ended"));
                    }
                    Err(why) => return Err(failed("cellinit", "events", &told(&why))),
                }
                if !self.client.has_more() {
                    return Ok(());
                }
            },
            _ => {
                self.reader
                    .fill(&self.device)
                    .map_err(|errno| failed("/dev/cell", "read", &errno))?;
                while let Some(event) = self.reader.take() {
                    if let Ok(event) = event {
                        lines.extend(denied(&event));
                    }
                }
                Ok(())
            }
        }
    }
}

/// What the kernel tells that cellinit does not: denials, and that events were lost.
fn denied(event: &CellEvent) -> Option<String> {
    let (op, count) = match event.kind {
        EventKind::Denial { op, count } => (op, count),
        EventKind::Limit { count } => (Op::ProcessFork, count),
        EventKind::Create | EventKind::Destroy | EventKind::Enter | EventKind::Seal => return None,
    };
    let mut line = Line::from(b"kernel cell ");
    digits(&mut line, event.cell.raw().into());
    line.extend_from_slice(b": pid ");
    digits(&mut line, event.pid.into());
    line.extend_from_slice(b" denied ");
    line.extend_from_slice(op.name().as_bytes());
    line.extend_from_slice(b" x");
    digits(&mut line, count.into());
    if event.lost > 0 {
        line.extend_from_slice(b", events lost: ");
        digits(&mut line, event.lost.into());
    }
    utf8(&line).map(String::from)
}
