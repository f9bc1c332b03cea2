//! What the Linux under the hosted kernel has none of.

use super::{
    EACCES, ENOSYS, ENOTTY, EPERM, EPROTONOSUPPORT, Impossible, Instead, OK, Own, missing,
};

/// What may be missing in the Linux under the hosted kernel.
#[rustfmt::skip]
pub const IMPOSSIBLE: &[Impossible] = &[
    missing("module.load",    ENOSYS,          "this kernel has no modules"),
    missing("module.unload",  ENOSYS,          "this kernel has no modules"),
    missing("system.ports",   ENOSYS,          "this kernel gives nobody the machine's ports"),
    missing("system.quota",   ENOSYS,          "this kernel has no quotas"),
    missing("system.account", ENOSYS,          "this kernel does no accounting"),
    missing("system.flag",    ENOTTY,          "this kernel's tmpfs has no file flags"),
    missing("socket.filter",  EPROTONOSUPPORT, "this kernel has no packet filter"),
    missing("limit.read",     EPERM,           "this machine's root lacks CAP_SYS_RESOURCE"),
    missing("limit.set",      EPERM,           "this machine's root lacks CAP_SYS_RESOURCE"),
    missing("limit.raise",    EPERM,           "this machine's root lacks CAP_SYS_RESOURCE"),
    missing("trace.record",   EACCES,          "users record nothing here (perf_event_paranoid)"),
    missing("trace.process",  EPERM,           "users trace only their children here (Yama)"),
    missing("memory.read",    EPERM,           "users trace only their children here (Yama)"),
    missing("memory.open",    EACCES,          "users trace only their children here (Yama)"),
    Impossible {
        attack: "see.listing",
        outcome: OK,
        instead: Instead::Always,
        why: "Linux lists /proc without asking; NetBSD asks for it and for each entry",
    },
    Impossible {
        attack: "semaphore.open",
        outcome: ENOSYS,
        instead: Instead::Always,
        why: "named semaphores are files here, not the kernel's",
    },
];

/// The table's rows have what Linux says.
pub(super) const OWN_CONTROLS: &[Own] = &[];
