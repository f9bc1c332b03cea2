//! `ipc --stdio`: all of it for programs, over two descriptors.
//!
//! One command at a time; what is followed comes in between. Nothing is told to who cannot be answered: an output that is
//! gone ends it.

mod output;

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::{Client, Reply, Request};
use libcell::ipc::{Ask, Frames, Kind, Tell, VERSION};
use libcell::options::{Parsed, Reading};
use libcell::platform::{Errno, Event, Flow, Platform, Token};
use libcell::table::{Align, Column, Lines, Owned};
use output::{Frame, send};

use crate::arguments::{Access, PROGRAM, RW, STDIO, Verb};
use crate::backup;
use crate::failure::{FAILED, Failure, failed, misused, refused};
use crate::life::Nowhere;
use crate::logs::{FOLD_MS, Feed};
use crate::manager::{Asks, Manager};
use crate::read::{self, Table};
use crate::registry::{self, COMPACT, MERGED};
use crate::status;
use crate::world::{Depth, look};

/// On a terminal, so long nobody asks anything until it is given back, in milliseconds.
const SILENCE_MS: u64 = 60_000;

const INPUT: Token = 16;
const LOGS: Token = 32;

/// So many logs are followed at a time.
const LOGS_MAX: usize = 8;

/// A log that is followed.
struct Followed<'p, P: Platform> {
    id: u16,
    client: Client<'p, P>,
}

struct Server<'p, P: Platform> {
    platform: &'p P,
    output: P::Fd,
    write: bool,
    greeted: bool,
    /// After so long without an ask it ends.
    silence: Option<u64>,
    feed: Option<(u16, Feed<'p, P>)>,
    logs: Vec<Option<Followed<'p, P>>>,
}

/// Why it ends.
enum End {
    /// It was asked to.
    Bye,
    /// Nobody reads.
    Gone(Errno),
}

/// `ipc`
pub(crate) fn serve<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    if !parsed.has(STDIO) {
        return Err(misused("ipc", "--stdio", "must be given"));
    }
    let standard = |number| {
        platform
            .standard(number)
            .map_err(|errno| failed("ipc", "standard input and output", &errno))
    };
    let input = standard(0)?;
    let mut server = Server {
        platform,
        output: standard(1)?,
        write: parsed.has(RW),
        greeted: false,
        silence: None,
        feed: None,
        logs: (0..LOGS_MAX).map(|_| None).collect(),
    };
    platform
        .watch_read(&input, INPUT)
        .map_err(|errno| failed("ipc", "standard input", &errno))?;
    // a serial line with a shell on it: every byte is to come as it is
    let modes = platform.terminal_modes(&input).ok();
    if let Some(modes) = &modes {
        platform
            .set_terminal_modes(&input, &modes.raw(Flow::Off))
            .map_err(|errno| failed("ipc", "terminal", &errno))?;
        server.silence = Some(SILENCE_MS);
    }
    let ended = server.run(&input);
    if let Some(modes) = &modes {
        let _ = platform.set_terminal_modes(&input, modes);
    }
    match ended {
        Ok(()) | Err(End::Bye | End::Gone(Errno::EPIPE)) => Ok(()),
        Err(End::Gone(errno)) => Err(failed("ipc", "standard output", &errno)),
    }
}

