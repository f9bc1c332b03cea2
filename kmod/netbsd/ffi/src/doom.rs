//! Cells that are being killed: their members cannot fork, so whoever kills them comes to an end.

use cell_abi::Handle;

use crate::KERNEL;

/// From now on no member of the cell forks. Said again in each round of a killing: another may have ended. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_doom(cell: u32) {
    KERNEL.doom(Handle::from_raw(cell));
}

/// The killing is over. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_spare(cell: u32) {
    KERNEL.spare(Handle::from_raw(cell));
}
