//! What the picocell programs share.
//!
//! - [`platform`]: the system calls, behind one trait; all of this crate's `unsafe` is there
//! - [`device`]: the client of `/dev/cell`
//! - [`options`], [`number`]: what the programs take
//! - [`output`], [`table`]: what the programs show
//! - [`image`]: `cells.bin`, what a device runs
//! - [`entry`]: how a program begins
//! - [`archive`]: volumes in files
//! - [`backup`], [`restore`]: volumes to and from archives; [`job`], [`state`], [`tree`], [`slots`], [`progress`], [`problem`] are what it needs
//! - [`time`]: dates as people read them
//! - [`desired`], [`state`]: what was changed on the device, and where that is
//! - [`converge`]: making files so
//! - [`drift`]: what is to be done when that is not what is desired
//! - [`launch`]: starting a program in a cell
//! - [`ipc`]: the protocol of `cellmgr ipc`
//! - [`screen`], [`keys`]: a terminal, painted and read
//! - [`policy`]: what the kernel is to enforce on a cell
//! - [`control`]: the messages of cellinit's control socket
//! - [`trust`]: signatures in the format of minisign(1)
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

pub mod archive;
pub mod backup;
pub mod control;
pub mod converge;
pub mod desired;
pub mod device;
pub mod drift;
pub mod entry;
pub mod file;
pub mod image;
pub mod ipc;
pub mod job;
pub mod keys;
pub mod launch;
pub mod number;
pub mod options;
pub mod output;
pub mod platform;
pub mod policy;
pub mod problem;
pub mod progress;
pub mod restore;
pub mod screen;
pub mod slots;
pub mod state;
pub mod table;
pub mod time;
pub mod tree;
pub mod trust;
mod wire;
