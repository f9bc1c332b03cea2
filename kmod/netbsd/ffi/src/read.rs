//! The event stream. Event lock.

use cell_abi::frame;

use crate::KERNEL;

/// Where a new reader begins.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_event_cursor() -> u32 {
    KERNEL.event_cursor()
}

/// Whether a reader at `cursor` has something to read.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_has_event(cursor: u32, now_s: u32) -> bool {
    KERNEL.has_event(cursor, now_s)
}

/// The next event as a frame in `out`; its length, 0 if there is none.
pub(crate) fn next(cursor: &mut u32, out: &mut [u8], now_s: u32) -> usize {
    KERNEL
        .read_event(cursor, now_s)
        .and_then(|event| frame::write_event(&event, out).ok())
        .unwrap_or(0)
}
