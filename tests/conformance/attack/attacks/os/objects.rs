//! System V interprocess communication, the same in both kernels but for the numbers of the calls.

use super::call::call;
use super::{Errno, number};
use crate::attacks::os::argument::NULL;

const CREATE: i32 = 0o1000;
const REMOVE: i32 = 0;
const OWNER: i32 = 0o600;

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
            let message = [1_usize, 0x21];
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
