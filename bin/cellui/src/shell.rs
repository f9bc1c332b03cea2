//! The loop: keys, answers, signals and time go into [`App`]; what it draws goes to the terminal.

use alloc::string::String;

use libcell::entry::USAGE;
use libcell::keys::Decoder;
use libcell::number::decimal;
use libcell::options::{Parsed, Reading, push};
use libcell::output::Output;
use libcell::platform::{Errno, Event, Launch, Pid, Platform, SignalNumber, Token, signal, utf8};
use libcell::screen::{Colour, Drawing, Grid, Painter};
use libcell::table::Lines;

use crate::app::{App, Effect, Place};
use crate::arguments::{ASCII, CONNECT, MONO, NOTES, PROGRAM, READ_ONLY, SERIAL, SPEED};
use crate::console::{Console, looks};
use crate::deed::Access;
use crate::keeper;
use crate::line::{LINE, Line, Way, environment};

const KEYS: Token = 1;

/// A key of several bytes that does not go on for so long is over, in milliseconds.
const SPLIT_MS: u32 = 100;

/// Exit status: it failed.
const FAILED: u8 = 1;

/// Does what the arguments say; `arguments[0]` is the program. The exit status, as the manual page lists it.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let (own, words) = arguments.split_first().unwrap_or((&"cellui", &[]));
    match PROGRAM.read(words, NOTES) {
        Reading::Help(text) => {
            let shown = Output::standard(platform, 1).and_then(|mut out| {
                out.put(text.as_bytes())?;
                out.finish()
            });
            u8::from(shown.is_err())
        }
        Reading::Wrong(wrong) => {
            tell(platform, &[wrong.word, ": ", wrong.why]);
            USAGE
        }
        Reading::Parsed(parsed) => match begin(platform, own, &parsed) {
            Ok(status) => status,
            Err((status, why)) => {
                tell(platform, &[why]);
                status
            }
        },
    }
}

fn tell<P: Platform>(platform: &P, parts: &[&str]) {
    if let Ok(mut error) = Output::standard(platform, 2) {
        let _ = error.put(b"cellui: ");
        for part in parts {
            let _ = error.put(part.as_bytes());
        }
        let _ = error.put(b"\n");
        let _ = error.finish();
    }
}

