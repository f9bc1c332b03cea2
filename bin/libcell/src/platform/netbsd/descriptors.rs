//! The limit of open descriptors: a supervisor's own is raised, what it starts has the one from before.

use core::sync::atomic::{AtomicU32, Ordering};

use super::sys::{self, done};
use crate::platform::Errno;

/// The soft limit before it was raised, 0 if it was not. As the limit, it is the process's and a forked child's.
static BEFORE: AtomicU32 = AtomicU32::new(0);

pub(super) fn raise() -> Result<(), Errno> {
    let mut limit = current()?;
    // one that has no room in the word above is no limit
    let Ok(before) = u32::try_from(limit.rlim_cur) else {
        return Ok(());
    };
    if limit.rlim_cur >= limit.rlim_max {
        return Ok(());
    }
    limit.rlim_cur = limit.rlim_max;
    set(&limit)?;
    BEFORE.store(before, Ordering::Relaxed);
    Ok(())
}

/// In a child: the soft limit is what it was before this program raised its own.
pub(super) fn restore() -> Result<(), Errno> {
    match BEFORE.load(Ordering::Relaxed) {
        0 => Ok(()),
        before => {
            let mut limit = current()?;
            limit.rlim_cur = before.into();
            set(&limit)
        }
    }
}

fn current() -> Result<libc::rlimit, Errno> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: room for the two.
    done(unsafe { sys::getrlimit(libc::RLIMIT_NOFILE, &mut limit) })?;
    Ok(limit)
}

fn set(limit: &libc::rlimit) -> Result<(), Errno> {
    // SAFETY: reads the two.
    done(unsafe { sys::setrlimit(libc::RLIMIT_NOFILE, limit) })
}
