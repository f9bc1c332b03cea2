//! Resource limits; and that of open descriptors, of which a supervisor's own is raised while what it starts has the one
//! from before.

use core::sync::atomic::{AtomicU32, Ordering};

#[cfg(target_os = "linux")]
use super::linux::{LimitNumber, get_limit, set_limit};
#[cfg(target_os = "netbsd")]
use super::netbsd::{LimitNumber, get_limit, set_limit};
use super::{Errno, Resource, ResourceLimit};

/// Sets a limit, soft and hard.
pub(super) fn set(limit: &ResourceLimit) -> Result<(), Errno> {
    let both = libc::rlimit {
        rlim_cur: limit.value,
        rlim_max: limit.value,
    };
    set_limit(number(limit.resource), &both)
}

const fn number(resource: Resource) -> LimitNumber {
    match resource {
        Resource::NoFile => libc::RLIMIT_NOFILE,
        Resource::AddressSpace => libc::RLIMIT_AS,
        Resource::Core => libc::RLIMIT_CORE,
        Resource::Data => libc::RLIMIT_DATA,
        Resource::Stack => libc::RLIMIT_STACK,
        Resource::FileSize => libc::RLIMIT_FSIZE,
        Resource::Cpu => libc::RLIMIT_CPU,
        Resource::LockedMemory => libc::RLIMIT_MEMLOCK,
    }
}

/// The soft limit of descriptors before it was raised, 0 if it was not. As the limit, it is the process's and a forked
/// child's.
static BEFORE: AtomicU32 = AtomicU32::new(0);

/// Raises the soft limit of descriptors to the hard one.
pub(super) fn raise_descriptors() -> Result<(), Errno> {
    let mut limit = get_limit(libc::RLIMIT_NOFILE)?;
    // one that has no room in the word above is no limit
    let Ok(before) = u32::try_from(limit.rlim_cur) else {
        return Ok(());
    };
    if limit.rlim_cur >= limit.rlim_max {
        return Ok(());
    }
    limit.rlim_cur = limit.rlim_max;
    set_limit(libc::RLIMIT_NOFILE, &limit)?;
    BEFORE.store(before, Ordering::Relaxed);
    Ok(())
}

/// In a child: the soft limit of descriptors is what it was before this program raised its own.
pub(super) fn restore_descriptors() -> Result<(), Errno> {
    match BEFORE.load(Ordering::Relaxed) {
        0 => Ok(()),
        before => {
            let mut limit = get_limit(libc::RLIMIT_NOFILE)?;
            limit.rlim_cur = before.into();
            set_limit(libc::RLIMIT_NOFILE, &limit)
        }
    }
}
