//! NetBSD, by the numbers of its system calls.
//!
//! Numbers are those of sys/kern/syscalls.master, layouts those of the headers named; where a call has several versions, the one that
//! needs no COMPAT option in NetBSD 9, 10 and 11.

mod call;
mod control;
mod files;
mod handover;
mod ipc;
mod mounts;
mod network;
mod number;
#[path = "objects.rs"]
mod objects;
mod process;
#[path = "program.rs"]
mod program;
mod setting;
mod system;
mod task;
mod tasks;
mod trace;

use super::Errno;

pub use control::{Connection, request};
pub use files::*;
pub use handover::{hand_over, take_over};
pub use ipc::*;
pub use mounts::*;
pub use network::*;
pub use objects::*;
pub use process::*;
pub use program::*;
pub use setting::{block_major, major, release, setting};
pub use system::*;
pub use tasks::*;
pub use trace::{read_memory, record, trace, watch};
