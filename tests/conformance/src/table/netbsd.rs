//! What NetBSD has none of, and what its control runs come to otherwise than Linux's.

use super::{
    By, CONTAINED, Control, EINVAL, ENOSYS, ENXIO, EOPNOTSUPP, EPERM, Impossible, Instead, OK,
    Outcome, Own, missing,
};

/// What may be missing in NetBSD.
#[rustfmt::skip]
pub const IMPOSSIBLE: &[Impossible] = &[
    never("signal.thread",     ENOSYS,     "NetBSD has no call for a thread of another process"),
    never("signal.descriptor", ENOSYS,     "NetBSD has no descriptors of processes"),
    never("system.namespace",  ENOSYS,     "NetBSD has no namespaces"),
    never("execute.memory",    ENOSYS,     "NetBSD 10 has no files that are only in memory"),
    never("execute.memory",    EINVAL,     "NetBSD executes no file that is only in memory"),
    never("system.ports",      ENOSYS,     "this processor has no ports"),
    never("system.quota",      EOPNOTSUPP, "asked for only on a file system that has quotas"),
    never("trace.record",      OK,         "ktrace(2) says success where it was refused (ktrops): what it did is seen in the target"),
    missing("system.reboot", Outcome::Untried("it would end the machine"), "reboot(2) permitted ends the machine"),
    missing("mount.update",  EOPNOTSUPP,   "null mounts cannot be updated, which they say after the permission"),
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
#[rustfmt::skip]
pub(super) const OWN_CONTROLS: &[Own] = &[
    own("affinity.set",      Some(By::User),     EPERM,     "root's, unless sysctl(7) says otherwise"),
    own("affinity.set",      Some(By::HostUser), EPERM,     "root's, unless sysctl(7) says otherwise"),
    own("escape.leaked",     None,               CONTAINED, "fchdir(2) goes nowhere outside of a root"),
    own("escape.descriptor", None,               EPERM,     "fchdir(2) goes nowhere outside of a root"),
    own("escape.chroot",     Some(By::Root),     CONTAINED, "chroot(2) takes the working directory along"),
    own("device.made",       Some(By::Root),     ENXIO,     "the volume is mounted nodev"),
];

const fn own(attack: &'static str, by: Option<By>, outcome: Outcome, why: &'static str) -> Own {
    let control = Control::Itself(outcome, why);
    Own {
        attack,
        by,
        control,
    }
}
