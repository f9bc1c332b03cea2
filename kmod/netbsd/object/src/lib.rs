//! Repairs and checks the kernel objects of secmodel_cell: what stands between a compiler's output and NetBSD's module
//! loader (`sys/kern/subr_kobj.c`, `sys/arch/*/*/kobj_machdep.c`). `scripts/kmod-build` runs it.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod assembly;
pub mod check;
pub mod failure;
pub mod instructions;
pub mod machine;
pub mod repair;
pub mod size;
mod spill;

#[cfg(test)]
mod tests;
