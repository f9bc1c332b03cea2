//! Attacks on cells, and what each must come to.
//!
//! - `attacks`: the attacks themselves, which are also a static program that runs inside of cells (`attack/`)
//! - [`table`]: the expected outcomes
//! - [`scene`]: the cells and the victims, [`place`]: what differs between the kernels under them
//! - [`control`]: runs the rows of the table without cells, [`run`] within
//! - [`steps`]: what goes wrong, or must not, in a cell's life: entering, destroying, killing, sealing
//! - [`report`]: the printed table, [`compare`]: two of them, line by line
//! - [`whole`]: all of it, one after the other
//!
//! The same runner serves the hosted kernel and NetBSD: it makes its system calls through
//! [`libcell::platform::Platform`].
#![no_std]
// assembly for MIPS is not stable; device builds permit it (scripts/device-build)
#![cfg_attr(
    all(target_os = "netbsd", target_arch = "mips"),
    feature(asm_experimental_arch)
)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(target_os = "linux")]
extern crate std;

#[path = "../attack/attacks/mod.rs"]
pub mod attacks;
pub mod compare;
pub mod control;
pub mod place;
pub mod report;
pub mod run;
pub mod scene;
pub mod steps;
pub mod table;
pub mod whole;

mod arguments;
mod failure;
mod launch;
mod lines;
mod victim;

pub use failure::Failure;

#[cfg(test)]
mod tests;

/// The attack program, built with this crate. In NetBSD it is the program that this crate is linked into.
#[cfg(target_os = "linux")]
pub const ATTACK_PROGRAM: &str = env!("ATTACK_PROGRAM");
