//! The protocol of `cellmgr ipc --stdio`: what cellui and fleet tools speak, through a pipe, ssh or a serial line.
//!
//! # Frames
//! A frame is a message, a CRC and an end: the message in postcard, then the CRC-32 of it (IEEE 802.3, as zip has it) as
//! four bytes, low one first; all of that in Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999); then a zero
//! byte. A message has at most [`MESSAGE_MAX`] bytes. Whoever reads passes over what is not a frame up to the next zero
//! byte: noise costs the messages it falls into. `Ask::Bye` by the number 3 is `07 03 08 0e c9 2f 64 00`; the tests have the
//! bytes of every message.
//!
//! # Messages
//! Each begins with a number (varint, 16 bits) that whoever asks chooses; answers carry it. Then follows the tag of an
//! [`Ask`] or a [`Tell`], a byte, in the order below, and its fields. New tags are appended.
//!
//! | tag | ask | answers |
//! |---|---|---|
//! | 0 | `Hello(version)` | `Hello`; `Failed` for another version, and the end |
//! | 1 | `Rows` of cells or volumes | `Columns`, a `Row` for each, `Done` |
//! | 2 | `Fields` of cells or volumes | the same |
//! | 3 | `System` | the same: a name and a value a row |
//! | 4 | `Run`: a command line of `cellmgr`, without the program | `Output`s, then `Done` or `Failed` |
//! | 5 | `Subscribe` | `Event`s for good |
//! | 6 | `Log` of a cell | `Output`s, then `Done`; with `follow` for good |
//! | 7 | `Cancel(number)` | `Done`; what was asked by that number has no more answers |
//! | 8 | `Bye` | none, and the end |
//! | 9 | `Backups` of volumes, or all | `Columns`, a `Row` for each, `Done` |
//!
//! Until `Hello` was answered every other ask is `Failed`. A command that changes something is refused unless cellmgr was
//! started with `--rw`; whether it was is in the `Hello`. Nobody can be asked: what needs an answer needs `--yes`.

mod client;
mod frame;
mod message;

#[cfg(test)]
mod tests;

pub use client::{Client, IpcError};
pub use frame::{FRAME_MAX, Frames, encode};
pub use message::{Ask, Kind, MESSAGE_MAX, Tell, VERSION};
