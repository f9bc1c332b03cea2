//! Time.

/// Whole seconds since boot, sleep included, as NetBSD's `time_uptime` counts; from 1, as it does.
#[must_use]
pub fn uptime_s() -> u32 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is a timespec that lives across the call; the clock exists since Linux 2.6.39.
    unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    u32::try_from(now.tv_sec).unwrap_or(u32::MAX).max(1)
}
