//! The packets of the socket.
//!
//! An answer is errno (`i32`, little-endian, 0 is done) and what follows it. An ioctl's answer goes to the connection,
//! or to the descriptor that came with the request; that of Enter ends with the seccomp program and brings two
//! descriptors, the root and the user namespace.

/// First byte of an ioctl; its buffer follows.
pub const IOCTL: u8 = 0;
/// The listener of the process that has just been let in comes with it.
pub const LISTENER: u8 = 1;
/// Without a descriptor: asks for the program of a host user; with one: its listener.
pub const HOST_USER: u8 = 2;
/// Events from now on, a frame a packet. Not answered.
pub const SUBSCRIBE: u8 = 3;

/// Longest packet to the kernel: the first byte and the largest buffer.
pub const LONGEST: usize = 1 + 4096;
