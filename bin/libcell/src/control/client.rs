//! The other end of the socket.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{HEADER, MESSAGE_MAX, Malformed, Reply, Request, SOCKET, Why, read, write};
use crate::options::push;
use crate::platform::{Errno, Platform};

/// A connection to cellinit.
#[derive(Debug)]
pub struct Client<'p, P: Platform> {
    platform: &'p P,
    fd: P::Fd,
    bytes: Vec<u8>,
    /// Bytes at the front that the last reply was.
    taken: usize,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// A system call failed: ENOENT and ECONNREFUSED are that cellinit does not run.
    System(Errno),
    /// The connection ended.
    Ended,
    /// What came is not a message.
    Malformed,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(Errno::ENOENT | Errno::ECONNREFUSED) => f.write_str("not running"),
            Self::System(errno) => errno.fmt(f),
            Self::Ended => f.write_str("ended the connection"),
            Self::Malformed => f.write_str("answered something else"),
        }
    }
}

impl From<Malformed> for ClientError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPermitted => "not root",
            Self::NoSuchCell => "no such cell",
            Self::Malformed => "not understood by cellinit",
            Self::ShuttingDown => "everything is being stopped",
        })
    }
}

impl<'p, P: Platform> Client<'p, P> {
    /// Connects to the cellinit of the device below `prefix`.
    ///
    /// # Errors
    /// It does not run, or cannot be reached.
    pub fn connect(platform: &'p P, prefix: &str) -> Result<Self, ClientError> {
        let mut path = String::new();
        push(&mut path, &[prefix, SOCKET]);
        let fd = platform.connect(&path).map_err(ClientError::System)?;
        Ok(Self {
            platform,
            fd,
            bytes: Vec::new(),
            taken: 0,
        })
    }

    /// The descriptor, to wait on.
    pub const fn fd(&self) -> &P::Fd {
        &self.fd
    }

    /// Asks, and waits for the first reply.
    ///
    /// # Errors
    /// There is none.
    pub fn ask(&mut self, request: &Request<'_>) -> Result<Reply<'_>, ClientError> {
        self.send(request)?;
        self.receive()
    }

    /// Asks.
    ///
    /// # Errors
    /// It cannot be sent.
    pub fn send(&mut self, request: &Request<'_>) -> Result<(), ClientError> {
        let mut bytes = [0; 256];
        let used = write(request, &mut bytes).ok_or(ClientError::Malformed)?;
        let mut rest = bytes.get(..used).unwrap_or_default();
        while !rest.is_empty() {
            let sent = self.platform.write(&self.fd, rest);
            let sent = sent.map_err(ClientError::System)?;
            rest = rest.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    /// The next reply.
    ///
    /// # Errors
    /// There is none.
    pub fn receive(&mut self) -> Result<Reply<'_>, ClientError> {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        while !self.is_whole() {
            self.fill()?;
        }
        match read(&self.bytes)? {
            Some((reply, used)) => {
                self.taken = used;
                Ok(reply)
            }
            None => Err(ClientError::Malformed),
        }
    }

    /// Whether [`Self::receive`] would not wait.
    #[must_use]
    pub fn has_more(&self) -> bool {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        whole(rest)
    }

    fn is_whole(&self) -> bool {
        whole(&self.bytes)
    }

    fn fill(&mut self) -> Result<(), ClientError> {
        let mut piece = [0; MESSAGE_MAX + HEADER];
        let count = self.platform.read(&self.fd, &mut piece);
        match count.map_err(ClientError::System)? {
            0 => Err(ClientError::Ended),
            count => {
                let read = piece.get(..count).unwrap_or_default();
                self.bytes.extend_from_slice(read);
                Ok(())
            }
        }
    }
}

/// Whether bytes begin with a whole message.
fn whole(bytes: &[u8]) -> bool {
    let length = bytes.split_first_chunk::<HEADER>();
    length.is_some_and(|(length, rest)| rest.len() >= usize::from(u16::from_le_bytes(*length)))
}
