//! A Linux process that is the kernel: `secmodel_cell.c` as it is, the policy core as it is, and around them as much of
//! NetBSD as they touch, written from its manual pages.
//!
//! The direct front is [`Kernel`]: tests make processes and put questions to it as NetBSD's system calls would.
//! The process front stands on the same API and asks on behalf of real processes.
//!
//! There is one kernel in a process (the module's state is static, as in NetBSD): [`Kernel::boot`] waits until it is
//! free. It may move between threads; what it does is done in the one that calls it. A sleep in the kernel calls
//! [`Kernel::set_pause`]'s function.
#![warn(missing_docs)]

pub mod kauth;
pub mod process;

mod ask;
mod device;
mod errno;
mod ffi;
mod kernel;
mod pause;
mod proc;

pub use ask::{Answer, Bind, IpVersion, NodeAccess, Resource, Transport};
pub use device::{File, Knote};
pub use errno::Errno;
pub use kernel::Kernel;
pub use pause::Pause;
pub use proc::{Credential, Proc, Trait};

// Linked for its symbols, which the C file calls.
use cell_ffi as _;
