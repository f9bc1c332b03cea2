//! Archives of volumes: a pax tar, compressed by gzip, that any tar lists and unpacks.
//!
//! | member | what |
//! |---|---|
//! | `manifest` | what it is of ([`Manifest`]) |
//! | `data/` | the volume's directory |
//! | `data/...` | what is in it, each directory before what is in it, and nothing of another directory in between |
//! | `sha256` | digest of all of the tar before this member's header, as sha256sum(1) prints it |
//! | | two blocks of zeros |
//!
//! Sparse files are of GNU's format 1.0 (pax records `GNU.sparse.*`), times have nanoseconds. A signature is a file of its
//! own beside it, made by minisign(1): `ARCHIVE.minisig`.
//!
//! [`Reader`] and [`Writer`] go over a stream once. Reading takes 32 KiB for the decompressor's window and about 24 KiB beside
//! it, writing 64 KiB for the compressor's and about 80 KiB beside it, whatever the archive.

mod entry;
pub mod gzip;
mod header;
mod manifest;
mod name;
mod pax;
mod reader;
mod stream;
mod writer;

#[cfg(test)]
mod tests;

pub use entry::{Allow, EXTENTS_MAX, Entry, Extent, Kind, NAME_MAX, Sums};
pub use manifest::{Manifest, VERSION};
pub use name::{is_within, parent};
pub use reader::{Origin, Reader};
pub use writer::Writer;

/// The first member.
const MANIFEST: &str = "manifest";

/// The directory in which the volume is.
const DATA: &str = "data";

/// The last member.
const DIGEST: &str = "sha256";

use crate::table::Line;

/// A SHA-256.
pub type Digest = [u8; 32];

/// Adds bytes in hexadecimal, two digits each.
pub fn hex(bytes: &[u8], line: &mut Line) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            line.push(digit + if digit < 10 { b'0' } else { b'a' - 10 });
        }
    }
}
