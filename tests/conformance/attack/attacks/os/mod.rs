//! The system calls, one module for each kernel, the same functions in each. What differs by the numbers of calls alone
//! is written once, and a part of both: `objects.rs`, `program.rs`.
//!
//! A function makes one attempt with the call that the kernel has for it. Where a kernel would do harm if it permitted the attempt, the
//! function gives it an argument that is refused after the permission was asked for, and says
//! [`Permitted`](super::Outcome::Permitted) for that refusal.

mod argument;
mod errno;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

#[cfg(target_os = "netbsd")]
mod netbsd;
#[cfg(target_os = "netbsd")]
pub use netbsd::*;

pub use errno::Errno;
