//! Cells that are being killed: their members cannot fork, so whoever kills them comes to an end.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::{Handle, MAX_CELLS};

/// The handle that is being killed in each slot, 0 for none.
static DOOMED: [AtomicU32; MAX_CELLS] = [const { AtomicU32::new(0) }; MAX_CELLS];

fn place(cell: u32) -> Option<&'static AtomicU32> {
    DOOMED.get(Handle::from_raw(cell).slot())
}

pub(crate) fn is_doomed(cell: u32) -> bool {
    cell != 0 && place(cell).is_some_and(|place| place.load(Ordering::Relaxed) == cell)
}

/// From now on no member of the cell forks. Said again in each round of a killing: another may have ended. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_doom(cell: u32) {
    if let Some(place) = place(cell) {
        place.store(cell, Ordering::Relaxed);
    }
}

/// The killing is over. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_spare(cell: u32) {
    if let Some(place) = place(cell) {
        // Not this cell's: its slot lives again, and that life is somebody else's to spare.
        let _ = place.compare_exchange(cell, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}
