//! `celltest lifecycle STEPS SEED`: random steps in the lives of cells, each compared with what a model expects.

pub mod model;

#[cfg(target_os = "netbsd")]
pub mod member;
#[cfg(target_os = "netbsd")]
mod steps;
#[cfg(target_os = "netbsd")]
mod walk;

#[cfg(target_os = "netbsd")]
pub use walk::{ROOT, run};
