//! The C ABI of [`cell_core`] for `secmodel_cell.c`: `cell_rs.h` is its other half.
//!
//! C passes plain integers and byte buffers; nothing of a kernel's struct comes in and no reference goes out. The
//! state is one static, [`KERNEL`]. Which of the caller's two locks a function needs is said in `cell_rs.h`.
//!
//! For a host program this is an ordinary rlib. For the module it is built as a static library, with a core library
//! of the kernel's target:
//!
//! ```text
//! cargo rustc -p cell-ffi --crate-type staticlib --features kernel --profile device --target T
//! ```
//!
//! Unsafe code is at the edge only, in the module `edge`.
#![no_std]
#![warn(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

mod ask;
mod doom;
mod edge;
mod hooks;
mod read;
mod request;

use cell_abi::{Handle, Op};
use cell_core::{Kernel, Stamp, Subject};

pub use ask::{
    cell_rs_ask, cell_rs_ask_bind, cell_rs_ask_device, cell_rs_ask_exec, cell_rs_ask_fork,
    cell_rs_ask_picked, cell_rs_ask_process,
};
pub use doom::{cell_rs_doom, cell_rs_spare};
pub use edge::{
    Work, cell_rs_begin, cell_rs_created, cell_rs_destroyed, cell_rs_entered, cell_rs_killed,
    cell_rs_read_event, cell_rs_stats,
};
pub use hooks::{
    cell_rs_credential_dropped, cell_rs_credential_shared, cell_rs_denied, cell_rs_fork_abandoned,
    cell_rs_process_exited, cell_rs_process_forked,
};
pub use read::{cell_rs_event_cursor, cell_rs_has_event};
pub use request::{
    cell_rs_abandon_create, cell_rs_abandon_enter, cell_rs_cells, cell_rs_dying, cell_rs_processes,
    cell_rs_sealed,
};

/// All state of the security model.
pub static KERNEL: Kernel = Kernel::new();

/// A credential as C passes it: the word it carries, and whether its effective user is 0.
fn subject(cell: u32, root: bool) -> Subject {
    Subject {
        cell: Handle::from_raw(cell),
        root,
    }
}

/// Who asks listeners: a member, or a user of the host. C does not ask for the host's root, whom nothing is denied.
fn asker(cell: u32) -> Subject {
    subject(cell, false)
}

fn stamp(pid: u32, now_s: u32) -> Stamp {
    Stamp {
        pid,
        uptime_s: now_s,
    }
}

/// The operation of that number. One that is none is `unknown`, as an action without a number is.
fn op(number: u8) -> Op {
    Op::from_number(number).unwrap_or(Op::Unknown)
}

/// There is no path to it in what is linked, and the build of the module refuses an object where there is one.
#[cfg(feature = "kernel")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
