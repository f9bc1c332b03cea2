//! The simulated device's syslogd: lines go to a file and to the console.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::Failure;

/// Where lines are shown, besides the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Console {
    /// On standard output.
    Output,
    /// On standard error, because a command has the output.
    Error,
}

/// A log that has been opened; cloned for each writer.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    file: Arc<Mutex<File>>,
    console: Console,
}

impl Log {
    pub(crate) fn open(path: &Path, console: Console) -> Result<Self, Failure> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        Ok(Self {
            file: Arc::new(Mutex::new(
                file.map_err(|why| Failure::of(path.display(), why))?,
            )),
            console,
        })
    }

    /// Writes a line. A console that is gone does not keep it from the file.
    pub(crate) fn line(&self, line: &str) {
        let line = format!("{line}\n");
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(line.as_bytes());
        let _ = match self.console {
            Console::Output => io::stdout().write_all(line.as_bytes()),
            Console::Error => io::stderr().write_all(line.as_bytes()),
        };
    }
}

/// The socket that cellinit sends to, and the thread that reads it.
#[derive(Debug)]
pub(crate) struct Syslog {
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Syslog {
    pub(crate) fn start(path: PathBuf, log: Log) -> Result<Self, Failure> {
        let fail = |why: io::Error| Failure::of(path.display(), why);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(fail)?;
        }
        let socket = UnixDatagram::bind(&path).map_err(fail)?;
        let thread = std::thread::spawn(move || serve(&socket, &log));
        Ok(Self {
            path,
            thread: Some(thread),
        })
    }

    /// Ends after everything that was sent before.
    pub(crate) fn stop(mut self) {
        let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to(&[], &self.path));
        if let (Ok(_), Some(thread)) = (sent, self.thread.take()) {
            let _ = thread.join();
        }
    }
}

/// An empty message ends it.
fn serve(socket: &UnixDatagram, log: &Log) {
    const LONGEST: usize = 8192;
    let mut buffer = vec![0; LONGEST];
    while let Ok(length) = socket.recv(&mut buffer) {
        if length == 0 {
            return;
        }
        let text = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default());
        log.line(&shown(text.trim_end_matches(['\n', '\0'])));
    }
}

/// `<134>Nov ...` becomes `local0.info Nov ...`, as a syslogd that was asked to would write it.
fn shown(message: &str) -> String {
    const FACILITIES: [&str; 24] = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron",
        "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2",
        "local3", "local4", "local5", "local6", "local7",
    ];
    const LEVELS: [&str; 8] = [
        "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
    ];
    let parsed = message.strip_prefix('<').and_then(|rest| {
        let (number, text) = rest.split_once('>')?;
        let number: usize = number.parse().ok()?;
        let facility = FACILITIES.get(number / 8)?;
        let level = LEVELS.get(number % 8)?;
        Some(format!("{facility}.{level} {text}"))
    });
    // control characters of a cell must not reach the terminal
    let text = parsed.unwrap_or_else(|| message.to_owned());
    text.chars()
        .map(|c| if c.is_control() && c != '\t' { '?' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_reach_the_file_in_order() {
        let top = tempfile::tempdir().unwrap();
        let log = Log::open(&top.path().join("syslog"), Console::Error).unwrap();
        let path = top.path().join("var/run/log");
        let syslog = Syslog::start(path.clone(), log).unwrap();
        let socket = UnixDatagram::unbound().unwrap();
        for line in ["<134>cell=web one\n", "<11>cell=web two", "plain \u{1b}[2J"] {
            socket.send_to(line.as_bytes(), &path).unwrap();
        }
        syslog.stop();
        let text = std::fs::read_to_string(top.path().join("syslog")).unwrap();
        assert_eq!(
            text,
            "local0.info cell=web one\nuser.err cell=web two\nplain ?[2J\n"
        );
    }
}
