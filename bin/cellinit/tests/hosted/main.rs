//! The real program on the hosted kernel, with busybox as the services.
//!
//! Needs root (mounts, chroot, seccomp listeners), busybox with everything in it (`busybox-static`), and `mount(2)`
//! to be permitted; says what is missing and does nothing otherwise.

#[allow(dead_code, reason = "the library's own tests use all of it")]
#[path = "../../src/tests/define.rs"]
mod define;

mod control;
mod descriptors;
mod device;
mod life;
mod logs;
mod plans;
mod recovery;
mod refused;
mod reload;
mod rescue;
