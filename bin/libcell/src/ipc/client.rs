//! The side that asks: for cellui and fleet tools.

use alloc::vec::Vec;
use core::fmt;

use super::{Ask, Frames, Tell, VERSION, encode};
use crate::platform::{Errno, Platform};

/// A connection to a `cellmgr ipc --stdio`: what is written to `to` it reads, what it writes is read from `from`.
#[derive(Debug)]
pub struct Client<'p, P: Platform> {
    platform: &'p P,
    from: P::Fd,
    to: P::Fd,
    frames: Frames,
    messages: Vec<Vec<u8>>,
    /// The message that was taken last: what it tells borrows from it.
    current: Vec<u8>,
    next: u16,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpcError {
    /// A system call failed.
    System(Errno),
    /// The other side has ended.
    Ended,
    /// The other side speaks that version.
    Version(u16),
    /// What came whole is not a message of this version.
    Malformed,
}

impl fmt::Display for IpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(errno) => errno.fmt(f),
            Self::Ended => f.write_str("the connection has ended"),
            Self::Version(version) => write!(f, "speaks version {version}, this program {VERSION}"),
            Self::Malformed => f.write_str("not a message"),
        }
    }
}

impl core::error::Error for IpcError {}

impl<'p, P: Platform> Client<'p, P> {
    /// Over two descriptors, which may be two copies of one.
    pub const fn new(platform: &'p P, from: P::Fd, to: P::Fd) -> Self {
        Self {
            platform,
            from,
            to,
            frames: Frames::new(),
            messages: Vec::new(),
            current: Vec::new(),
            next: 0,
        }
    }

    /// The descriptor to wait on.
    pub const fn fd(&self) -> &P::Fd {
        &self.from
    }

    /// Asks something; the number that the answers carry.
    ///
    /// # Errors
    /// It cannot be sent.
    pub fn ask(&mut self, ask: &Ask<'_>) -> Result<u16, IpcError> {
        let id = self.next;
        self.next = self.next.wrapping_add(1);
        self.send(&encode(&ask.write(id)))?;
        Ok(id)
    }

    /// Writes bytes as they are: what is said before there is somebody who understands frames.
    ///
    /// # Errors
    /// They cannot be sent.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), IpcError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = self.platform.write(&self.to, rest);
            let count = count.map_err(IpcError::System)?;
            rest = rest.get(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// How many frames came that were damaged: what was told in them is lost.
    #[must_use]
    pub const fn damaged(&self) -> u32 {
        self.frames.damaged()
    }

    /// What is told next, and to which number; waits for it.
    ///
    /// # Errors
    /// There is nothing more.
    pub fn tell(&mut self) -> Result<(u16, Tell<'_>), IpcError> {
        while !self.is_told() {
            self.fill()?;
        }
        self.current = self.messages.remove(0);
        Tell::read(&self.current).ok_or(IpcError::Malformed)
    }

    /// Whether [`Self::tell`] would not wait.
    #[must_use]
    pub fn is_told(&self) -> bool {
        !self.messages.is_empty()
    }

    /// Reads once what has come. After [`Self::fd`] was said to be readable this does not wait.
    ///
    /// # Errors
    /// Nothing can come any more.
    pub fn fill(&mut self) -> Result<(), IpcError> {
        let mut bytes = [0; 512];
        match self.platform.read(&self.from, &mut bytes) {
            Ok(0) => Err(IpcError::Ended),
            Ok(count) => {
                let messages = &mut self.messages;
                let read = bytes.get(..count).unwrap_or_default();
                self.frames
                    .feed(read, &mut |message| messages.push(message));
                Ok(())
            }
            Err(Errno::EAGAIN) => Ok(()),
            Err(errno) => Err(IpcError::System(errno)),
        }
    }

    /// Says hello; whether commands that change something are taken.
    ///
    /// # Errors
    /// The other side is none, or of another version.
    pub fn hello(&mut self) -> Result<bool, IpcError> {
        let asked = self.ask(&Ask::Hello(VERSION))?;
        loop {
            match self.tell()? {
                (id, Tell::Hello { version, write, .. }) if id == asked => {
                    return if version == VERSION {
                        Ok(write)
                    } else {
                        Err(IpcError::Version(version))
                    };
                }
                (id, Tell::Failed { .. }) if id == asked => return Err(IpcError::Malformed),
                _ => {}
            }
        }
    }
}
