//! A pseudo terminal: a program has one side, the screen the other, with a line of some speed in between.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

use crate::Screen;

/// How fast bytes come through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// At once.
    Local,
    /// A serial line of so many bits a second, ten of them a byte.
    Baud(u32),
}

/// What came.
struct Seen {
    screen: Screen,
    /// Everything, as it came.
    raw: Vec<u8>,
    /// When something last came.
    at: Instant,
}

/// The terminal.
pub struct Pty {
    master: Arc<File>,
    slave: OwnedFd,
    path: PathBuf,
    seen: Arc<Mutex<Seen>>,
}

/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(2);

/// A slice of time of a slow line.
const SLICE: Duration = Duration::from_millis(5);

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

impl Pty {
    /// A pair without anything that reads it: the side of a program's other side, and the path of the program's.
    ///
    /// # Panics
    /// There is none to be had.
    #[must_use]
    pub fn pair() -> (File, PathBuf) {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pty");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("a name");
        let path = PathBuf::from(name.into_string().expect("text"));
        (File::from(master), path)
    }

    /// A terminal of that size, at the end of that line.
    ///
    /// # Panics
    /// There is none to be had.
    #[must_use]
    pub fn new(columns: u16, rows: u16, line: Line) -> Self {
        let (master, path) = Self::pair();
        let slave = File::options().read(true).write(true).open(&path);
        let slave = OwnedFd::from(slave.expect("the other side"));
        tcsetwinsize(&slave, size(columns, rows)).expect("a size");
        if let Line::Baud(baud) = line {
            let mut modes = tcgetattr(&slave).expect("modes");
            modes.set_speed(baud).expect("a speed");
            tcsetattr(&slave, OptionalActions::Now, &modes).expect("modes");
        }
        let master = Arc::new(master);
        let seen = Arc::new(Mutex::new(Seen {
            screen: Screen::new(columns, rows),
            raw: vec![],
            at: Instant::now(),
        }));
        let (from, into) = (Arc::clone(&master), Arc::clone(&seen));
        thread::spawn(move || show(&from, &into, line));
        Self {
            master,
            slave,
            path,
            seen,
        }
    }

    /// Starts a program whose terminal this is.
    ///
    /// # Panics
    /// It cannot be started: it needs setsid(1) of util-linux.
    #[must_use]
    pub fn start(&self, program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Child {
        let side = || Stdio::from(self.slave.try_clone().expect("one more"));
        let mut command = Command::new("setsid");
        command.args(["-c", program]).args(arguments);
        command
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .env("TERM", "xterm")
            .envs(variables.iter().copied());
        command.spawn().expect("setsid")
    }

    /// Types.
    ///
    /// # Panics
    /// Nobody reads it any more.
    pub fn keys(&self, keys: &[u8]) {
        (&*self.master).write_all(keys).expect("typed");
    }

    /// Where it is.
    #[must_use]
    pub const fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Its modes.
    ///
    /// # Panics
    /// It has none.
    #[must_use]
    pub fn modes(&self) -> Termios {
        tcgetattr(&self.slave).expect("modes")
    }

    /// Changes its size.
    ///
    /// # Panics
    /// It cannot be changed.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.seen().screen.resize(columns, rows);
        tcsetwinsize(&*self.master, size(columns, rows)).expect("a size");
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the screen.
    pub fn look<T>(&self, at: impl FnOnce(&Screen) -> T) -> T {
        at(&self.seen().screen)
    }

    /// Waits until the screen is so; how long that took.
    ///
    /// # Panics
    /// It is not in time.
    pub fn until(&self, what: &str, most: Duration, is_so: impl Fn(&Screen) -> bool) -> Duration {
        let began = Instant::now();
        while !self.look(&is_so) {
            let rows = || self.look(Screen::rows).join("\n");
            assert!(began.elapsed() < most, "{what}: not seen:\n{}", rows());
            thread::sleep(LOOK);
        }
        began.elapsed()
    }

    /// Waits until the screen has that text.
    ///
    /// # Panics
    /// It is not in time.
    pub fn shows(&self, text: &str, most: Duration) -> Duration {
        self.until(text, most, |screen| screen.has(text))
    }

    /// Waits until nothing came for so long; how many bytes came in all.
    #[must_use]
    pub fn quiet(&self, time: Duration) -> usize {
        loop {
            let seen = self.seen();
            if seen.at.elapsed() >= time {
                return seen.screen.bytes();
            }
            drop(seen);
            thread::sleep(LOOK);
        }
    }

    /// Everything that came, as it came.
    #[must_use]
    pub fn raw(&self) -> Vec<u8> {
        self.seen().raw.clone()
    }
}

/// Reads what a program writes, as fast as the line is, and shows it.
fn show(mut from: &File, into: &Mutex<Seen>, line: Line) {
    let mut bytes = [0; 4096];
    let began = Instant::now();
    let mut taken = 0;
    loop {
        let most = match line {
            Line::Local => bytes.len(),
            Line::Baud(baud) => {
                // what the line could have carried since the first byte, and nothing that it could have before
                thread::sleep(SLICE);
                let micros = began.elapsed().as_micros() as u64;
                let carried = micros * u64::from(baud) / 10_000_000;
                let slice = (SLICE.as_micros() as u64 * u64::from(baud)).div_ceil(10_000_000) + 1;
                taken = taken.max(carried.saturating_sub(slice));
                (carried - taken.min(carried)) as usize
            }
        };
        if most == 0 {
            continue;
        }
        let end = most.min(bytes.len());
        match from.read(&mut bytes[..end]) {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                taken += count as u64;
                let mut seen = into.lock().unwrap_or_else(PoisonError::into_inner);
                seen.screen.take(&bytes[..count]);
                seen.raw.extend_from_slice(&bytes[..count]);
                seen.at = Instant::now();
            }
        }
    }
}
