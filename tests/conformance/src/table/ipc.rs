//! System V and POSIX interprocess communication. Its names are the machine's, not the cell's: low and medium share
//! them with whoever has the same uid, and their root with all; high is kept from them.

use alloc::vec::Vec;

use super::{Argument, By, Control, EACCES, ENOENT, EPERM, OK, On, Outcome, Row};
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
                Row::new("queue.open", by, on, [OK; 3])
                    .with(&[Argument::Name("part.make-posix-queue")]),
                Row::new("queue.remove", by, on, [OK, OK, EACCES])
                    .with(&[Argument::Name("part.make-posix-queue")]),
            ]);
        }
        // making one asks nobody (shmget and its kin): a table can be filled, which no profile hinders
        rows.push(Row::new("sysv.make", by, On::Own, [OK; 3]).with(&[Argument::Key]));
    }
    for by in [Root, User] {
        // a file in /dev/shm, or on NetBSD in /var/shm: the cell's root has neither
        rows.push(
            Row::new("memory.open-named", by, On::Host, [ENOENT; 3])
                .with(&[Argument::Name("part.make-named-memory")])
                .control(Control::Itself(ENOENT, "chroot(2) alone suffices")),
        );
    }
    // uipc_sem.c, ksem_perm: EACCES
    rows.push(
        Row::new("semaphore.open", Root, On::Host, [OK, OK, EACCES])
            .with(&[Argument::Name("part.make-posix-semaphore")]),
    );
    rows
}
