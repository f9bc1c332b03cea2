//! The event stream. Event lock.

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
