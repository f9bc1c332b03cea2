//! One line on standard error for what an operator must know: `cellinit: cell: what: why`.

use core::fmt::{self, Write};

use libcell::platform::Platform;

/// Standard error.
#[derive(Debug)]
pub(crate) struct Voice<'p, P: Platform> {
    platform: &'p P,
    fd: Option<P::Fd>,
}

impl<'p, P: Platform> Voice<'p, P> {
    /// Silent if standard error is closed.
    pub(crate) fn new(platform: &'p P) -> Self {
        Self {
            platform,
            fd: platform.standard(2).ok(),
        }
    }

    /// Says a line, cut to 512 bytes.
    pub(crate) fn say(&self, message: fmt::Arguments<'_>) {
        let Some(fd) = &self.fd else {
            return;
        };
        let mut line = Line::default();
        let _ = write!(line, "cellinit: {message}");
        let _ = line.0.push(b'\n');
        let _ = self.platform.write(fd, &line.0);
    }
}

/// Takes what fits.
#[derive(Default)]
struct Line(heapless::Vec<u8, 512>);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            // the last byte is for the end of the line
            if self.0.len() + 1 < self.0.capacity() {
                let _ = self.0.push(byte);
            }
        }
        Ok(())
    }
}
