//! Requests in two steps: what the buffer asks is decided, C does what only the kernel can, the reply is written.
//!
//! A refused request leaves the buffer as it was, or zeroed where the reply did not fit.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::frame::FrameError;
use cell_abi::wire::{self, Call, Writer};
use cell_abi::{CellPlan, Handle, MAX_CELLS, Refusal};
use cell_core::{Stamp, Subject};

use crate::KERNEL;
use crate::edge::Work;

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

/// Decides the request in `buffer`; what is left for C to do is put into `work`.
pub(crate) fn begin(buffer: &mut [u8], caller: Caller, work: &mut Work) -> Result<(), Refusal> {
    let Caller { who, at } = caller;
    let (kind, cell) = match wire::call(buffer).map_err(refusal)? {
        Call::Hello => {
            let mut out = Writer::reply(buffer);
            out.hello(&KERNEL.hello(who));
            finish(out)?;
            (Work::NONE, Handle::HOST)
        }
        Call::Create(plan) => {
            let cell = KERNEL.create(who, &plan, at.uptime_s)?;
            work.set_root(plan.root());
            (Work::RESOLVE, cell)
        }
        Call::Destroy(cell) => {
            KERNEL.destroy(who, cell, at)?;
            (Work::RELEASE, cell)
        }
        Call::Enter(cell) => {
            KERNEL.begin_enter(who, cell)?;
            (Work::ENTER, cell)
        }
        Call::Kill { cell, signal } => {
            KERNEL.may_kill(who, cell)?;
            work.signal = signal.into();
            (Work::KILL, cell)
        }
        Call::Lookup(name) => {
            let cell = KERNEL.lookup_bytes(who, name)?;
            describe(caller, cell, buffer)?
        }
        Call::List(after) => {
            let cell = KERNEL.next(who, after)?;
            describe(caller, cell, buffer)?
        }
        Call::Stats(cell) => {
            KERNEL.stats(who, cell, at.uptime_s)?;
            (Work::SUM, cell)
        }
        Call::Policy(cell) => {
            let view = KERNEL.policy(who, cell)?;
            let mut out = Writer::reply(buffer);
            view.write(&mut out);
            finish(out)?;
            (Work::NONE, cell)
        }
        Call::Seal => {
            KERNEL.seal(who, at)?;
            done(buffer)?;
            (Work::NONE, Handle::HOST)
        }
    };
    work.kind = kind;
    work.cell = cell.raw();
    Ok(())
}

/// Not inlined: both requests that come here are one code.
#[inline(never)]
fn describe(caller: Caller, cell: Handle, buffer: &mut [u8]) -> Result<(u32, Handle), Refusal> {
    let mut out = Writer::reply(buffer);
    KERNEL.write_info(caller.who, cell, caller.at.uptime_s, &mut out)?;
    finish(out)?;
    Ok((Work::NONE, cell))
}

fn finish(out: Writer<'_>) -> Result<(), Refusal> {
    out.finish().map_err(refusal)
}

pub(crate) fn done(buffer: &mut [u8]) -> Result<(), Refusal> {
    let mut out = Writer::reply(buffer);
    out.done();
    finish(out)
}

pub(crate) fn created(cell: Handle, at: Stamp, buffer: &mut [u8]) -> Result<(), Refusal> {
    KERNEL.publish(cell, at)?;
    let mut out = Writer::reply(buffer);
    out.created(cell);
    finish(out)
}

pub(crate) fn entered(cell: Handle, at: Stamp, buffer: &mut [u8]) -> Result<(), Refusal> {
    KERNEL.entered(cell, at);
    done(buffer)
}

pub(crate) fn killed(count: u32, buffer: &mut [u8]) -> Result<(), Refusal> {
    let mut out = Writer::reply(buffer);
    out.killed(count);
    finish(out)
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
    let mut out = Writer::reply(buffer);
    out.stats(&stats);
    finish(out)
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
