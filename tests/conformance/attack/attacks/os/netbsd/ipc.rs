//! POSIX interprocess communication.

use core::ffi::CStr;

use super::call::call;
use super::{Errno, How, number, open};
use crate::attacks::Text;
use crate::attacks::os::argument::NULL;

const OWNER: i32 = 0o600;
const READABLE: i32 = 0o644;
/// `O_CREAT` of sys/fcntl.h.
const MAKE: i32 = 0x200;

/// Makes a POSIX message queue that everybody may read: in NetBSD root is no exception to its mode.
pub fn make_queue(name: &CStr) -> Result<(), Errno> {
    // struct mq_attr of sys/mqueue.h: flags, one message, of eight bytes, none yet
    let attributes = [0_usize, 1, 8, 0];
    call(
        number::MQ_OPEN,
        [
            name.into(),
            (2 | MAKE).into(),
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
    Text::new(format_args!("/var/shm/.shmobj_{name}"))
}

/// Makes POSIX shared memory.
pub fn make_shared_memory(name: &CStr) -> Result<(), Errno> {
    open(shared(name).c(), How::Make).map(drop)
}

/// Opens POSIX shared memory of that name.
pub fn open_shared_memory(name: &CStr) -> Result<(), Errno> {
    open(shared(name).c(), How::ReadWrite).map(drop)
}

/// A name as the kernel takes it.
fn slashed(name: &CStr) -> Text {
    let name = name.to_str().unwrap_or_default();
    Text::new(format_args!("/{name}"))
}

fn semaphore(name: &CStr, flags: i32) -> Result<(), Errno> {
    let mut id = [0_usize];
    call(
        number::KSEM_OPEN,
        [
            slashed(name).c().into(),
            flags.into(),
            OWNER.into(),
            1.into(),
            (&mut id).into(),
        ],
    )
    .map(drop)
}

/// Makes a POSIX semaphore that has a name.
pub fn make_semaphore(name: &CStr) -> Result<(), Errno> {
    semaphore(name, MAKE)
}

/// Opens one that exists.
pub fn open_semaphore(name: &CStr) -> Result<(), Errno> {
    semaphore(name, 0)
}

/// Removes the name of one.
pub fn remove_semaphore(name: &CStr) -> Result<(), Errno> {
    call(number::KSEM_UNLINK, [slashed(name).c().into()]).map(drop)
}
