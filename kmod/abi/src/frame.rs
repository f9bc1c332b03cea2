//! How messages lie in the ioctl's buffer and in the event stream.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::Writer;

/// Bytes of the length before the message.
pub const HEADER: usize = 2;

/// Longest event frame, its zero byte included.
pub const EVENT_MAX: usize = 40;

/// Why bytes are not a message, or a message does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The buffer is none of [`BUFFER_SIZES`](crate::BUFFER_SIZES).
    Size,
    /// The length says more than the buffer holds.
    Length,
    /// The bytes are not a message.
    Malformed,
    /// Bytes are left over after the message.
    Trailing,
    /// The message does not fit.
    TooBig,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size => "buffer is not of an ioctl's size",
            Self::Length => "length is more than the buffer",
            Self::Malformed => "not a message",
            Self::Trailing => "bytes left over after the message",
            Self::TooBig => "message does not fit",
        })
    }
}

impl core::error::Error for FrameError {}

/// Whether `size` is one the ioctl comes in.
#[must_use]
pub fn is_buffer_size(size: usize) -> bool {
    crate::BUFFER_SIZES.contains(&size)
}

/// The bytes of the message in an ioctl's buffer: for readers with a decoder of their own.
///
/// # Errors
/// `Size` or `Length`.
pub fn body(buffer: &[u8]) -> Result<&[u8], FrameError> {
    if !is_buffer_size(buffer.len()) {
        return Err(FrameError::Size);
    }
    let (header, rest) = buffer
        .split_first_chunk::<HEADER>()
        .ok_or(FrameError::Size)?;
    rest.get(..usize::from(u16::from_le_bytes(*header)))
        .ok_or(FrameError::Length)
}

/// Reads the message in an ioctl's buffer.
///
/// # Errors
/// Whatever is wrong with the bytes; nothing is read past the length.
pub fn read<'a, T: Deserialize<'a>>(buffer: &'a [u8]) -> Result<T, FrameError> {
    decode(body(buffer)?)
}

/// Writes a message into an ioctl's buffer; what follows it is zeroed, so that nothing of before leaks.
///
/// # Errors
/// `Size`, or `TooBig`, after which the buffer is zeroed.
pub fn write<T: Serialize>(message: &T, buffer: &mut [u8]) -> Result<usize, FrameError> {
    if !is_buffer_size(buffer.len()) {
        return Err(FrameError::Size);
    }
    let (header, rest) = buffer
        .split_first_chunk_mut::<HEADER>()
        .ok_or(FrameError::Size)?;
    let used = postcard::to_slice(message, rest).map(|body| body.len());
    let used = match used {
        Ok(used) => used,
        Err(_) => {
            buffer.fill(0);
            return Err(FrameError::TooBig);
        }
    };
    *header = u16::try_from(used)
        .map_err(|_| FrameError::TooBig)?
        .to_le_bytes();
    if let Some(tail) = rest.get_mut(used..) {
        tail.fill(0);
    }
    Ok(used)
}

/// Reads one message that is the whole of `body`.
///
/// # Errors
/// `Malformed` or `Trailing`.
pub fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(FrameError::Trailing),
        Err(_) => Err(FrameError::Malformed),
    }
}

/// Writes an event as a COBS frame with its closing zero byte; the length written.
///
/// # Errors
/// `TooBig` if `out` is shorter than the frame; [`EVENT_MAX`] always fits.
pub fn write_event(event: &crate::Event, out: &mut [u8]) -> Result<usize, FrameError> {
    stuff(out, |out| out.event(event))
}

/// Writes what `write` does, an event, as a COBS frame with its closing zero byte; the length written.
///
/// # Errors
/// As [`write_event`].
pub fn stuff(out: &mut [u8], write: impl FnOnce(&mut Writer<'_>)) -> Result<usize, FrameError> {
    // The body goes where it will be, a byte behind the start.
    let (_, room) = out.split_first_mut().ok_or(FrameError::TooBig)?;
    let mut writer = Writer::new(room);
    write(&mut writer);
    let length = writer.used();
    cobs_encode(length, out).ok_or(FrameError::TooBig)
}

/// Reads an event from a COBS frame without its closing zero byte. `frame` is decoded in place.
///
/// # Errors
/// `Malformed` or `Trailing`.
pub fn read_event(frame: &mut [u8]) -> Result<crate::Event, FrameError> {
    decode(event_body(frame)?)
}

/// The message in a COBS frame without its closing zero byte, decoded in place: for readers with a decoder of their own.
///
/// # Errors
/// `Malformed`.
pub fn event_body(frame: &mut [u8]) -> Result<&[u8], FrameError> {
    // not `contains`, which is a search for long texts and half a kilobyte
    let is_whole = frame.iter().all(|byte| *byte != 0);
    if frame.len() >= EVENT_MAX || !is_whole {
        return Err(FrameError::Malformed);
    }
    let used = cobs_decode(frame).ok_or(FrameError::Malformed)?;
    frame.get(..used).ok_or(FrameError::Malformed)
}

/// Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999) of the `length` bytes that begin at `out[1]`, in place,
/// with the closing zero byte; the length of it all. A body is shorter than a block of it (254 bytes).
fn cobs_encode(length: usize, out: &mut [u8]) -> Option<usize> {
    let frame = out.get_mut(..length + 2)?;
    let (end, run) = frame.split_last_mut()?;
    *end = 0;
    *run.first_mut()? = 0;
    // Each zero becomes how far it is to the next.
    let mut distance = 0;
    for byte in run.iter_mut().rev() {
        distance += 1;
        if *byte == 0 {
            *byte = distance;
            distance = 0;
        }
    }
    Some(length + 2)
}

/// The same undone in place, of a frame shorter than a block; the decoded length.
fn cobs_decode(frame: &mut [u8]) -> Option<usize> {
    let (mut from, mut to) = (0, 0);
    while from < frame.len() {
        let code = usize::from(*frame.get(from)?);
        let next = from.checked_add(code)?;
        if code == 0 || next > frame.len() {
            return None;
        }
        frame.copy_within(from + 1..next, to);
        to += code - 1;
        from = next;
        if from < frame.len() {
            *frame.get_mut(to)? = 0;
            to += 1;
        }
    }
    Some(to)
}
