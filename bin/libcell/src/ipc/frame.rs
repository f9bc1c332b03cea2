//! Bytes that say where they begin and end, and whether they are whole.

use alloc::vec::Vec;

use super::MESSAGE_MAX;

/// Bytes of the CRC.
const CRC: usize = 4;

/// Longest frame, its zero byte included.
pub const FRAME_MAX: usize = MESSAGE_MAX + CRC + MESSAGE_MAX / 254 + 3;

/// CRC-32 of IEEE 802.3, bit by bit: a table would be a kilobyte.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let odd = crc & 1;
            crc = crc >> 1 ^ (0xedb8_8320 & odd.wrapping_neg());
        }
    }
    !crc
}

/// Makes a frame of a message.
#[must_use]
pub fn encode(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 8);
    let mut block = 0;
    frame.push(0);
    let check = crc(message).to_le_bytes();
    for byte in message.iter().chain(&check) {
        let length = frame.len() - block;
        if *byte == 0 {
            close(&mut frame, block);
            block = frame.len();
            frame.push(0);
        } else {
            if length == 255 {
                close(&mut frame, block);
                block = frame.len();
                frame.push(0);
            }
            frame.push(*byte);
        }
    }
    close(&mut frame, block);
    frame.push(0);
    frame
}

/// Writes the length of the block that begins there.
fn close(frame: &mut [u8], block: usize) {
    let length = frame.len() - block;
    if let Some(place) = frame.get_mut(block) {
        // a block has at most 255 bytes
        *place = length as u8;
    }
}

/// The message of a frame without its zero byte; nothing if it is none.
fn decode(frame: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(frame.len());
    let mut rest = frame;
    while let Some((length, after)) = rest.split_first() {
        let (block, next) = after.split_at_checked(usize::from(*length).checked_sub(1)?)?;
        bytes.extend_from_slice(block);
        if *length < 255 && !next.is_empty() {
            bytes.push(0);
        }
        rest = next;
    }
    let (message, check) = bytes.split_last_chunk::<CRC>()?;
    if crc(message) != u32::from_le_bytes(*check) {
        return None;
    }
    let length = message.len();
    bytes.truncate(length);
    Some(bytes)
}

/// Takes frames out of what comes.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// What comes is the rest of something too long.
    skipping: bool,
    damaged: u32,
}

impl Frames {
    /// Nothing has come.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            skipping: false,
            damaged: 0,
        }
    }

    /// How often something came up to a zero byte that was no frame. Zero bytes alone are nothing.
    #[must_use]
    pub const fn damaged(&self) -> u32 {
        self.damaged
    }

    /// Takes what came; the messages that are whole are given to `each`. What is no frame is passed over.
    pub fn feed(&mut self, bytes: &[u8], each: &mut dyn FnMut(Vec<u8>)) {
        for byte in bytes {
            if *byte == 0 {
                match decode(&self.bytes) {
                    Some(message) if !self.skipping => each(message),
                    Some(_) | None => {
                        let is_nothing = self.bytes.is_empty() && !self.skipping;
                        self.damaged = self.damaged.wrapping_add(u32::from(!is_nothing));
                    }
                }
                self.bytes.clear();
                self.skipping = false;
            } else if self.bytes.len() + 1 < FRAME_MAX {
                self.bytes.push(*byte);
            } else {
                self.skipping = true;
            }
        }
    }
}
