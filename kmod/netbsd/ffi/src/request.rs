//! Requests in two steps: what the buffer asks is decided, C does what only the kernel can, the reply is written.
//!
//! A refused request leaves the buffer as it was, or zeroed where the reply did not fit.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::frame::{self, FrameError};
use cell_abi::{Handle, MAX_CELLS, Refusal, Reply, Request};
use cell_core::{InfoText, Stamp, Subject};
use serde::Serialize;

use crate::KERNEL;

/// What is left for C to do.
pub(crate) enum Task {
    /// Nothing: the reply is in the buffer.
    None,
    /// Resolve the root of a cell that was created.
    Resolve(Handle),
    /// Release the root of a cell that was destroyed.
    Release(Handle),
    /// Move the caller into it.
    Enter(Handle),
    /// Signal its members.
    Kill(Handle, u8),
    /// Sum what its live members use.
    Sum(Handle),
}

/// Who asks, from where, when.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub who: Subject,
    pub at: Stamp,
}

/// Microseconds of CPU time and KiB of memory of live members.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    pub cpu_us: u64,
    pub resident_kib: u32,
    pub virtual_kib: u32,
}

/// A frame that is not one, or a reply that does not fit.
fn refusal(error: FrameError) -> Refusal {
    match error {
        FrameError::TooBig => Refusal::TooBig,
        FrameError::Size | FrameError::Length | FrameError::Malformed | FrameError::Trailing => {
            Refusal::Malformed
        }
    }
}

/// Decides the request in `buffer`. `root` is where the path of a new cell is put.
pub(crate) fn begin(
    buffer: &mut [u8],
    caller: Caller,
    root: &mut RootBuffer<'_>,
) -> Result<Task, Refusal> {
    let Caller { who, at } = caller;
    match frame::read::<Request<'_>>(buffer).map_err(refusal)? {
        Request::Hello => {
            let hello = KERNEL.hello(who);
            write(&Reply::Hello(hello), buffer)
        }
        Request::Create(create) => {
            let cell = KERNEL.create(who, &create, at.uptime_s)?;
            match root.set(create.root.as_str()) {
                Some(()) => Ok(Task::Resolve(cell)),
                None => {
                    // A path is shorter than the buffer, or it had not been decoded.
                    let _ = KERNEL.abandon(cell);
                    Err(Refusal::Malformed)
                }
            }
        }
        Request::Destroy(cell) => {
            KERNEL.destroy(who, cell, at)?;
            Ok(Task::Release(cell))
        }
        Request::Enter(cell) => {
            KERNEL.begin_enter(who, cell)?;
            Ok(Task::Enter(cell))
        }
        Request::Kill { cell, signal } => {
            KERNEL.may_kill(who, cell)?;
            Ok(Task::Kill(cell, signal))
        }
        Request::Lookup(name) => {
            let cell = KERNEL.lookup(who, name)?;
            describe(caller, cell, buffer)
        }
        Request::List(after) => {
            let cell = KERNEL.next(who, after)?;
            describe(caller, cell, buffer)
        }
        Request::Stats(cell) => {
            KERNEL.stats(who, cell, at.uptime_s)?;
            Ok(Task::Sum(cell))
        }
        Request::Policy(cell) => {
            let view = KERNEL.policy(who, cell)?;
            write(&view.as_reply(), buffer)
        }
        Request::Seal => {
            KERNEL.seal(who, at)?;
            write(&Reply::Done, buffer)
        }
    }
}

fn describe(caller: Caller, cell: Handle, buffer: &mut [u8]) -> Result<Task, Refusal> {
    let mut text = InfoText::new();
    let info = KERNEL.info(caller.who, cell, caller.at.uptime_s, &mut text)?;
    write(&Reply::Cell(info), buffer)
}

fn write(reply: &impl Serialize, buffer: &mut [u8]) -> Result<Task, Refusal> {
    frame::write(reply, buffer).map_err(refusal)?;
    Ok(Task::None)
}

