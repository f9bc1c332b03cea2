//! One connection to the control socket.

use libcell::control::{self, Reply, Request};
use libcell::platform::{Errno, Platform, Token};

use super::Order;

/// Bytes of requests held: the longest request is a note.
pub(super) const INPUT_MAX: usize = 144;

/// Bytes of replies held: the longest is a piece of a log.
pub(crate) const OUTPUT_MAX: usize = 1088;

/// What a client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Nothing: it may ask.
    None,
    /// A cell to have stopped.
    Stop(usize),
    /// Everything to have stopped.
    Shutdown,
    /// The definitions to have been read.
    Reload,
    /// The rest of a log.
    Log {
        /// Of which cell; `None`: of all, what happened.
        cell: Option<usize>,
        /// How far it has got in the ring.
        position: u64,
        /// What is at the end of the ring.
        then: Then,
    },
}

/// What comes after the last line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The reply is complete.
    Done,
    /// The next line, when there is one.
    Follow,
}

/// What wakes us for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// Something to read.
    ForRequests,
    /// That, or room for the rest of an answer.
    ForRoom,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Client<P: Platform> {
    fd: P::Fd,
    input: heapless::Vec<u8, INPUT_MAX>,
    output: heapless::Vec<u8, OUTPUT_MAX>,
    sent: usize,
    job: Job,
    waits: Wait,
    /// When it last asked something.
    active: u64,
}

impl<P: Platform> Client<P> {
    pub(super) const fn new(fd: P::Fd, now: u64) -> Self {
        Self {
            fd,
            input: heapless::Vec::new(),
            output: heapless::Vec::new(),
            sent: 0,
            job: Job::None,
            waits: Wait::ForRequests,
            active: now,
        }
    }

    pub(super) const fn fd(&self) -> &P::Fd {
        &self.fd
    }

    pub(super) const fn active(&self) -> u64 {
        self.active
    }

    pub(super) const fn job(&self) -> Job {
        self.job
    }

    pub(super) const fn set_job(&mut self, job: Job) {
        self.job = job;
    }

    pub(super) fn is_drained(&self) -> bool {
        self.output.is_empty()
    }

    /// Reads once. An error is the end of the connection, in whatever way.
    pub(super) fn fill(&mut self, platform: &P, now: u64) -> Result<(), Errno> {
        let mut bytes = [0; INPUT_MAX];
        let room = bytes
            .get_mut(self.input.len()..)
            .filter(|room| !room.is_empty())
            .ok_or(Errno::ENOBUFS)?;
        match platform.read(&self.fd, room) {
            Ok(0) => Err(Errno::ECONNRESET),
            Ok(count) => {
                self.active = now;
                let read = room.get(..count).unwrap_or_default();
                self.input
                    .extend_from_slice(read)
                    .map_err(|_| Errno::ENOBUFS)
            }
            Err(Errno::EAGAIN) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    /// The next request, if none is under way.
    pub(super) fn take(&mut self, index_of: impl Fn(&str) -> Option<usize>) -> Option<Order> {
        if self.job != Job::None || !self.is_drained() {
            return None;
        }
        let (order, used) = match control::read::<Request<'_>>(&self.input) {
            Ok(None) if self.input.is_full() => return Some(Order::Malformed),
            Ok(None) => return None,
            Ok(Some((request, used))) => (Order::of(&request, index_of), used),
            Err(control::Malformed) => return Some(Order::Malformed),
        };
        let rest = self.input.get(used..).unwrap_or_default();
        self.input = heapless::Vec::from_slice(rest).unwrap_or_default();
        Some(order)
    }

    /// Puts a reply after what has not been sent.
    pub(super) fn reply(&mut self, reply: &Reply<'_>) {
        let mut bytes = [0; OUTPUT_MAX];
        let used = control::write(reply, &mut bytes).unwrap_or(0);
        let _ = self
            .output
            .extend_from_slice(bytes.get(..used).unwrap_or_default());
    }

    /// Sends what can be sent; `token` is told when there is room for the rest.
    pub(super) fn flush(&mut self, platform: &P, token: Token) -> Result<(), Errno> {
        while let Some(rest) = self.output.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match platform.write(&self.fd, rest) {
                Ok(0) => return Err(Errno::EPIPE),
                Ok(count) => self.sent += count,
                Err(Errno::EAGAIN) => return self.wait(platform, token, Wait::ForRoom),
                Err(errno) => return Err(errno),
            }
        }
        self.output.clear();
        self.sent = 0;
        self.wait(platform, token, Wait::ForRequests)
    }

    fn wait(&mut self, platform: &P, token: Token, wait: Wait) -> Result<(), Errno> {
        if self.waits == wait {
            return Ok(());
        }
        self.waits = wait;
        platform.watch_write(&self.fd, token, wait == Wait::ForRoom)
    }
}
