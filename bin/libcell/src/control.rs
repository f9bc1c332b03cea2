//! The messages of cellinit's control socket.
//!
//! A connection carries requests one way and replies the other, each a little-endian `u16` length and so many bytes
//! of postcard. [`Request::Log`] with `follow` makes the rest of the connection a stream of [`Reply::Log`].
//! Only root is served (the peer's credentials are asked of the kernel, not of the peer). [`write()`] and [`read()`] put
//! messages on the wire and take them off it.

use cell_abi::Handle;
use serde::{Deserialize, Serialize};

/// Longest message, length excluded.
pub const MESSAGE_MAX: usize = 2048;

/// Where it is on the device.
pub const SOCKET: &str = "/var/run/cellinit.sock";

/// What cellinit is asked. New ones are appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request<'a> {
    /// → [`Reply::System`]
    System,
    /// The cell of that index, from 0; `Reply::Refused(Why::NoSuchCell)` ends. → [`Reply::Cell`]
    Status(u8),
    /// Start a cell, its dependencies first. → [`Reply::Done`] once it is under way.
    Start(&'a str),
    /// Stop a cell, its dependents first. → [`Reply::Done`] when it has stopped.
    Stop(&'a str),
    /// Stop and start. → [`Reply::Done`] once it is under way.
    Restart(&'a str),
    /// What the RAM ring holds, oldest first. → [`Reply::Log`]s, then [`Reply::Done`] unless `follow`.
    Log {
        /// The cell.
        cell: &'a str,
        /// And then what comes.
        follow: bool,
    },
    /// Stop everything in reverse order and exit. → [`Reply::Done`] when everything has stopped.
    Shutdown,
    /// Start, stop or restart a cell as above, for an operation that has a number.
    Do {
        /// The number, which events and logs tell.
        operation: u32,
        /// What.
        what: Deed,
        /// Which cell.
        cell: &'a str,
    },
    /// Read the image and the changes again. A cell at rest is as they say from then on, another one when it next comes to
    /// rest. → [`Reply::Done`], or [`Reply::Failed`] and everything is as before
    Reload {
        /// The number of the operation.
        operation: u32,
    },
    /// The definition that the cell of that index runs by, from that byte on: a [`Draft`](crate::desired::Draft) in
    /// postcard. → [`Reply::Definition`], empty at the end
    Definition {
        /// Index of the cell.
        cell: u8,
        /// Bytes that are known.
        from: u32,
    },
    /// Make a step of a cell's plan so, or look whether it is. → [`Reply::Step`] or [`Reply::Failed`]
    Step {
        /// Which cell.
        cell: &'a str,
        /// Which step, from 0.
        step: u8,
        /// Only look.
        check: bool,
    },
    /// Tell this among the events and in the log. → [`Reply::Done`]
    Note {
        /// The number of the operation.
        operation: u32,
        /// At most [`NOTE_MAX`] bytes.
        text: &'a str,
    },
    /// What happened, oldest first. → [`Reply::Log`]s of lines `milliseconds cell: text`, the time being since cellinit
    /// started and the cell `-` where it is about all; then [`Reply::Done`] unless `follow`
    Events {
        /// And then what comes.
        follow: bool,
    },
}

/// Longest text of a note in bytes.
pub const NOTE_MAX: usize = 120;

/// What is done with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// [`Request::Start`]
    Start,
    /// [`Request::Stop`]
    Stop,
    /// [`Request::Restart`]
    Restart,
}

impl Deed {
    /// In tables and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

/// What came of a step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stepped {
    /// It was so.
    Same,
    /// It was not, and is now or, when only looked at, would be.
    Changed,
    /// It is a command, or on a memory file system that is not mounted now.
    Elsewhere,
}

/// What cellinit made of the changes to its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Changes {
    /// Those of that generation are made; 0 if there never was one.
    Made(u32),
    /// They are damaged or do not go with the image, which runs without them.
    Refused,
}

/// Where a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Not started, or stopped by request.
    Stopped,
    /// Waits for dependencies to be ready.
    Waiting,
    /// Runs, not yet ready.
    Starting,
    /// Runs and is ready.
    Ready,
    /// Runs, its health command fails, fewer than `retries` times in a row.
    Degraded,
    /// Ended; starts again when the delay is over.
    Backoff,
    /// Ended too often too fast; stays down until it is started by request.
    CrashLoop,
    /// Ended, and its restart policy leaves it so.
    Exited,
    /// Could not be set up (mount, create, enter); the log says why.
    Failed,
    /// Being stopped.
    Stopping,
}

