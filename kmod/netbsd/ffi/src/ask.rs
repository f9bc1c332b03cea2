//! Decisions. No lock. Answers are [`cell_core::Verdict`]'s numbers.

use cell_abi::{Access, DeviceKind, Handle, Op, Protocols};
use cell_core::MountWritable;

use crate::{KERNEL, asker, op};

/// Where nothing but the operation counts.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_ask(cell: u32, number: u8) -> u8 {
    KERNEL.ask(asker(cell), op(number)).number()
}

/// About a process of `target`.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_ask_process(cell: u32, number: u8, target: u32) -> u8 {
    KERNEL
        .ask_process(asker(cell), op(number), Handle::from_raw(target))
        .number()
}

/// A protocol by its IP number. One that is neither counts as both.
fn protocols(number: u8) -> Protocols {
    match number {
        6 => Protocols::Tcp,
        17 => Protocols::Udp,
        _ => Protocols::Both,
    }
}

/// Binding `port` of an IP protocol.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_ask_bind(cell: u32, protocol: u8, port: u16) -> u8 {
    KERNEL
        .ask_bind(asker(cell), protocols(protocol), port)
        .number()
}

/// Having the kernel bind `port`, which it picked where the subject asked for any: permitted as port 0 is, unless it
/// is reserved for another cell.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_ask_picked(cell: u32, protocol: u8, port: u16) -> u8 {
    KERNEL
        .ask_picked(asker(cell), protocols(protocol), port)
        .number()
}

/// Opening a device node: `block` or character, to read, to write or both.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_ask_device(
    cell: u32,
    block: bool,
    major: u32,
    minor: u32,
    read: bool,
    write: bool,
) -> u8 {
    let kind = if block {
        DeviceKind::Block
    } else {
        DeviceKind::Char
    };
    let access = match (read, write) {
        (_, false) => Access::Read,
        (false, true) => Access::Write,
        (true, true) => Access::ReadWrite,
    };
    KERNEL
        .ask_device(asker(cell), kind, major, minor, access)
        .number()
}

/// Forking. No for a member of a cell that is being killed, so that the killing ends. Where the answer to a member is
/// not no, it holds a place until `cell_rs_process_forked` or `cell_rs_fork_abandoned`.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_ask_fork(cell: u32) -> u8 {
    KERNEL.ask_fork(asker(cell)).number()
}

/// Executing a file of a mount that is writable or not.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_ask_exec(cell: u32, writable: bool) -> u8 {
    let writable = if writable {
        MountWritable::Yes
    } else {
        MountWritable::No
    };
    KERNEL.ask_exec(asker(cell), writable).number()
}

const _: () = assert!(
    Op::Unknown.number() == 0,
    "what the C file's table leaves out is 0"
);
