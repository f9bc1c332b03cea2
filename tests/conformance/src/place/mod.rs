//! What the runner does by other means in each kernel: `linux` over the hosted kernel, `netbsd` in the real one.
//!
//! Both have the same functions: where the cell device is, the numbers of device nodes, how procfs is mounted, what can be
//! told of a victim from outside, how a user of the host is started, and that the loopback interface is up.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

#[cfg(target_os = "netbsd")]
mod netbsd;
#[cfg(target_os = "netbsd")]
pub use netbsd::*;
