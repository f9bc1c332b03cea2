//! What a device is to run: its image, and what was changed on the device since.
//!
//! - [`Overrides`]: the changes, by name and setting, so that they outlive a new image
//! - [`Source`]: both as they are on the device, the image being one that may be run
//! - [`slot`]: the changes as bytes; [`store`]: those bytes on flash, in two files that take turns
//! - [`merge()`]: both together, as an image that keeps to every rule of one
//! - [`tighten`]: whether a change takes away only, which is all that a sealed board bears
//! - [`Draft`], [`digest`]: a cell by names instead of indices, and what tells two of them apart
//! - [`adopt()`]: what a supervisor runs while some cells still run by an older definition

mod adopt;
mod choice;
mod draft;
mod merge;
mod overrides;
mod setting;
pub mod slot;
mod source;
pub mod store;
pub mod tighten;

#[cfg(test)]
mod tests;

pub use adopt::{adopt, adopts};
pub use choice::{IMAGE, Paths, RESCUE, Say, choose};
pub use draft::{Draft, assemble, definition, digest, pour, pour_changes, read, read_definition};
pub use merge::{Conflict, Merged, Why, merge};
pub use overrides::{Base, CellEntry, Overrides, VolumeChange, VolumeEntry};
pub use setting::{Setting, VolumeMount};
pub use source::{Desired, Source, Unusable};
