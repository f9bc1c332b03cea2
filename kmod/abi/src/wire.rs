//! Messages as bytes, by hand: what the kernel reads and writes.
//!
//! What serde derives from the types of this crate says what the bytes are, and host programs use it. For the kernel it
//! was 8 KB of a module of 24 and two kilobytes of a stack of eight. The tests hold one against the other: the same
//! bytes accepted, refused and written.
//!
//! postcard, as far as it is used: integers are varints of 7 bits, low ones first, in at most as many bytes as the type
//! can need; `u8` and `bool` a byte; an enum its position as a varint; an option a byte and the value; text and lists
//! their length and the rest.
//!
//! What is called for every value is kept out of line: inlined it is kilobytes more.

mod read;
mod write;

pub use read::Reader;
pub use write::Writer;
