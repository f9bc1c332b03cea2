//! NetBSD by raw system calls.

/// The operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;
