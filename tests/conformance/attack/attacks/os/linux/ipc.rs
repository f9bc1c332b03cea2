//! POSIX interprocess communication.

use core::ffi::CStr;

use super::call::call;
use super::{Errno, How, number, open};
use crate::attacks::Text;
use crate::attacks::os::argument::NULL;

const READABLE: i32 = 0o644;

/// Makes a POSIX message queue that everybody may read: in NetBSD root is no exception to its mode. The kernel's names have no leading slash.
pub fn make_queue(name: &CStr) -> Result<(), Errno> {
    const MAKE: i32 = 2 | 0o100;
    // flags, one message, of eight bytes, none yet: a user's queues together have a limit
    let attributes = [0_usize, 1, 8, 0, 0, 0, 0, 0];
    call(
        number::MQ_OPEN,
        [
            name.into(),
            MAKE.into(),
            READABLE.into(),
            (&attributes).into(),
        ],
    )
    .map(drop)
}

/// Opens one that exists, to read.
pub fn open_queue(name: &CStr) -> Result<(), Errno> {
    call(number::MQ_OPEN, [name.into(), 0.into(), 0.into(), NULL]).map(drop)
}

/// Removes the name of one.
pub fn remove_queue(name: &CStr) -> Result<(), Errno> {
    call(number::MQ_UNLINK, [name.into()]).map(drop)
}

/// Where shm_open(3) keeps its objects.
fn shared(name: &CStr) -> Text {
    let name = name.to_str().unwrap_or_default();
    Text::new(format_args!("/dev/shm/{name}"))
}

/// Makes POSIX shared memory.
pub fn make_shared_memory(name: &CStr) -> Result<(), Errno> {
    open(shared(name).c(), How::Make).map(drop)
}

/// Opens POSIX shared memory of that name.
pub fn open_shared_memory(name: &CStr) -> Result<(), Errno> {
    open(shared(name).c(), How::ReadWrite).map(drop)
}

/// Opens another's POSIX semaphore: here a file that the C library keeps in /dev/shm, not a thing of the kernel's.
pub fn open_semaphore(_: &CStr) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}

/// Makes a POSIX semaphore that has a name: nothing here, see [`open_semaphore`].
pub fn make_semaphore(_: &CStr) -> Result<(), Errno> {
    Ok(())
}

/// Removes the name of one.
pub fn remove_semaphore(_: &CStr) -> Result<(), Errno> {
    Ok(())
}
