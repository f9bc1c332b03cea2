//! What is told, in frames.

use alloc::vec::Vec;

use libcell::ipc::{MESSAGE_MAX, Tell, encode};
use libcell::platform::{Errno, Platform};
use libcell::table::Lines;

use super::Server;
use crate::failure::FAILED;

/// Bytes of output in one message.
const PIECE: usize = 1024;

#[inline(never)]
pub(super) fn send<P: Platform>(
    platform: &P,
    output: &P::Fd,
    id: u16,
    tell: &Tell<'_>,
) -> Result<(), Errno> {
    let mut message = tell.write(id);
    if message.len() > MESSAGE_MAX {
        let why = "ipc: message: too long";
        message = Tell::Failed {
            status: FAILED,
            why,
        }
        .write(id);
    }
    let frame = encode(&message);
    let mut rest = frame.as_slice();
    while !rest.is_empty() {
        let count = platform.write(output, rest)?;
        rest = rest.get(count..).unwrap_or_default();
    }
    Ok(())
}

/// What a command writes, in messages.
pub(super) struct Frame<'f, 'p, P: Platform> {
    pub(super) server: &'f Server<'p, P>,
    pub(super) id: u16,
    pub(super) held: Vec<u8>,
}

impl<P: Platform> Frame<'_, '_, P> {
    fn send(&mut self) -> Result<(), Errno> {
        let held = core::mem::take(&mut self.held);
        if held.is_empty() {
            return Ok(());
        }
        let server = self.server;
        send(
            server.platform,
            &server.output,
            self.id,
            &Tell::Output(&held),
        )
    }
}

impl<P: Platform> Lines for Frame<'_, '_, P> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        for byte in bytes {
            self.held.push(*byte);
            if self.held.len() == PIECE {
                self.send()?;
            }
        }
        Ok(())
    }

    fn show(&mut self) -> Result<(), Errno> {
        self.send()
    }
}
