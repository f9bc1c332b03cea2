//! Credentials and processes come and go; denials are counted.

use cell_abi::Handle;

use crate::{KERNEL, asker, op, stamp};

/// A credential that carries `cell` was made. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_credential_shared(cell: u32) {
    KERNEL.credential_shared(Handle::from_raw(cell));
}

/// A credential that carries `cell` was freed. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_credential_dropped(cell: u32) {
    KERNEL.credential_dropped(Handle::from_raw(cell));
}

/// A member forked, on the place that `cell_rs_ask_fork` gave it or on none. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_process_forked(cell: u32, reserved: bool) {
    let cell = Handle::from_raw(cell);
    if !reserved {
        KERNEL.take_place(cell);
    }
    KERNEL.process_forked(cell);
}

/// A member gives the place back that `cell_rs_ask_fork` gave it. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_fork_abandoned(cell: u32) {
    KERNEL.fork_abandoned(Handle::from_raw(cell));
}

/// A member exits after `cpu_us` microseconds of CPU time. Event lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_process_exited(cell: u32, cpu_us: u64) {
    KERNEL.process_exited(Handle::from_raw(cell), cpu_us);
}

/// The answer was no. Whether readers have something new. Event lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_denied(cell: u32, number: u8, pid: u32, now_s: u32) -> bool {
    KERNEL.denied(asker(cell), op(number), stamp(pid, now_s))
}