impl State {
    /// In tables and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Backoff => "backoff",
            Self::CrashLoop => "crash-loop",
            Self::Exited => "exited",
            Self::Failed => "failed",
            Self::Stopping => "stopping",
        }
    }
}

/// How the last run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastExit {
    /// It has not ended since boot.
    None,
    /// With this status.
    Code(u8),
    /// By this signal.
    Signal(u8),
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it is.
    pub state: State,
    /// Its handle while the kernel has it; otherwise the host's.
    pub handle: Handle,
    /// The service's process, 0 when it does not run.
    pub pid: u32,
    /// Runs that were started after the first.
    pub restarts: u32,
    /// Failures in a row.
    pub failures: u16,
    /// Milliseconds until it starts again; 0 unless in backoff.
    pub backoff_ms: u32,
    /// Milliseconds in this state.
    pub since_ms: u64,
    /// How the last run ended.
    pub last_exit: LastExit,
    /// Health commands that failed in a row.
    pub health_failures: u8,
    /// [`digest`](crate::desired::digest) of the definition it runs by.
    pub definition: [u8; 8],
    /// There is another definition, for when it comes to rest.
    pub pending: bool,
}

/// The whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct System<'a> {
    /// The board.
    pub board: &'a str,
    /// First eight bytes of the image's digest.
    pub image: [u8; 8],
    /// Milliseconds since cellinit started.
    pub uptime_ms: u64,
    /// Cells in the image.
    pub cells: u8,
    /// Of them ready.
    pub ready: u8,
    /// The watchdog is being fed.
    pub watchdog_fed: bool,
    /// The kernel is sealed.
    pub sealed: bool,
    /// Milliseconds from start until the last autostart cell was executed; 0 until then.
    pub boot_ms: u32,
    /// Bytes of memory in use by cellinit's own accounting: state, buffers, the image; the log rings are
    /// [`Self::rings`].
    pub memory: u32,
    /// Bytes of the log rings, as the board's definitions set them.
    pub rings: u32,
    /// Lines that syslogd did not get since start. The rings had them.
    pub dropped: u32,
    /// The changes on the device.
    pub changes: Changes,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// The peer is not root.
    NotPermitted,
    /// No cell of that name or index.
    NoSuchCell,
    /// A message that is not one of these.
    Malformed,
    /// cellinit is shutting down.
    ShuttingDown,
}

/// What cellinit answers. New ones are appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply<'a> {
    /// It was done.
    Done,
    /// It was not.
    Refused(Why),
    /// To System.
    #[serde(borrow)]
    System(System<'a>),
    /// To Status.
    #[serde(borrow)]
    Cell(Status<'a>),
    /// Bytes of a log: whole lines `stdout|stderr|cellinit: text`, the last being what cellinit did with the cell.
    Log(&'a [u8]),
    /// It could not be done, for this reason.
    Failed(&'a str),
    /// To Definition.
    Definition(&'a [u8]),
    /// To Step.
    Step(Stepped),
}

mod client;

pub use client::{Client, ClientError};

/// A message that is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Bytes of the length before a message.
const HEADER: usize = 2;

/// Writes a message with its length to the front of `out`; how many bytes that is. `None` if it does not fit.
pub fn write<T: Serialize>(message: &T, out: &mut [u8]) -> Option<usize> {
    let (header, body) = out.split_first_chunk_mut::<HEADER>()?;
    let used = postcard::to_slice(message, body).ok()?.len();
    *header = u16::try_from(used).ok()?.to_le_bytes();
    Some(HEADER + used)
}

/// Reads the message at the front of `bytes`, and how many bytes it took; `None` while it is not complete.
///
/// # Errors
/// It is longer than [`MESSAGE_MAX`], or not a message of this kind, or has bytes left over.
pub fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<Option<(T, usize)>, Malformed> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Ok(None);
    };
    let length = usize::from(u16::from_le_bytes(*header));
    if length > MESSAGE_MAX {
        return Err(Malformed);
    }
    let Some(body) = rest.get(..length) else {
        return Ok(None);
    };
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(Some((message, HEADER + length))),
        Ok(_) | Err(_) => Err(Malformed),
    }
}
