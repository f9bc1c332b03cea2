//! Linux: the build and simulation host.

/// The operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;
