//! The other end of cellinit's control socket.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use cell_abi::Handle;
use libcell::control::{self, LastExit, MESSAGE_MAX, Reply, Request, SOCKET, State};
use libcell::platform::{Errno, Platform, System};

/// What is kept of a cell's status.
pub(super) struct Cell {
    pub name: String,
    pub state: State,
    pub handle: Handle,
    pub pid: u32,
    pub restarts: u32,
    pub failures: u16,
    pub last_exit: LastExit,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            state,
            restarts,
            failures,
            last_exit,
            ..
        } = self;
        let state = state.name();
        write!(
            f,
            "{name}: {state}, {restarts} restarts, {failures} failures in a row, last exit {last_exit:?}"
        )
    }
}

/// What is kept of the whole.
pub(super) struct Whole {
    pub cells: u8,
    pub ready: u8,
    pub watchdog_fed: bool,
    pub boot_ms: u32,
    pub memory: u32,
    pub rings: u32,
    pub dropped: u32,
}

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cells,
            ready,
            boot_ms,
            memory,
            rings,
            dropped,
            watchdog_fed,
        } = self;
        let watchdog = if *watchdog_fed { "fed" } else { "not fed" };
        write!(
            f,
            "{cells} cells, {ready} ready, all started after {boot_ms} ms, memory {memory} and rings {rings} bytes, \
             {dropped} lines not logged, watchdog {watchdog}"
        )
    }
}

pub(super) struct Client<'s> {
    pub system: &'s System,
}

impl Client<'_> {
    /// Makes a request and gives every reply to `take` until it is content.
    fn ask(
        &self,
        request: &Request<'_>,
        mut take: impl FnMut(Reply<'_>) -> Option<Result<(), String>>,
    ) -> Result<(), String> {
        let failed = |errno: Errno| alloc::format!("{SOCKET}: {errno}");
        let socket = self.system.connect(SOCKET).map_err(failed)?;
        let mut out = [0; 256];
        let size = control::write(request, &mut out).unwrap_or(0);
        self.system
            .write(&socket, out.get(..size).unwrap_or_default())
            .map_err(failed)?;
        let mut bytes = Vec::new();
        let mut buffer = [0; MESSAGE_MAX];
        loop {
            let used = match control::read::<Reply<'_>>(&bytes) {
                Ok(Some((reply, used))) => {
                    if let Some(result) = take(reply) {
                        return result;
                    }
                    used
                }
                Ok(None) => match self.system.read(&socket, &mut buffer).map_err(failed)? {
                    0 => return Err("cellinit hung up".into()),
                    count => {
                        bytes.extend_from_slice(buffer.get(..count).unwrap_or_default());
                        0
                    }
                },
                Err(control::Malformed) => return Err("cellinit: not a reply".into()),
            };
            bytes.drain(..used);
        }
    }

    fn done(&self, request: &Request<'_>) -> Result<(), String> {
        self.ask(request, |reply| {
            Some(match reply {
                Reply::Done => Ok(()),
                other => Err(alloc::format!("{other:?}")),
            })
        })
    }

    pub(super) fn system(&self) -> Result<Whole, String> {
        let mut whole = None;
        self.ask(&Request::System, |reply| {
            Some(match reply {
                Reply::System(system) => {
                    whole = Some(Whole {
                        cells: system.cells,
                        ready: system.ready,
                        watchdog_fed: system.watchdog_fed,
                        boot_ms: system.boot_ms,
                        memory: system.memory,
                        rings: system.rings,
                        dropped: system.dropped,
                    });
                    Ok(())
                }
                other => Err(alloc::format!("{other:?}")),
            })
        })?;
        whole.ok_or_else(|| "no answer".into())
    }

    /// All cells of the image.
    pub(super) fn cells(&self) -> Result<Vec<Cell>, String> {
        let mut cells = Vec::new();
        for index in 0..u8::MAX {
            let before = cells.len();
            self.ask(&Request::Status(index), |reply| {
                Some(match reply {
                    Reply::Cell(status) => {
                        cells.push(Cell {
                            name: status.name.into(),
                            state: status.state,
                            handle: status.handle,
                            pid: status.pid,
                            restarts: status.restarts,
                            failures: status.failures,
                            last_exit: status.last_exit,
                        });
                        Ok(())
                    }
                    Reply::Refused(control::Why::NoSuchCell) => Ok(()),
                    other => Err(alloc::format!("{other:?}")),
                })
            })?;
            if cells.len() == before {
                break;
            }
        }
        Ok(cells)
    }

    pub(super) fn cell(&self, name: &str) -> Result<Cell, String> {
        let found = self.cells()?.into_iter().find(|cell| cell.name == name);
        found.ok_or_else(|| alloc::format!("{name}: no such cell"))
    }

    pub(super) fn start(&self, name: &str) -> Result<(), String> {
        self.done(&Request::Start(name))
    }

    pub(super) fn stop(&self, name: &str) -> Result<(), String> {
        self.done(&Request::Stop(name))
    }

    pub(super) fn shutdown(&self) -> Result<(), String> {
        self.done(&Request::Shutdown)
    }

    /// A cell's ring.
    pub(super) fn log(&self, name: &str) -> Result<String, String> {
        let mut text = Vec::new();
        let request = Request::Log {
            cell: name,
            follow: false,
        };
        self.ask(&request, |reply| match reply {
            Reply::Log(bytes) => {
                text.extend_from_slice(bytes);
                None
            }
            Reply::Done => Some(Ok(())),
            other => Some(Err(alloc::format!("{other:?}"))),
        })?;
        String::from_utf8(text).map_err(|_| "not UTF-8".into())
    }
}
