//! A client of the control socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use libcell::control::{self, MESSAGE_MAX, Reply, Request, State, Why};

use super::device::{PATIENCE, eventually};

pub struct Control {
    pub stream: UnixStream,
    held: Vec<u8>,
}

/// What Status said, by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub state: State,
    pub pid: u32,
    pub restarts: u32,
    pub failures: u16,
    pub backoff_ms: u32,
    pub health_failures: u8,
}

impl Control {
    pub fn connect(path: &Path) -> std::io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            held: vec![],
        })
    }

    pub fn send(&mut self, request: &Request<'_>) {
        let mut bytes = [0; MESSAGE_MAX];
        let used = control::write(request, &mut bytes).unwrap();
        self.stream.write_all(&bytes[..used]).unwrap();
    }

    /// The next reply, as `take` sees it; `None` at the end of the connection.
    pub fn receive<T>(&mut self, take: impl FnOnce(&Reply<'_>) -> T) -> Option<T> {
        loop {
            if let Some((reply, used)) = control::read::<Reply<'_>>(&self.held).unwrap() {
                let taken = take(&reply);
                self.held.drain(..used);
                return Some(taken);
            }
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => self.held.extend(&bytes[..count]),
                // a machine that was paused: signal(7)
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Asks for something that is done or refused.
    pub fn ask(&mut self, request: &Request<'_>) -> Result<(), Why> {
        self.send(request);
        self.receive(|reply| match reply {
            Reply::Done => Ok(()),
            Reply::Refused(why) => Err(*why),
            other => panic!("{other:?}"),
        })
        .expect("a reply")
    }

    pub fn status(&mut self, index: u8) -> Seen {
        self.send(&Request::Status(index));
        self.receive(|reply| match reply {
            Reply::Cell(status) => Seen {
                state: status.state,
                pid: status.pid,
                restarts: status.restarts,
                failures: status.failures,
                backoff_ms: status.backoff_ms,
                health_failures: status.health_failures,
            },
            other => panic!("{other:?}"),
        })
        .expect("a reply")
    }

    /// Waits until a cell is in this state.
    pub fn wait(&mut self, index: u8, state: State) -> Seen {
        let what = format!("cell {index} {}", state.name());
        eventually(&what, || {
            let seen = self.status(index);
            (seen.state == state).then_some(seen)
        })
    }

    /// All that a ring holds.
    pub fn log(&mut self, cell: &str) -> String {
        self.send(&Request::Log {
            cell,
            follow: false,
        });
        let mut text = String::new();
        loop {
            let more = self.receive(|reply| match reply {
                Reply::Log(piece) => {
                    text.push_str(std::str::from_utf8(piece).unwrap());
                    true
                }
                Reply::Done => false,
                other => panic!("{other:?}"),
            });
            if more != Some(true) {
                return text;
            }
        }
    }

    /// Gives up on answers that do not come within that time.
    pub fn patience(&self, time: Duration) {
        self.stream.set_read_timeout(Some(time)).unwrap();
    }
}