/// Exit status, and why.
type Refusal = (u8, &'static str);

/// Where cellmgr is on a device.
const CELLMGR: &str = "/sbin/cellmgr";

/// What is typed into a shell at the end of a serial line; the rest after what is only read.
const TYPED: &str = "cellmgr ipc --stdio --rw";
const READS: usize = 19;

/// The cellmgr beside this program, or a device's.
fn cellmgr(own: &str) -> String {
    let end = own.bytes().rposition(|byte| byte == b'/');
    let directory = end.and_then(|end| own.get(..=end));
    let mut path = String::new();
    match directory {
        Some(directory) => push(&mut path, &[directory, "cellmgr"]),
        None => path.push_str(CELLMGR),
    }
    path
}

fn way<'a>(cellmgr: &'a str, access: Access, parsed: &Parsed<'a>) -> Result<Way<'a>, Refusal> {
    let speed = parsed.value(SPEED);
    let baud = speed.and_then(decimal);
    if speed.is_some() && (baud.is_none() || !parsed.has(SERIAL)) {
        return Err((USAGE, "--speed: a number, and with --serial"));
    }
    match (parsed.value(CONNECT), parsed.value(SERIAL), parsed.rest(0)) {
        (Some(path), None, []) => Ok(Way::Socket(path)),
        (None, Some(path), []) => {
            let typed = match access {
                Access::Looks => TYPED.get(..READS),
                Access::Changes => None,
            };
            Ok(Way::Serial(path, baud, typed.unwrap_or(TYPED)))
        }
        (None, None, []) => {
            let words = [cellmgr, "ipc", "--stdio", "--rw"];
            let count = match access {
                Access::Looks => 3,
                Access::Changes => 4,
            };
            Ok(Way::Command(words.into_iter().take(count).collect()))
        }
        (None, None, words) => Ok(Way::Command(words.into())),
        (..) => Err((USAGE, "arguments: one of --connect, --serial and a command")),
    }
}

fn begin<P: Platform>(platform: &P, own: &str, parsed: &Parsed<'_>) -> Result<u8, Refusal> {
    let cellmgr = cellmgr(own);
    let is_here = !parsed.has(CONNECT) && !parsed.has(SERIAL) && parsed.rest(0).is_empty();
    // who is not root changes nothing on this machine
    let access = if parsed.has(READ_ONLY) || is_here && platform.euid() != 0 {
        Access::Looks
    } else {
        Access::Changes
    };
    let way = way(&cellmgr, access, parsed)?;
    let place = if is_here {
        Place::Here
    } else {
        Place::Elsewhere
    };
    let term = platform.variable("TERM").unwrap_or_default();
    let (mut drawing, mut colour) =
        looks(&term).ok_or((FAILED, "TERM: needs a VT100 or what came after it"))?;
    if parsed.has(ASCII) {
        drawing = Drawing::Ascii;
    }
    if parsed.has(MONO) {
        colour = Colour::Mono;
    }
    let failed = |errno: Errno| (FAILED, errno.text().unwrap_or("terminal: failed"));
    let console =
        Console::find(platform).map_err(|_| (FAILED, "standard input: not a terminal"))?;
    if let Some(painter) = platform.fork().map_err(failed)? {
        return Ok(keeper::keep(platform, &console, painter));
    }
    let size = console.size();
    let mut session = Session {
        platform,
        console,
        painter: Painter::new(drawing, colour),
        grid: Grid::new(size.columns, size.rows),
        app: App::new(place),
        line: Line::new(platform, way, access, platform.monotonic_ms() as u32),
        decoder: Decoder::new(),
        shell: None,
    };
    let result = session.run();
    session.console.give_back();
    // this is the end: nobody needs what it holds
    core::mem::forget(session);
    result.map_err(failed)
}

/// What is told rather than obeyed.
const SIGNALS: [SignalNumber; 10] = [
    signal::CHLD,
    signal::TERM,
    signal::HUP,
    signal::INT,
    signal::QUIT,
    signal::WINCH,
    signal::CONT,
    signal::TSTP,
    signal::TTIN,
    signal::TTOU,
];

/// Everything there is.
struct Session<'p, P: Platform> {
    platform: &'p P,
    console: Console<'p, P>,
    painter: Painter,
    grid: Grid,
    app: App,
    line: Line<'p, P>,
    decoder: Decoder,
    /// Whose the terminal is meanwhile.
    shell: Option<Pid>,
}

