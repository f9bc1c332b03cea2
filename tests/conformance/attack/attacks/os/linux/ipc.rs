//! System V and POSIX interprocess communication.

use core::ffi::CStr;

use super::call::call;
use super::{Errno, How, number, open};
use crate::attacks::Text;
use crate::attacks::os::argument::NULL;

const CREATE: i32 = 0o1000;
const REMOVE: i32 = 0;
const OWNER: i32 = 0o600;
const READABLE: i32 = 0o644;

/// A kind of System V object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// Shared memory.
    Memory,
    /// A set of semaphores, of one.
    Semaphore,
    /// A queue of messages.
    Queue,
}

/// Makes one, or finds it if the caller made it; its id.
pub fn make_object(object: Object, key: i32) -> Result<usize, Errno> {
    let flags = CREATE | OWNER;
    match object {
        Object::Memory => call(number::SHMGET, [key.into(), 4096.into(), flags.into()]),
        Object::Semaphore => call(number::SEMGET, [key.into(), 1.into(), flags.into()]),
        Object::Queue => call(number::MSGGET, [key.into(), flags.into()]),
    }
}

/// Finds another's by its key and uses it.
pub fn use_object(object: Object, key: i32) -> Result<(), Errno> {
    let nothing = 0.into();
    match object {
        Object::Memory => {
            let id = call(number::SHMGET, [key.into(), 0.into(), nothing])?;
            attach(id)
        }
        Object::Semaphore => {
            let id = call(number::SEMGET, [key.into(), 0.into(), nothing])?;
            let add_one = [0_u16, 1, 0];
            call(number::SEMOP, [id.into(), (&add_one).into(), 1.into()]).map(drop)
        }
        Object::Queue => {
            let id = call(number::MSGGET, [key.into(), nothing])?;
            let message = [1_u64, 0x21];
            call(
                number::MSGSND,
                [id.into(), (&message).into(), 1.into(), nothing],
            )
            .map(drop)
        }
    }
}

/// Attaches shared memory by its id, without having looked for it.
pub fn attach(id: usize) -> Result<(), Errno> {
    // a new mapping where nothing is: no memory of the program's changes
    call(number::SHMAT, [id.into(), NULL, 0.into()]).map(drop)
}

/// Removes one by its id.
pub fn remove_object(object: Object, id: usize) -> Result<(), Errno> {
    match object {
        Object::Memory => call(number::SHMCTL, [id.into(), REMOVE.into(), NULL]),
        Object::Semaphore => call(number::SEMCTL, [id.into(), 0.into(), REMOVE.into(), NULL]),
        Object::Queue => call(number::MSGCTL, [id.into(), REMOVE.into(), NULL]),
    }
    .map(drop)
}

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
