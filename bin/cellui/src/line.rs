//! The line to cellmgr: a process, a socket or a serial line, made again when it is lost.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::ipc::{Ask, Client, IpcError, Tell, VERSION, encode};
use libcell::options::push;
use libcell::platform::{Errno, Flow, Launch, Open, Pid, Platform, Token, signal};
use libcell::table::Line as Text;

use crate::app::{App, Wire};
use crate::deed::Access;

/// Where cellmgr is.
#[derive(Debug)]
pub(crate) enum Way<'a> {
    /// A program that is started.
    Command(Vec<&'a str>),
    /// A local socket.
    Socket(&'a str),
    /// A serial line, at that speed or as it is, and what is typed into a shell there.
    Serial(&'a str, Option<u32>, &'a str),
}

/// What is waited for.
pub(crate) const LINE: Token = 2;

/// How long an answer to hello takes at most, in milliseconds.
const HELLO_MS: u32 = 1500;

/// So often it is said.
const HELLOS: u8 = 6;

/// The number of the first hello. By this one its frame has no byte that a shell or a terminal in between would take for
/// a key of meaning, so that it can be said before it is known who listens.
const QUIET: u16 = 0x2d;

/// The line.
pub(crate) struct Line<'p, P: Platform> {
    platform: &'p P,
    way: Way<'p>,
    access: Access,
    client: Option<Client<'p, P>>,
    pub child: Option<Pid>,
    /// Hellos that were said and not answered, and when the last was.
    hellos: u8,
    said_at: u32,
    greeted: bool,
    /// It cannot be written to.
    broken: bool,
    retry_at: u32,
    retry_ms: u32,
}

impl<P: Platform> Wire for Line<'_, P> {
    fn ask(&mut self, ask: &Ask<'_>) -> Option<u16> {
        let asked = self.client.as_mut()?.ask(ask);
        self.broken |= asked.is_err();
        asked.ok()
    }

    fn damaged(&self) -> u32 {
        self.client.as_ref().map_or(0, Client::damaged)
    }
}

impl<'p, P: Platform> Line<'p, P> {
    pub fn new(platform: &'p P, way: Way<'p>, access: Access, now: u32) -> Self {
        Self {
            platform,
            way,
            access,
            client: None,
            child: None,
            hellos: 0,
            said_at: 0,
            greeted: false,
            broken: false,
            retry_at: now,
            retry_ms: 1000,
        }
    }

    fn open(&mut self) -> Result<(), Errno> {
        let platform = self.platform;
        let (from, to) = match &self.way {
            Way::Command(words) => {
                let (from, output) = platform.pipe()?;
                let (input, to) = platform.pipe()?;
                let variable = environment(platform);
                self.child = Some(platform.spawn(&Launch {
                    command: words,
                    environment: &[&variable],
                    // keys of a shell's terminal are not for it
                    new_session: true,
                    stdio: [Some(&input), Some(&output), None],
                    limits: &[],
                    enter: None,
                    directory: ".",
                    user: None,
                })?);
                (from, to)
            }
            Way::Socket(path) => {
                let fd = platform.connect(path)?;
                (platform.duplicate(&fd)?, fd)
            }
            Way::Serial(path, speed, _) => {
                let fd = platform.open(path, Open::Terminal, 0)?;
                let mut modes = platform.terminal_modes(&fd)?.raw(Flow::Off);
                if let Some(speed) = speed {
                    modes = modes.at_speed(*speed).ok_or(Errno::EINVAL)?;
                }
                platform.set_terminal_modes(&fd, &modes)?;
                (platform.duplicate(&fd)?, fd)
            }
        };
        platform.watch_read(&from, LINE)?;
        self.client = Some(Client::new(platform, from, to));
        Ok(())
    }

    /// Says hello, by the quiet number.
    fn hello(&mut self, now: u32) {
        self.hellos += 1;
        self.said_at = now;
        let Some(client) = &mut self.client else {
            return;
        };
        let mut bytes = Text::new();
        if let (Way::Serial(_, _, command), 2) = (&self.way, self.hellos) {
            // nobody there yet: a shell; what was said to it is taken back
            for part in ["\x15\r", command, "\r"] {
                bytes.extend_from_slice(part.as_bytes());
            }
        } else {
            // an end to whatever was under way
            bytes.push(0);
            bytes.extend_from_slice(&encode(&Ask::Hello(VERSION).write(QUIET)));
        }
        self.broken |= client.send(&bytes).is_err();
    }

