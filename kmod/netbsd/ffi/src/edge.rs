//! Where pointers of C's come in: the only unsafe code.
//!
//! What all of it relies on: C passes buffers that are its own for the time of the call (an ioctl's copy in the kernel,
//! a local variable), never two that overlap, and never null.

use core::slice;

use cell_abi::{Handle, ROOT_MAX, Refusal};
use cell_core::Live;

use crate::request::{self, Caller};
use crate::{KERNEL, stamp, subject};

/// What [`cell_rs_begin`] leaves to do: `struct cell_work` of `cell_rs.h`.
#[repr(C)]
pub struct Work {
    /// `CELL_WORK_*`.
    pub kind: u32,
    /// The cell.
    pub cell: u32,
    /// The signal of `CELL_WORK_KILL`.
    pub signal: u32,
    /// The path of `CELL_WORK_RESOLVE`, ended by a zero byte: `char` in C.
    pub root: [u8; ROOT_MAX + 1],
}

impl Work {
    /// The reply is in the buffer.
    pub const NONE: u32 = 0;
    /// Resolve `root`, then `cell_rs_created` or `cell_rs_abandon_create`.
    pub const RESOLVE: u32 = 1;
    /// Release the root, then `cell_rs_destroyed`.
    pub const RELEASE: u32 = 2;
    /// Move the caller, then `cell_rs_entered` or `cell_rs_abandon_enter`.
    pub const ENTER: u32 = 3;
    /// Signal the members, then `cell_rs_killed`.
    pub const KILL: u32 = 4;
    /// Sum what live members use, then `cell_rs_stats`.
    pub const SUM: u32 = 5;

    /// Puts a path for C, which was checked to be shorter than the room for it.
    pub(crate) fn set_root(&mut self, path: &[u8]) {
        if let Some((place, [end, ..])) = self.root.split_at_mut_checked(path.len()) {
            place.copy_from_slice(path);
            *end = 0;
        }
    }
}

fn number(result: Result<(), Refusal>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(refusal) => refusal.number(),
    }
}

/// Decides the request in a buffer; 0 or a refusal's number. Table lock and event lock.
///
/// # Safety
/// `buffer` is valid for `len` bytes, `work` for a [`Work`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cell_rs_begin(
    cell: u32,
    root: bool,
    pid: u32,
    now_s: u32,
    buffer: *mut u8,
    len: usize,
    work: *mut Work,
) -> u8 {
    // SAFETY: the caller's promise; C passes its copy of the ioctl's argument.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, len) };
    // SAFETY: the caller's promise; all its fields are integers, so any bytes are a value.
    let work = unsafe { &mut *work };
    let caller = Caller {
        who: subject(cell, root),
        at: stamp(pid, now_s),
    };
    number(request::begin(buffer, caller, work))
}

/// The root is held: publishes the cell. Table lock and event lock.
///
/// # Safety
/// `buffer` is valid for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cell_rs_created(
    cell: u32,
    pid: u32,
    now_s: u32,
    buffer: *mut u8,
    len: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, len) };
    number(request::created(
        Handle::from_raw(cell),
        stamp(pid, now_s),
        buffer,
    ))
}

/// The root is released. Table lock.
///
/// # Safety
/// `buffer` is valid for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cell_rs_destroyed(buffer: *mut u8, len: usize) -> u8 {
    // SAFETY: the caller's promise.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, len) };
    number(request::done(buffer))
}

/// The caller is in the cell. Table lock and event lock.
///
/// # Safety
/// `buffer` is valid for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cell_rs_entered(
    cell: u32,
    pid: u32,
    now_s: u32,
    buffer: *mut u8,
    len: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, len) };
    number(request::entered(
        Handle::from_raw(cell),
        stamp(pid, now_s),
        buffer,
    ))
}

/// So many members were signalled. No lock.
///
/// # Safety
/// `buffer` is valid for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cell_rs_killed(count: u32, buffer: *mut u8, len: usize) -> u8 {
    // SAFETY: the caller's promise.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, len) };
    number(request::killed(count, buffer))
}

/// What live members use: writes the reply. Table lock and event lock.
///
/// # Safety
/// `buffer` is valid for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cell_rs_stats(
    caller: u32,
    root: bool,
    cell: u32,
    now_s: u32,
    cpu_us: u64,
    resident_kib: u32,
    virtual_kib: u32,
    buffer: *mut u8,
    len: usize,
) -> u8 {
    // SAFETY: the caller's promise.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, len) };
    let caller = Caller {
        who: subject(caller, root),
        at: stamp(0, now_s),
    };
    let live = Live {
        cpu_us,
        resident_kib,
        virtual_kib,
    };
    number(request::stats(caller, Handle::from_raw(cell), live, buffer))
}

/// The next event as a frame; its length, 0 if there is none. Event lock.
///
/// # Safety
/// `cursor` is valid for an integer, `out` for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cell_rs_read_event(
    cursor: *mut u32,
    out: *mut u8,
    len: usize,
    now_s: u32,
) -> usize {
    // SAFETY: the caller's promise.
    let cursor = unsafe { &mut *cursor };
    // SAFETY: the caller's promise.
    let out = unsafe { slice::from_raw_parts_mut(out, len) };
    KERNEL.write_event(cursor, now_s, out)
}
