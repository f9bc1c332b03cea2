//! Requests in two steps: what the buffer asks is decided, C does what only the kernel can, the reply is written.
//!
//! A refused request leaves the buffer as it was, or zeroed where the reply did not fit.

use cell_abi::frame::FrameError;
use cell_abi::wire::Writer;
use cell_abi::{Handle, Refusal};
use cell_core::{Live, Stamp, Subject, Verb};

use crate::KERNEL;
use crate::edge::Work;

/// Who asks, from where, when.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub who: Subject,
    pub at: Stamp,
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
    let call = KERNEL.read_call(buffer).map_err(refusal)?;
    work.signal = call.signal.into();
    // What needs more of the request than its cell comes first: the reply is written over it.
    let verb = call.verb;
    let cell = match verb {
        Verb::Create => {
            let cell = KERNEL.create_called(who, &call, at.uptime_s)?;
            work.set_root(call.root());
            cell
        }
        Verb::Lookup => KERNEL.lookup_called(who, &call)?,
        Verb::List => KERNEL.next(who, call.cell)?,
        Verb::Hello
        | Verb::Destroy
        | Verb::Enter
        | Verb::Kill
        | Verb::Stats
        | Verb::Policy
        | Verb::Seal => call.cell,
    };
    work.cell = cell.raw();
    let mut out = Writer::reply(buffer);
    work.kind = match verb {
        Verb::Create => Work::RESOLVE,
        Verb::Destroy => {
            KERNEL.destroy(who, cell, at)?;
            Work::RELEASE
        }
        Verb::Enter => {
            KERNEL.begin_enter(who, cell)?;
            Work::ENTER
        }
        Verb::Kill => {
            KERNEL.may_kill(who, cell)?;
            Work::KILL
        }
        Verb::Stats => {
            KERNEL.may_sum(who, cell)?;
            Work::SUM
        }
        Verb::Hello => {
            out.hello(&KERNEL.hello(who));
            Work::NONE
        }
        Verb::Lookup | Verb::List => {
            KERNEL.write_info(who, cell, at.uptime_s, &mut out)?;
            Work::NONE
        }
        Verb::Policy => {
            KERNEL.policy(who, cell)?.write(&mut out);
            Work::NONE
        }
        Verb::Seal => {
            KERNEL.seal(who, at)?;
            out.done();
            Work::NONE
        }
    };
    match work.kind {
        Work::NONE => finish(out),
        _ => Ok(()),
    }
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

pub(crate) fn stats(
    caller: Caller,
    cell: Handle,
    live: Live,
    buffer: &mut [u8],
) -> Result<(), Refusal> {
    let mut out = Writer::reply(buffer);
    KERNEL.write_stats(caller.who, cell, caller.at.uptime_s, live, &mut out)?;
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
    KERNEL.members(Handle::from_raw(cell))
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
