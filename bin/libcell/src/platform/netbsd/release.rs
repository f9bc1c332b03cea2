//! Which release the kernel is, for the few system calls whose number depends on it.

use core::sync::atomic::{AtomicU32, Ordering};

use super::sys::{self, check};

/// From where on statvfs(2) is __statvfs190: 10.0.
pub(super) const STATVFS90: u32 = 1_000_000_000;

/// From where on kevent(2) is __kevent100, whose struct has `ext`: 11.0, and the development version that was read.
pub(super) const KEVENT100: u32 = 1_099_001_200;

/// `{ CTL_KERN, KERN_OSREV }` (sys/sys/sysctl.h): __NetBSD_Version__ of the kernel.
const VERSION: [i32; 2] = [1, 3];

/// Whether the kernel is `version` or later. A kernel that does not say is taken for an old one.
pub(super) fn is_at_least(version: u32) -> bool {
    static KNOWN: AtomicU32 = AtomicU32::new(0);
    let mut known = KNOWN.load(Ordering::Relaxed);
    if known == 0 {
        let mut size = size_of_val(&known);
        let to = (&raw mut known).cast();
        // SAFETY: a name of two numbers, and room for the int that the kernel writes.
        let answer = check(unsafe {
            let count = VERSION.len() as u32;
            sys::sysctl(VERSION.as_ptr(), count, to, &mut size, core::ptr::null(), 0)
        });
        if answer.is_err() {
            known = 1;
        }
        KNOWN.store(known, Ordering::Relaxed);
    }
    known >= version
}
