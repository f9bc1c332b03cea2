//! Time.

use super::sys::{self, done};
use crate::platform::Clock;

fn now(clock: i32) -> libc::timespec {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // fails only for a clock that is none, or memory that is none
    // SAFETY: room for the time.
    let _ = done(unsafe { sys::clock_gettime(clock, &mut time) });
    time
}

pub(super) fn monotonic_ms() -> u64 {
    let time = now(libc::CLOCK_MONOTONIC);
    let ms = time.tv_sec * 1000 + i64::from(time.tv_nsec as i32 / 1_000_000);
    u64::try_from(ms).unwrap_or(0)
}

pub(super) fn wall() -> Clock {
    let time = now(libc::CLOCK_REALTIME);
    Clock {
        seconds: time.tv_sec,
        nanoseconds: time.tv_nsec as u32,
    }
}
