//! The system calls that tests make and that no program which ships needs, by [`libcell::platform::raw`].
//!
//! Numbers and layouts are those of sys/kern/syscalls.master and the headers named; all are in NetBSD 9, 10 and 11.

mod kernel;
mod messages;
mod network;
mod process;

pub use kernel::{
    BLOCK, CHARACTER, Outcome, load_module, make_node, restart, sysctl, sysctl_by_name,
    unload_module,
};
pub use messages::{local_pair, receive_file, send_file};
pub use network::{accept, bind, connect, datagram_socket, listen, loopback, receive, socket};
pub use process::{
    Forked, close_all, duplicate, execute, exit, fork, ignore, inherited, keep, mask, nanoseconds,
    own_session, signal, sleep_ms, spawn, user, wait_for,
};

use alloc::vec::Vec;

use libcell::platform::{Errno, Platform, System};

/// An open descriptor.
type Fd = <System as Platform>::Fd;

/// A path or a name as the kernel takes it.
fn terminated(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
    bytes
}

/// An address as a word of a system call.
fn address<T: ?Sized>(of: &T) -> usize {
    core::ptr::from_ref(of).cast::<u8>() as usize
}

/// The same of what the call writes to.
fn place<T: ?Sized>(of: &mut T) -> usize {
    core::ptr::from_mut(of).cast::<u8>() as usize
}

/// What a call says whose result says nothing.
fn done(answer: Result<libcell::platform::raw::Answer, Errno>) -> Result<(), Errno> {
    answer.map(drop)
}
