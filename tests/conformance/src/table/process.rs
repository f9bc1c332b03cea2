//! Processes: seeing, signalling, tracing, limiting. The profiles do not differ here.

use alloc::vec;
use alloc::vec::Vec;

use super::{Argument, By, Control, EACCES, EAGAIN, ENOENT, EPERM, ESRCH, Foreign, OK, On, Row};

/// Attacks on a process. NetBSD's reasons, file by file:
/// - kern_sig.c, kill1: EPERM for a pid; killpg1: who may not be signalled is passed over, and ESRCH says that nobody
///   was left
/// - sys_ptrace_common.c, ptrace_find: who cannot be seen is not there
/// - kern_ktrace.c, ktrace_common: EPERM when nothing could be traced
/// - kern_event.c, filt_procattach: EACCES
/// - kern_resource.c: donice turns every refusal into EACCES; getpriority asks nobody, and neither does getsid
///   (kern_prot.c), so that a pid can be seen to be in use
/// - sys_sched.c: EPERM; the last two are root's even for one's own
/// - procfs_vnops.c: who cannot be seen has no entry; the directory itself is opened as process 0's, which is the host's
#[rustfmt::skip]
const PROCESS: &[Foreign] = &[
    // attack              another's  own: root  user
    ("signal.process",     EPERM,     OK,        OK),
    ("signal.group",       ESRCH,     OK,        OK),
    ("signal.queue",       EPERM,     OK,        OK),
    ("signal.thread",      EPERM,     OK,        OK),
    ("signal.descriptor",  EACCES,    OK,        OK),
    ("trace.process",      ESRCH,     OK,        OK),
    ("trace.record",       EPERM,     OK,        OK),
    ("trace.watch",        EACCES,    OK,        OK),
    ("nice.process",       EACCES,    OK,        OK),
    ("nice.group",         EACCES,    OK,        OK),
    ("limit.read",         EPERM,     OK,        OK),
    ("limit.set",          EPERM,     OK,        OK),
    ("affinity.read",      EPERM,     OK,        OK),
    ("affinity.set",       EPERM,     OK,        EPERM),
    ("schedule.read",      EPERM,     OK,        OK),
    ("schedule.set",       EPERM,     OK,        EPERM),
    ("see.signal",         EPERM,     OK,        OK),
    ("see.priority",       OK,        OK,        OK),
    ("see.session",        OK,        OK,        OK),
    ("see.listing",        EPERM,     EPERM,     EPERM),
    ("see.arguments",      ENOENT,    OK,        OK),
    ("see.environment",    ENOENT,    OK,        OK),
    ("see.status",         ENOENT,    OK,        OK),
    ("see.maps",           ENOENT,    OK,        OK),
    ("see.files",          ENOENT,    OK,        OK),
    ("see.root",           ENOENT,    OK,        OK),
    ("memory.read",        ESRCH,     OK,        OK),
    ("memory.open",        ENOENT,    OK,        OK),
];

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for &(attack, foreign, own_root, own_user) in PROCESS {
        for (by, on, outcome) in [
            (By::Root, On::Host, foreign),
            (By::Root, On::Sibling, foreign),
            (By::Root, On::Own, own_root),
            (By::User, On::Host, foreign),
            (By::User, On::Sibling, foreign),
            (By::User, On::Own, own_user),
            // the host's user meets a cell as a cell meets the host
            (By::HostUser, On::Sibling, foreign),
        ] {
            let outcome = match (attack, by) {
                // of the host himself, and so listed all but the cells
                ("see.listing", By::HostUser) => ENOENT,
                _ => outcome,
            };
            let row = Row::new(attack, by, on, [outcome; 3]).with(&[Argument::Pid]);
            rows.push(match (attack, by) {
                ("schedule.set", By::User | By::HostUser) => {
                    row.control(Control::Itself(EPERM, "real time is root's"))
                }
                _ => row,
            });
        }
    }
    rows.extend(others());
    rows
}

fn others() -> Vec<Row> {
    use By::{HostUser, Root, User};
    const ENDS_ALL: Control = Control::None("it would end the test as well");
    vec![
        // nobody but the attacker in the cell: nobody to signal (killpg1)
        Row::new("signal.broadcast", Root, On::Host, [ESRCH; 3]).control(ENDS_ALL),
        Row::new("signal.broadcast", User, On::Host, [ESRCH; 3]),
        // the cell's own are signalled, and only they
        Row::new("signal.broadcast", Root, On::Own, [OK; 3]).control(ENDS_ALL),
        Row::new("signal.broadcast", User, On::Own, [OK; 3]),
        // the user's processes are everywhere: the first that is refused ends it (sys_setpriority)
        Row::new("nice.user", Root, On::Host, [EACCES; 3]).with(&[Argument::Uid]),
        Row::new("nice.user", User, On::Host, [EACCES; 3]).with(&[Argument::Uid]),
        Row::new("nice.user", HostUser, On::Sibling, [EACCES; 3]).with(&[Argument::Uid]),
        Row::new("limit.lower", User, On::Own, [OK; 3]),
        Row::new("limit.raise", Root, On::Own, [OK, OK, EPERM]),
        Row::new("limit.raise", User, On::Own, [EPERM; 3])
            .control(Control::Itself(EPERM, "hard limits are root's to raise")),
        Row::new("fork.bomb", Root, On::Own, [EAGAIN; 3]),
        Row::new("fork.bomb", User, On::Own, [EAGAIN; 3]),
        Row::new("fork.vfork", Root, On::Own, [EAGAIN; 3]),
        Row::new("fork.vfork", User, On::Own, [EAGAIN; 3]),
        // a thread is no process
        Row::new("fork.thread", Root, On::Own, [OK; 3]),
        Row::new("fork.thread", User, On::Own, [OK; 3]),
    ]
}
