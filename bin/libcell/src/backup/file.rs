//! A file being written as a stream.

use embedded_io::{ErrorType, Write};

use crate::platform::{Errno, Platform};

/// An open file.
pub(super) struct File<'a, P: Platform> {
    pub platform: &'a P,
    pub fd: P::Fd,
}

impl<P: Platform> ErrorType for File<'_, P> {
    type Error = Errno;
}

impl<P: Platform> Write for File<'_, P> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        self.platform.write(&self.fd, bytes)
    }

    fn flush(&mut self) -> Result<(), Errno> {
        Ok(())
    }

    /// Without the panic of the provided one.
    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.platform.write(&self.fd, rest)? {
                0 => return Err(Errno::EIO),
                count => rest = rest.get(count..).unwrap_or_default(),
            }
        }
        Ok(())
    }
}