    /// Closes it, and tells why.
    pub fn close(&mut self, app: &mut App, why: &str, now: u32) {
        if let Some(client) = self.client.take() {
            let _ = self.platform.unwatch(client.fd());
        }
        if let Some(child) = self.child {
            let _ = self.platform.kill(child, signal::TERM);
        }
        self.greeted = false;
        self.broken = false;
        self.retry_at = now.wrapping_add(self.retry_ms);
        self.retry_ms = (self.retry_ms * 2).min(10_000);
        let what = match &self.way {
            Way::Command(words) => words.first().map_or("", |word| *word),
            Way::Socket(path) | Way::Serial(path, ..) => *path,
        };
        app.disconnected(what.as_bytes());
        app.message.extend_from_slice(b": ");
        app.message.extend_from_slice(why.as_bytes());
        app.message.extend_from_slice(b"; trying again");
    }

    /// The end.
    pub fn bye(&mut self) {
        let _ = self.ask(&Ask::Bye);
    }

    /// The process of it has ended.
    pub fn ended(&mut self, pid: Pid) {
        if self.child == Some(pid) {
            self.child = None;
        }
    }

    /// Time passes.
    pub fn tick(&mut self, app: &mut App, now: u32) {
        if self.client.is_none() {
            if now.wrapping_sub(self.retry_at) < 1 << 31 && self.child.is_none() {
                self.hellos = 0;
                match self.open() {
                    Ok(()) => self.hello(now),
                    Err(errno) => self.close(app, errno.text().unwrap_or("cannot be opened"), now),
                }
            }
            return;
        }
        if !self.greeted && now.wrapping_sub(self.said_at) >= HELLO_MS {
            let is_serial = matches!(self.way, Way::Serial(..));
            match self.hellos {
                HELLOS.. if is_serial => {
                    return self.close(app, "no cellmgr, and no root shell to start it in", now);
                }
                HELLOS.. => return self.close(app, "does not answer", now),
                1 if !is_serial => {
                    // it is only slow: once more in the middle of an answer costs nothing
                    self.hello(now);
                }
                _ => self.hello(now),
            }
        }
        if self.broken {
            return self.close(app, "cannot be written to", now);
        }
        if app.is_silent() {
            return self.close(app, "answers nothing any more", now);
        }
        if self.greeted {
            app.tick(now, self);
        }
    }

    /// Milliseconds until there is something to do though nothing comes.
    pub fn patience(&self, app: &App, now: u32) -> u32 {
        let (since, after) = match &self.client {
            None => (self.retry_at, 0),
            Some(_) if !self.greeted => (self.said_at, HELLO_MS),
            Some(_) => return app.patience(now),
        };
        let left = after.wrapping_sub(now.wrapping_sub(since));
        if left > 1 << 31 { 20 } else { left.max(20) }
    }

    /// Something came.
    pub fn take(&mut self, app: &mut App, now: u32) {
        let Some(client) = &mut self.client else {
            return;
        };
        if let Err(why) = client.fill() {
            let why = match why {
                IpcError::System(errno) => errno.text().unwrap_or("failed"),
                IpcError::Ended | IpcError::Version(_) | IpcError::Malformed => "has ended",
            };
            return self.close(app, why, now);
        }
        let damaged = client.damaged();
        while client.is_told() {
            match client.tell() {
                Ok((
                    QUIET,
                    Tell::Hello {
                        version: VERSION,
                        board,
                        write,
                    },
                )) => {
                    if !self.greeted {
                        app.connected(board, write && self.access == Access::Changes);
                    }
                    self.greeted = true;
                    self.retry_ms = 1000;
                }
                Ok((QUIET, Tell::Hello { .. } | Tell::Failed { .. })) if !self.greeted => {
                    return self.close(app, "speaks another version", now);
                }
                Ok((id, tell)) => app.told(id, tell, now, damaged),
                Err(_) => {}
            }
        }
    }

    /// The cellmgr of this machine.
    pub fn cellmgr(&self) -> &'p str {
        match &self.way {
            Way::Command(words) => words.first().map_or("", |word| *word),
            Way::Socket(_) | Way::Serial(..) => "",
        }
    }
}

/// What cellmgr needs of the environment: where the simulated device is; on a device nothing.
pub(crate) fn environment<P: Platform>(platform: &P) -> String {
    let mut text = String::new();
    push(&mut text, &["PICOCELL_PREFIX=", platform.prefix()]);
    text
}
