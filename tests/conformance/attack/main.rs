//! `attack NAME ARGUMENT...`: one attempt to break out of a cell, and one line about how it ended.
//!
//! A static program that needs nothing of the root it runs in: no libc, no loader, no environment. The crate's build
//! script compiles it (a workspace member cannot be built for another runtime than the rest); its attacks are also a module of
//! the library, which is how the runner knows their names and how clippy reads them.
#![no_std]
#![no_main]

#[path = "attacks/mod.rs"]
mod attacks;
mod start;
