//! What differs between processors: how a system call is made and how a program begins.
//!
//! A system call is an out-of-line C function on all of them, because NetBSD takes the arguments where the C calling
//! convention puts them: pairs for 64-bit values, their order and their padding come from the compiler.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod amd64;
#[cfg(target_arch = "arm")]
mod armv7;
#[cfg(target_arch = "mips")]
mod mips;

#[cfg(target_arch = "aarch64")]
pub(super) use aarch64::call;
#[cfg(target_arch = "x86_64")]
pub(super) use amd64::call;
#[cfg(target_arch = "arm")]
pub(super) use armv7::call;
#[cfg(target_arch = "mips")]
pub(super) use mips::call;
