//! What a program prints, line by line, as it comes.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::platform::{Errno, Event, Platform, System};

use crate::scene::{Deadline, Scene};

/// What there was to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A line.
    Line(String),
    /// Nobody is left to write any.
    End,
    /// Nothing, in time.
    Late,
}

/// The reading end of a pipe, and what was read and is no line yet.
#[derive(Debug)]
pub(crate) struct Lines {
    from: <System as Platform>::Fd,
    bytes: Vec<u8>,
}

impl Lines {
    pub(crate) fn new(from: <System as Platform>::Fd) -> Self {
        let bytes = Vec::new();
        Self { from, bytes }
    }

    /// The next line.
    pub(crate) fn next(&mut self, scene: &Scene, deadline: Deadline) -> Heard {
        loop {
            if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.bytes.drain(..=end).take(end).collect();
                return Heard::Line(String::from_utf8_lossy(&line).into_owned());
            }
            let mut buffer = [0; 512];
            match scene.platform.read(&self.from, &mut buffer) {
                Ok(0) => return Heard::End,
                Ok(used) => {
                    let read = buffer.get(..used).unwrap_or_default();
                    self.bytes.extend_from_slice(read);
                }
                Err(Errno::EAGAIN) if !self.wait(scene, deadline) => return Heard::Late,
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(_) => return Heard::End,
            }
        }
    }

    /// Until there is something to read; whether there is.
    fn wait(&self, scene: &Scene, deadline: Deadline) -> bool {
        const TOKEN: u32 = 1;
        if scene.platform.watch_read(&self.from, TOKEN).is_err() {
            return false;
        }
        let mut readable = false;
        while !readable && !scene.is_past(deadline) {
            readable = scene.wait(deadline).contains(&Event::Readable(TOKEN));
        }
        let _ = scene.platform.unwatch(&self.from);
        readable
    }
}
