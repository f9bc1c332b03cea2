//! A stream to write to: 512 bytes of buffer over a descriptor.
//!
//! `core::fmt` and the tables write a few bytes at a time; the system call is made for 512. The first error sticks: what
//! is written after it goes nowhere, and [`Output::finish`] tells of it.

use core::fmt;

use embedded_io::{ErrorKind, ErrorType, Write};

use crate::platform::{Errno, Platform};

/// Bytes held back.
const SIZE: usize = 512;

/// A buffered descriptor. Call [`Self::finish`]: dropping it loses what is held back.
#[derive(Debug)]
pub struct Output<'p, P: Platform> {
    platform: &'p P,
    fd: P::Fd,
    buffer: [u8; SIZE],
    used: usize,
    error: Option<Errno>,
}

impl<'p, P: Platform> Output<'p, P> {
    /// Over `fd`.
    pub const fn new(platform: &'p P, fd: P::Fd) -> Self {
        Self {
            platform,
            fd,
            buffer: [0; SIZE],
            used: 0,
            error: None,
        }
    }

    /// Over standard output (1) or error (2).
    ///
    /// # Errors
    /// EBADF when it is closed.
    pub fn standard(platform: &'p P, number: u8) -> Result<Self, Errno> {
        Ok(Self::new(platform, platform.standard(number)?))
    }

    /// Writes what is held back and closes.
    ///
    /// # Errors
    /// The first that happened, now or before.
    pub fn finish(mut self) -> Result<(), Errno> {
        self.flush()
    }

    fn drain(&mut self) {
        let mut rest = self.buffer.get(..self.used).unwrap_or_default();
        while !rest.is_empty() && self.error.is_none() {
            match self.platform.write(&self.fd, rest) {
                Ok(0) => self.error = Some(Errno::EIO),
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(errno) => self.error = Some(errno),
            }
        }
        self.used = 0;
    }
}

impl embedded_io::Error for Errno {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

impl<P: Platform> ErrorType for Output<'_, P> {
    type Error = Errno;
}

impl<P: Platform> Write for Output<'_, P> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        for byte in bytes {
            if self.used == SIZE {
                self.drain();
            }
            if let Some(place) = self.buffer.get_mut(self.used) {
                *place = *byte;
            }
            self.used += 1;
        }
        self.error.map_or(Ok(bytes.len()), Err)
    }

    fn flush(&mut self) -> Result<(), Errno> {
        self.drain();
        self.error.map_or(Ok(()), Err)
    }

    /// Without the loop and the panic of the provided one: [`Self::write`] takes everything.
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        self.write(bytes).map(drop)
    }
}

impl<P: Platform> fmt::Write for Output<'_, P> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_all(text.as_bytes()).map_err(|_| fmt::Error)
    }
}
