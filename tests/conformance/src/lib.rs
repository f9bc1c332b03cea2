//! Attacks on cells, and what each must come to.
//!
//! - `attacks`: the attacks themselves, which are also a static program that runs inside of cells (`attack/`)
//! - [`table`]: the expected outcomes
//! - [`scene`]: the kernel, the cells and the victims
//! - [`control`]: runs the rows of the table without cells, [`run`] within
//! - [`steps`]: what goes wrong, or must not, in a cell's life: entering, destroying, killing, sealing
//! - [`report`]: the printed table
#![warn(missing_docs)]

#[path = "../attack/attacks/mod.rs"]
pub mod attacks;
pub mod control;
pub mod kernel;
pub mod report;
pub mod run;
pub mod scene;
pub mod steps;
pub mod table;

mod arguments;
mod launch;
mod victim;

#[cfg(test)]
mod tests;

/// The attack program, built with this crate.
pub const ATTACK_PROGRAM: &str = env!("ATTACK_PROGRAM");
