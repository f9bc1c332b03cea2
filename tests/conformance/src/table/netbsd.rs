//! What NetBSD has none of, and what its control runs come to otherwise than Linux's.

use super::{
    By, CONTAINED, Control, EBADF, ENOENT, ENOSYS, ENXIO, EOPNOTSUPP, EPERM, Impossible, Instead,
    Outcome, Own, missing,
};

/// What may be missing in NetBSD.
#[rustfmt::skip]
pub const IMPOSSIBLE: &[Impossible] = &[
    never("signal.thread",     ENOSYS,     "NetBSD has no call for a thread of another process"),
    never("signal.descriptor", ENOSYS,     "NetBSD has no descriptors of processes"),
    never("system.namespace",  ENOSYS,     "NetBSD has no namespaces"),
    never("execute.memory",    ENOSYS,     "NetBSD 10 has no files that are only in memory"),
    never("execute.memory",    EBADF,      "a file that is only in memory cannot be executed"),
    never("system.quota",      EOPNOTSUPP, "asked for only on a file system that has quotas"),
    missing("system.reboot", Outcome::Untried("it would end the machine"), "reboot(2) permitted ends the machine"),
    missing("mount.update",  EOPNOTSUPP,   "null mounts cannot be updated, which they say after the permission"),
    missing("system.ports",  ENOSYS,       "this processor has no ports"),
    missing("socket.filter", ENXIO,        "this kernel has no packet filter"),
];

const fn never(attack: &'static str, outcome: Outcome, why: &'static str) -> Impossible {
    Impossible {
        attack,
        outcome,
        instead: Instead::Always,
        why,
    }
}

/// What is otherwise than the table's rows have it, which is Linux's way.
pub(super) const OWN_CONTROLS: &[Own] = &[];
