//! What the shell holds of one cell.

use libcell::platform::{Pid, Platform};

use crate::automaton::Cells;
use crate::log::{Budget, Lines, Ring};
use crate::room::Room;

/// A cell's processes, output and surroundings.
#[derive(Debug)]
pub(super) struct Unit<P: Platform> {
    pub room: Room,
    /// The service's process, also after it ended, for its last lines; 0 before the first.
    pub pid: Pid,
    /// The health command's process, 0 when none runs.
    pub health: Pid,
    /// Where in the cell's plan the command is that runs instead of the service.
    pub preparing: Option<usize>,
    /// The commands of its plan have all been run since it was set up.
    pub prepared: bool,
    pub stdout: Stream<P>,
    pub stderr: Stream<P>,
    pub ring: Ring,
    /// What it may still send to syslogd.
    pub budget: Budget,
    /// What it runs by.
    pub definition: [u8; 8],
    /// And that is not what is desired.
    pub pending: bool,
    /// What is desired does not go with what other cells run by.
    pub blocked: bool,
}

/// One of its output streams.
#[derive(Debug)]
pub(super) struct Stream<P: Platform> {
    /// Our end of the pipe while somebody may write.
    pub fd: Option<P::Fd>,
    pub lines: Lines,
}

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Stdout,
    Stderr,
}

impl Channel {
    pub(super) const ALL: [Self; 2] = [Self::Stdout, Self::Stderr];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

impl<P: Platform> Unit<P> {
    pub(super) fn new(ring: u32) -> Self {
        Self {
            room: Room::new(),
            pid: 0,
            health: 0,
            preparing: None,
            prepared: false,
            stdout: Stream::new(),
            stderr: Stream::new(),
            ring: Ring::new(ring),
            budget: Budget::new(),
            definition: [0; 8],
            pending: false,
            blocked: false,
        }
    }

    /// Whether nothing is there of the cell of that index, and nothing is being made.
    pub(super) fn rests(&self, index: usize, cells: &Cells) -> bool {
        let service = cells.service(index);
        self.room.is_empty()
            && service.is_none_or(|service| !service.is_alive() && !service.is_launching())
    }

    /// Has nobody wait for its output.
    pub(super) fn unwatch(&mut self, platform: &P) {
        for stream in [&self.stdout, &self.stderr] {
            if let Some(fd) = &stream.fd {
                let _ = platform.unwatch(fd);
            }
        }
    }
}

impl<P: Platform> Stream<P> {
    const fn new() -> Self {
        Self {
            fd: None,
            lines: Lines::new(),
        }
    }
}
