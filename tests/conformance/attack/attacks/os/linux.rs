//! Linux, x86_64: raw system calls.

#[cfg(not(target_arch = "x86_64"))]
compile_error!("the numbers of the system calls are those of x86_64");

mod call;
mod control;
mod files;
mod handover;
mod ipc;
mod network;
mod number;
#[path = "objects.rs"]
mod objects;
mod process;
#[path = "program.rs"]
mod program;
mod system;
mod tasks;

use super::Errno;
pub use control::{Connection, request};
pub use files::*;
pub use handover::{hand_over, take_over};
pub use ipc::*;
pub use network::*;
pub use objects::*;
pub use process::*;
pub use program::*;
pub use system::*;
pub use tasks::*;
