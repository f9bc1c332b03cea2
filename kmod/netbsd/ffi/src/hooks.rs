//! Credentials and processes come and go; denials are counted.

use cell_abi::Handle;

use crate::{KERNEL, op, stamp, subject};

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

/// A member forked. No lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_process_forked(cell: u32) {
    KERNEL.process_forked(Handle::from_raw(cell));
}

/// A member exits after `cpu_us` microseconds of CPU time. Event lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_process_exited(cell: u32, cpu_us: u64) {
    KERNEL.process_exited(Handle::from_raw(cell), cpu_us);
}

/// The answer was no. Whether readers have something new. Event lock.
#[unsafe(no_mangle)]
pub extern "C" fn cell_rs_denied(cell: u32, root: bool, number: u8, pid: u32, now_s: u32) -> bool {
    KERNEL.denied(subject(cell, root), op(number), stamp(pid, now_s))
}
