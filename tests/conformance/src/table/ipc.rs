//! System V and POSIX interprocess communication. Its names are the machine's, not the cell's: low and medium share
//! them with whoever has the same uid, and their root with all; high is kept from them.

use super::{Argument, By, EACCES, EPERM, OK, On, Outcome, Row};
use By::{Root, User};

/// sysv_ipc.c, ipcperm: asked of every use, EACCES.
const USE: [Outcome; 3] = [OK, OK, EACCES];
/// And EPERM of what changes the object.
const CHANGE: [Outcome; 3] = [OK, OK, EPERM];

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for by in [Root, User] {
        for on in [On::Host, On::Sibling] {
            for attack in ["sysv.memory", "sysv.semaphore", "sysv.queue"] {
                rows.push(Row::new(attack, by, on, USE).with(&[Argument::Key]));
            }
            for (attack, part, expected) in [
                ("sysv.memory-id", "part.make-memory", USE),
                ("sysv.memory-remove", "part.make-memory", CHANGE),
                ("sysv.semaphore-remove", "part.make-semaphore", CHANGE),
                ("sysv.queue-remove", "part.make-queue", CHANGE),
            ] {
                rows.push(Row::new(attack, by, on, expected).with(&[Argument::Id(part)]));
            }
            rows.extend([
                // sys_mqueue.c: opening asks only the queue's mode; removing asks, EACCES
                Row::new("queue.open", by, on, [OK; 3]).with(&[Argument::Queue]),
                Row::new("queue.remove", by, on, [OK, OK, EACCES]).with(&[Argument::Queue]),
            ]);
        }
        // making one asks nobody (shmget and its kin): a table can be filled, which no profile hinders
        rows.push(Row::new("sysv.make", by, On::Own, [OK; 3]).with(&[Argument::Key]));
    }
    // uipc_sem.c, ksem_perm: EACCES
    rows.push(Row::new("semaphore.open", Root, On::Host, [OK, OK, EACCES]));
    rows
}
