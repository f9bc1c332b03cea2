//! One line on standard error for what an operator must know: `cellinit: cell: what: why`.
//!
//! At boot standard error is the console, and init(8) revokes that from everybody when the boot script has ended: what
//! was open gives EIO. It is opened again then.

use core::cell::RefCell;
use core::fmt::{self, Write};

use libcell::platform::{Errno, Open, Platform};

use crate::path::join;

/// The console of the device.
const CONSOLE: &str = "/dev/console";

/// Standard error.
#[derive(Debug)]
pub(crate) struct Voice<'p, P: Platform> {
    platform: &'p P,
    fd: RefCell<Option<P::Fd>>,
}

impl<'p, P: Platform> Voice<'p, P> {
    /// Silent if standard error is closed.
    pub(crate) fn new(platform: &'p P) -> Self {
        Self {
            platform,
            fd: RefCell::new(platform.standard(2).ok()),
        }
    }

    /// Says a line, cut to 512 bytes.
    pub(crate) fn say(&self, message: fmt::Arguments<'_>) {
        let mut line = Line::default();
        let _ = write!(line, "cellinit: {message}");
        let _ = line.0.push(b'\n');
        // nobody else holds it: saying something says nothing more
        let Ok(mut fd) = self.fd.try_borrow_mut() else {
            return;
        };
        let Some(open) = &*fd else { return };
        if self.platform.write(open, &line.0) == Err(Errno::EIO) {
            let console = join(&[self.platform.prefix(), CONSOLE])
                .and_then(|path| self.platform.open(&path, Open::Write, 0));
            if let Ok(console) = console {
                let _ = self.platform.write(&console, &line.0);
                *fd = Some(console);
            }
        }
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