impl<P: Platform> Server<'_, P> {
    fn run(&mut self, input: &P::Fd) -> Result<(), End> {
        let mut frames = Frames::new();
        let mut events = [Event::Signal(0); 8];
        let mut patience = self.silence;
        let mut asked_at = self.platform.monotonic_ms();
        loop {
            let count = self
                .platform
                .wait(&mut events, patience)
                .map_err(End::Gone)?;
            patience = self.feed.as_ref().map(|_| FOLD_MS).or(self.silence);
            if count == 0
                && let Some((_, feed)) = &self.feed
            {
                feed.watch_again(self.platform).map_err(End::Gone)?;
                patience = self.silence;
            }
            let silent = self.platform.monotonic_ms().saturating_sub(asked_at);
            if self.silence.is_some_and(|most| silent >= most) {
                return Ok(());
            }
            for event in events.iter().take(count) {
                match event {
                    Event::Readable(INPUT) => {
                        let mut bytes = [0; 512];
                        let read = match self.platform.read(input, &mut bytes) {
                            Ok(0) => return Ok(()),
                            Ok(read) => read,
                            Err(Errno::EAGAIN) => 0,
                            Err(errno) => return Err(End::Gone(errno)),
                        };
                        let mut messages: Vec<Vec<u8>> = Vec::new();
                        let read = bytes.get(..read).unwrap_or_default();
                        frames.feed(read, &mut |message| messages.push(message));
                        for message in messages {
                            asked_at = self.platform.monotonic_ms();
                            self.message(&message)?;
                        }
                    }
                    Event::Readable(token) if Feed::<P>::has(*token) => self.happened(*token)?,
                    Event::Readable(token) => self.logged(*token)?,
                    Event::Signal(_) | Event::Writable(_) => {}
                }
            }
        }
    }

    fn tell(&self, id: u16, tell: &Tell<'_>) -> Result<(), End> {
        send(self.platform, &self.output, id, tell).map_err(End::Gone)
    }

    fn refuse(&self, id: u16, why: &str) -> Result<(), End> {
        self.tell(
            id,
            &Tell::Failed {
                status: FAILED,
                why,
            },
        )
    }

    fn message(&mut self, message: &[u8]) -> Result<(), End> {
        let Some((id, ask)) = Ask::read(message) else {
            // one of a later version
            return self.refuse(0, "ipc: message: not understood");
        };
        if let Ask::Hello(version) = ask {
            if version != VERSION {
                self.refuse(id, "ipc: version: not spoken here")?;
                return Err(End::Bye);
            }
            self.greeted = true;
            return self.hello(id);
        }
        if !self.greeted {
            return self.refuse(id, "ipc: hello: must come first");
        }
        let done = match ask {
            Ask::Hello(_) => Ok(0),
            Ask::Bye => return Err(End::Bye),
            Ask::Cancel(number) => {
                self.cancel(number);
                Ok(0)
            }
            Ask::Subscribe => return self.subscribe(id),
            Ask::Log { cell, follow } => return self.log(id, cell, follow),
            Ask::Rows {
                of,
                view,
                fields,
                names,
            } => self.rows(id, kind(of), view, fields, &names),
            Ask::Fields { of } => Ok(self.table(id, read::described(kind(of), 0))),
            Ask::System => self.system(id),
            Ask::Backups(names) => self.backups(id, &names),
            Ask::Run(words) => self.command(id, &words),
        };
        match done {
            Ok(status) => self.tell(id, &Tell::Done(status)),
            Err(failure) => self.tell(
                id,
                &Tell::Failed {
                    status: failure.status(),
                    why: failure.line(),
                },
            ),
        }
    }

    fn hello(&self, id: u16) -> Result<(), End> {
        let mut out = self.frame(id);
        let mut manager = Manager::new(self.platform, &mut out, Asks::Nobody);
        let mut board = String::new();
        // a device whose image is refused is talked to all the same
        let _ = look(&mut manager, Depth::Definitions, &mut |_, world| {
            board.push_str(world.built.board.name);
            Ok(())
        });
        self.tell(
            id,
            &Tell::Hello {
                version: VERSION,
                board: &board,
                write: self.write,
            },
        )
    }

    /// A table, a message a row. An output that is gone shows at the end.
    fn table(&self, id: u16, (columns, rows): Table) -> u8 {
        let names = columns.iter().map(|column| column.name).collect();
        let _ = self.tell(id, &Tell::Columns(names));
        for row in rows {
            let _ = self.tell(id, &Tell::Row(row));
        }
        0
    }

    fn rows(
        &self,
        id: u16,
        of: registry::Kind,
        view: &str,
        fields: &str,
        names: &[&str],
    ) -> Result<u8, Failure> {
        let mut out = self.frame(id);
        let mut manager = Manager::new(self.platform, &mut out, Asks::Nobody);
        let usual = match of {
            registry::Kind::Cell => COMPACT,
            registry::Kind::Volume => MERGED,
        };
        let selection = read::selection(of, usual, view, fields)?;
        let table = read::rows(&mut manager, of, &selection, names)?;
        Ok(self.table(id, table))
    }

    fn backups(&self, id: u16, names: &[&str]) -> Result<u8, Failure> {
        let mut out = self.frame(id);
        let mut manager = Manager::new(self.platform, &mut out, Asks::Nobody);
        let table = backup::table(&mut manager, registry::Kind::Volume, names)?;
        Ok(self.table(id, table))
    }

    fn system(&self, id: u16) -> Result<u8, Failure> {
        let mut out = self.frame(id);
        let mut manager = Manager::new(self.platform, &mut out, Asks::Nobody);
        let columns = ["name", "value"].map(|name| Column {
            name,
            align: Align::Left,
        });
        let mut rows = Vec::new();
        for (name, value) in status::facts(&mut manager)? {
            rows.push(Vec::from([Owned::Text(name.into()), Owned::Text(value)]));
        }
        Ok(self.table(id, (columns.into(), rows)))
    }

    fn frame(&self, id: u16) -> Frame<'_, '_, P> {
        Frame {
            server: self,
            id,
            held: Vec::new(),
        }
    }

    /// A command line, if it may be run.
    fn command(&self, id: u16, words: &[&str]) -> Result<u8, Failure> {
        let mut out = self.frame(id);
        let result = match PROGRAM.read(words) {
            Reading::Help(text) => {
                let _ = out.put(text.as_bytes());
                Ok(())
            }
            Reading::Wrong(wrong) => Err(misused(wrong.command, wrong.word, wrong.why)),
            Reading::Parsed(parsed) => match Verb::at(parsed.command).map(|(_, access)| access) {
                Some(Access::Terminal) | None => {
                    Err(refused("ipc", "run", "this command needs a terminal"))
                }
                Some(Access::Change) if !self.write => {
                    Err(refused("ipc", "run", "read-only: started without --rw"))
                }
                Some(Access::Change | Access::Read) => {
                    let follows = parsed.has(crate::arguments::FOLLOW);
                    let is_log = matches!(
                        Verb::at(parsed.command),
                        Some((Verb::Logs | Verb::Events, _))
                    );
                    if follows && is_log {
                        Err(failed(
                            "ipc",
                            "run",
                            &"what is followed has asks of its own",
                        ))
                    } else {
                        let mut manager = Manager::new(self.platform, &mut out, Asks::Nobody);
                        crate::command(&mut manager, &parsed)
                    }
                }
            },
        };
        let _ = out.show();
        result.map(|()| 0)
    }

    fn subscribe(&mut self, id: u16) -> Result<(), End> {
        if self.feed.is_some() {
            return self.refuse(id, "ipc: subscribe: there is one already");
        }
        let platform = self.platform;
        let opened = {
            let mut nowhere = Nowhere;
            let manager = Manager::new(platform, &mut nowhere, Asks::Nobody);
            manager
                .cellinit()
                .and_then(|client| Feed::open(&manager, client))
        };
        match opened {
            Ok(feed) => {
                self.feed = Some((id, feed));
                Ok(())
            }
            Err(failure) => self.refuse(id, failure.line()),
        }
    }

    /// Something can be read of what was subscribed to.
    fn happened(&mut self, token: Token) -> Result<(), End> {
        let Some((id, feed)) = &mut self.feed else {
            return Ok(());
        };
        let id = *id;
        let mut lines: Vec<String> = Vec::new();
        let taken = feed.take(token, &mut lines);
        for line in &lines {
            self.tell(id, &Tell::Event(line))?;
        }
        match taken {
            Ok(()) => Ok(()),
            Err(failure) => {
                self.cancel(id);
                self.refuse(id, failure.line())
            }
        }
    }

    fn log(&mut self, id: u16, cell: &str, follow: bool) -> Result<(), End> {
        let Some(slot) = self.logs.iter().position(Option::is_none) else {
            return self.refuse(id, "ipc: log: too many are followed");
        };
        let prefix = self.platform.prefix();
        let opened = Client::connect(self.platform, prefix).and_then(|mut client| {
            client.send(&Request::Log { cell, follow })?;
            Ok(client)
        });
        let client = match opened {
            Ok(client) => client,
            Err(why) => return self.refuse(id, failed("cellinit", "connect", &why).line()),
        };
        let token = u32::try_from(slot).map_or(LOGS, |slot| LOGS + slot);
        if let Err(errno) = self.platform.watch_read(client.fd(), token) {
            return self.refuse(id, failed(cell, "log", &errno).line());
        }
        if let Some(place) = self.logs.get_mut(slot) {
            *place = Some(Followed { id, client });
        }
        Ok(())
    }

    /// Something can be read of a log.
    fn logged(&mut self, token: Token) -> Result<(), End> {
        let slot = usize::try_from(token.wrapping_sub(LOGS)).unwrap_or(usize::MAX);
        let (platform, output) = (self.platform, &self.output);
        let Some(place) = self.logs.get_mut(slot) else {
            return Ok(());
        };
        let Some(log) = place else {
            return Ok(());
        };
        let tell = |id, tell: &Tell<'_>| send(platform, output, id, tell).map_err(End::Gone);
        loop {
            let id = log.id;
            let ended = match log.client.receive() {
                Ok(Reply::Log(piece)) => {
                    tell(id, &Tell::Output(piece))?;
                    None
                }
                Ok(Reply::Done) => Some(Ok(())),
                Ok(Reply::Refused(why)) => Some(Err(failed("log", "read", &why))),
                Ok(_) => Some(Err(failed(
                    "log",
                    "read",
                    &"cellinit answered something else",
                ))),
                Err(why) => Some(Err(failed("log", "read", &why))),
            };
            match ended {
                Some(Ok(())) => tell(id, &Tell::Done(0))?,
                Some(Err(failure)) => tell(
                    id,
                    &Tell::Failed {
                        status: failure.status(),
                        why: failure.line(),
                    },
                )?,
                None if log.client.has_more() => continue,
                None => return Ok(()),
            }
            let _ = platform.unwatch(log.client.fd());
            *place = None;
            return Ok(());
        }
    }

    fn cancel(&mut self, number: u16) {
        if let Some((_, feed)) = self.feed.take_if(|(id, _)| *id == number) {
            feed.close(self.platform);
        }
        for place in &mut self.logs {
            if let Some(log) = place.take_if(|log| log.id == number) {
                let _ = self.platform.unwatch(log.client.fd());
            }
        }
    }
}

const fn kind(of: Kind) -> registry::Kind {
    match of {
        Kind::Cells => registry::Kind::Cell,
        Kind::Volumes => registry::Kind::Volume,
    }
}