impl<P: Platform> Session<'_, P> {
    fn run(&mut self) -> Result<u8, Errno> {
        let platform = self.platform;
        platform.watch_signals(&SIGNALS)?;
        self.console.take()?;
        platform.watch_read(&self.console.fd, KEYS)?;
        let mut typed_at = 0;
        loop {
            let now = self.now();
            self.line.tick(&mut self.app, now);
            let mut patience = self.line.patience(&self.app, now);
            if self.shell.is_none() {
                self.app.draw(&mut self.grid, &mut self.painter, now);
                let more = self.console.paint(&self.grid, &mut self.painter, now)?;
                patience = patience.min(more.unwrap_or(patience));
            }
            if self.decoder.waits() {
                patience = patience.min(SPLIT_MS);
            }
            let mut events = [Event::Signal(0); 8];
            let count = platform.wait(&mut events, Some(patience.into()))?;
            let now = self.now();
            if self.decoder.waits()
                && now.wrapping_sub(typed_at) >= SPLIT_MS
                && let Some(key) = self.decoder.pause()
                && self.key(key)?
            {
                return Ok(0);
            }
            for event in events.iter().take(count) {
                match event {
                    Event::Readable(KEYS) => {
                        typed_at = now;
                        if self.keys()? {
                            return Ok(0);
                        }
                    }
                    Event::Readable(LINE) => self.line.take(&mut self.app, now),
                    Event::Signal(number) => {
                        if let Some(status) = self.signal(*number)? {
                            return Ok(status);
                        }
                    }
                    Event::Readable(_) | Event::Writable(_) => {}
                }
            }
        }
    }

    fn now(&self) -> u32 {
        // wraps after 49 days, and nothing here looks so far
        self.platform.monotonic_ms() as u32
    }

    /// Keys came; whether it is the end.
    fn keys(&mut self) -> Result<bool, Errno> {
        let mut bytes = [0; 64];
        let count = match self.platform.read(&self.console.fd, &mut bytes) {
            Ok(0) => return Err(Errno::EIO),
            Ok(count) => count,
            Err(Errno::EAGAIN) => 0,
            Err(errno) => return Err(errno),
        };
        for byte in bytes.iter().take(count) {
            if let Some(key) = self.decoder.feed(*byte)
                && self.key(key)?
            {
                return Ok(true);
            }
            if self.shell.is_some() {
                // what was typed before the shell was there is for nobody
                break;
            }
        }
        Ok(false)
    }

    fn key(&mut self, key: libcell::keys::Key) -> Result<bool, Errno> {
        match self.app.key(key, &mut self.line) {
            Effect::None => {}
            Effect::Quit => {
                self.line.bye();
                return Ok(true);
            }
            Effect::Repaint => self.painter.forget(),
            Effect::Shell => self.hand_over()?,
        }
        Ok(false)
    }

    /// Gives the terminal to a shell in the cell that is chosen.
    fn hand_over(&mut self) -> Result<(), Errno> {
        let platform = self.platform;
        let cell = utf8(self.app.name()).unwrap_or_default();
        let words = [self.line.cellmgr(), "cell", "shell", cell];
        let variable = environment(platform);
        let [input, output, error] = [0, 1, 2].map(|number| platform.standard(number).ok());
        platform.unwatch(&self.console.fd)?;
        self.console.give_back();
        let spawned = platform.spawn(&Launch {
            command: &words,
            environment: &[&variable],
            new_session: false,
            stdio: [input.as_ref(), output.as_ref(), error.as_ref()],
            limits: &[],
            enter: None,
            directory: ".",
            user: None,
        });
        match spawned {
            Ok(pid) => self.shell = Some(pid),
            Err(errno) => {
                let why = errno.text().unwrap_or("failed").as_bytes();
                self.app.say(&[b"shell: ", why]);
                self.take_back()?;
            }
        }
        Ok(())
    }

    fn take_back(&mut self) -> Result<(), Errno> {
        self.shell = None;
        let _ = self.platform.take_terminal(&self.console.fd);
        self.console.take()?;
        self.platform.watch_read(&self.console.fd, KEYS)?;
        self.resize();
        Ok(())
    }

    fn resize(&mut self) {
        let size = self.console.size();
        self.grid = Grid::new(size.columns, size.rows);
        self.painter.forget();
    }

    /// A signal came; the status if it is the end.
    fn signal(&mut self, number: u8) -> Result<Option<u8>, Errno> {
        match number {
            signal::CHLD => {
                while let Ok(Some((pid, exit))) = self.platform.reap() {
                    self.line.ended(pid);
                    if self.shell == Some(pid) {
                        self.app.shell_ended(exit);
                        self.take_back()?;
                    }
                }
            }
            signal::WINCH => self.resize(),
            signal::CONT if self.shell.is_none() => {
                self.console.take()?;
                self.resize();
            }
            // a key of the shell's terminal
            signal::INT | signal::QUIT if self.shell.is_some() => {}
            signal::TERM | signal::HUP | signal::INT | signal::QUIT => {
                self.line.bye();
                return Ok(Some(FAILED));
            }
            _ => {}
        }
        Ok(None)
    }
}
