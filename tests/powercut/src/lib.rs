//! Power that goes at every point: of what saves, restores and keeps state.
//!
//! - [`layer`]: a layer under the programs, which is asked before every call of the platform and told after it
//! - [`disk`]: a file system in memory that knows what would be left of it
//! - [`scenario`]: what is cut, and what must be there afterwards
//! - [`real`]: the real program and a real file system
//! - [`volume`]: what is saved and restored

pub mod disk;
pub mod layer;
pub mod real;
pub mod scenario;
pub mod volume;