pub(crate) fn created(cell: Handle, at: Stamp, buffer: &mut [u8]) -> Result<(), Refusal> {
    KERNEL.publish(cell, at)?;
    write(&Reply::Created(cell), buffer).map(drop)
}

pub(crate) fn destroyed(buffer: &mut [u8]) -> Result<(), Refusal> {
    write(&Reply::Done, buffer).map(drop)
}

pub(crate) fn entered(cell: Handle, at: Stamp, buffer: &mut [u8]) -> Result<(), Refusal> {
    KERNEL.entered(cell, at);
    write(&Reply::Done, buffer).map(drop)
}

pub(crate) fn killed(count: u32, buffer: &mut [u8]) -> Result<(), Refusal> {
    write(&Reply::Killed(count), buffer).map(drop)
}

/// CPU time last told of each slot, low and high word, and of which cell. A member that is between its last
/// accounting and its exit hook is in neither sum for a moment; what was told once is not taken back.
static TOLD: [[AtomicU32; 3]; MAX_CELLS] = [const { [const { AtomicU32::new(0) }; 3] }; MAX_CELLS];

fn never_less(cell: Handle, cpu_us: u64) -> u64 {
    let Some([low, high, of]) = TOLD.get(cell.slot()) else {
        return cpu_us;
    };
    // Under the caller's locks, hence relaxed.
    let told = if of.swap(cell.raw(), Ordering::Relaxed) == cell.raw() {
        u64::from(high.load(Ordering::Relaxed)) << 32 | u64::from(low.load(Ordering::Relaxed))
    } else {
        0
    };
    let now = cpu_us.max(told);
    low.store(now as u32, Ordering::Relaxed);
    high.store((now >> 32) as u32, Ordering::Relaxed);
    now
}

pub(crate) fn stats(
    caller: Caller,
    cell: Handle,
    live: Live,
    buffer: &mut [u8],
) -> Result<(), Refusal> {
    let mut stats = KERNEL.stats(caller.who, cell, caller.at.uptime_s)?;
    stats.cpu_us = never_less(cell, stats.cpu_us.saturating_add(live.cpu_us));
    stats.resident_kib = live.resident_kib;
    stats.virtual_kib = live.virtual_kib;
    write(&Reply::Stats(stats), buffer).map(drop)
}

/// Room for a path and the zero byte that ends it in C.
pub(crate) type RootBytes = [u8; cell_abi::ROOT_MAX + 1];

/// Where a path is put for C.
pub(crate) struct RootBuffer<'w>(pub &'w mut RootBytes);

impl RootBuffer<'_> {
    fn set(&mut self, path: &str) -> Option<()> {
        let (place, rest) = self.0.split_at_mut_checked(path.len())?;
        *rest.first_mut()? = 0;
        place.copy_from_slice(path.as_bytes());
        Some(())
    }
}

/// Cells, dying ones and those being created included: what keeps the module loaded. Table lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_cells() -> u8 {
    KERNEL.cells()
}

/// Whether it is sealed, until reboot: hence the module stays, which another load of it would begin without. Table lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_sealed() -> bool {
    KERNEL.is_sealed()
}

/// Whether some cell is only dying: dropping credentials that nobody needs may free its slot. Table lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_dying() -> bool {
    KERNEL.has_dying()
}

/// Members of a cell; 0 of one that is gone. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_processes(cell: u32) -> u32 {
    KERNEL
        .stats(Subject::HOST_ROOT, Handle::from_raw(cell), 0)
        .map_or(0, |stats| stats.processes)
}

/// The root of a new cell could not be had: there is no cell. Table lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_abandon_create(cell: u32) {
    // Refused if it is not being created, and then there is nothing to give back.
    let _ = KERNEL.abandon(Handle::from_raw(cell));
}

/// The caller is not fit to enter. Table lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_abandon_enter(cell: u32) {
    KERNEL.abandon_enter(Handle::from_raw(cell));
}
