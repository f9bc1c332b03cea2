//! System V IPC: every use of an object goes through `ipcperm()`, making one does not. Message queues of POSIX: only
//! unlinking asks.

use super::{Call, Outcome, deny};
use crate::kauth;
use crate::process::os::ipc::{self, Kind};
use crate::process::questions::Question;

/// What `ipcperm()` asks first.
const BYPASS: Question = Question::Plain(
    kauth::SYSTEM_SYSVIPC,
    Some(kauth::REQ_SYSTEM_SYSVIPC_BYPASS),
);
const LOCK: Question = Question::Plain(
    kauth::SYSTEM_SYSVIPC,
    Some(kauth::REQ_SYSTEM_SYSVIPC_SHM_LOCK),
);
const QUEUE: Question = Question::Plain(kauth::SYSTEM_MQUEUE, None);

pub(super) fn outcome(call: &mut Call<'_>) -> Option<Outcome> {
    Some(match call.note.number {
        libc::SYS_shmget => get(call, Kind::Memory),
        libc::SYS_semget => get(call, Kind::Semaphores),
        libc::SYS_msgget => get(call, Kind::Queue),
        // `ipcperm()` with IPC_R or IPC_W: EACCES
        libc::SYS_shmat
        | libc::SYS_semop
        | libc::SYS_semtimedop
        | libc::SYS_msgsnd
        | libc::SYS_msgrcv => deny(call.ask(BYPASS), libc::EACCES),
        libc::SYS_shmctl => control(call, 1),
        libc::SYS_msgctl => control(call, 1),
        libc::SYS_semctl => control(call, 2),
        libc::SYS_mq_unlink => deny(call.ask(QUEUE), libc::EACCES),
        _ => return None,
    })
}

/// `shmget_existing()` and its kin.
fn get(call: &mut Call<'_>, kind: Kind) -> Outcome {
    let key = call.int(0);
    if key == libc::IPC_PRIVATE || !ipc::exists(kind, key) {
        return Outcome::Continue;
    }
    deny(call.ask(BYPASS), libc::EACCES)
}

/// `ipcperm()` with IPC_M is EPERM, with IPC_R or IPC_W it is EACCES. What only counts or lists passes.
fn control(call: &mut Call<'_>, command: usize) -> Outcome {
    const IPC_64: i32 = 0x100;
    match call.int(command) & !IPC_64 {
        libc::IPC_RMID | libc::IPC_SET => deny(call.ask(BYPASS), libc::EPERM),
        libc::IPC_INFO => Outcome::Continue,
        libc::SHM_LOCK | libc::SHM_UNLOCK if call.note.number == libc::SYS_shmctl => {
            deny(call.ask(LOCK), libc::EPERM)
        }
        _ => deny(call.ask(BYPASS), libc::EACCES),
    }
}
