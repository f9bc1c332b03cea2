//! The process front: the hosted kernel under real Linux processes.
//!
//! One thread waits (epoll) on the socket that is `/dev/cell`, on its connections, on the seccomp listeners of the
//! members of cells and on the members themselves. What a member asks of Linux that NetBSD's kernel would put to
//! kauth(9) is put to `secmodel_cell.c` first; Linux runs the call if nobody objects, and so stands for NetBSD's other
//! security models.
//!
//! - a process becomes a member by the Enter request and then handing over the listener of the seccomp program that it
//!   was given: the listener is its identity, inherited by everything it starts, and cannot be shed;
//! - host root has no listener: it is never restricted;
//! - the thread never waits for a member.
//!
//! The simulation does not confine hostile programs: between the answer *continue* and the system call a second thread
//! can change what a pointer points to (seccomp_unotify(2)); and who sends a packet is what the sender says if it has
//! `CAP_SYS_ADMIN` (unix(7)), so a root member that somebody handed an open connection could speak for the host. It
//! shows that policy and programs are right. Credentials that live on in a member's open files after it has ended are not
//! seen either: only the direct front has dying cells.

pub mod client;
pub mod facts;
pub mod filter;
pub mod os;

mod calls;
mod machine;
mod members;
mod questions;
mod server;
mod translate;

pub use server::{Running, Survivor, start, start_logging};

/// `SIGTERM`, for callers without libc.
pub const TERMINATE: i32 = libc::SIGTERM;
/// `SIGKILL`
pub const KILL: i32 = libc::SIGKILL;
