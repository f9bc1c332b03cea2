//! Waiting, by kqueue(2).

use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicI32, Ordering};

use super::Fd;
use super::layout::{KEvent, KEvent11};
use super::release;
use super::sys::{self, check, done};
use crate::platform::{Errno, Event, SignalNumber, Token, signal};

/// The process's queue, made when it is first needed. It is not inherited by fork(2).
static QUEUE: AtomicI32 = AtomicI32::new(-1);

fn queue() -> Result<i32, Errno> {
    let known = QUEUE.load(Ordering::Relaxed);
    if known >= 0 {
        return Ok(known);
    }
    // SAFETY: an integer.
    let made = check(unsafe { sys::kqueue1(libc::O_CLOEXEC) })? as i32;
    QUEUE.store(made, Ordering::Relaxed);
    Ok(made)
}

/// kevent(2) of this kernel, and the size of its struct.
fn kevent() -> (sys::KEventCall, usize) {
    if release::is_at_least(release::KEVENT100) {
        (sys::kevent100, size_of::<KEvent11>())
    } else {
        (sys::kevent50, size_of::<KEvent>())
    }
}

const NOTHING: KEvent11 = KEvent11 {
    event: KEvent {
        ident: 0,
        filter: 0,
        flags: 0,
        fflags: 0,
        data: 0,
        udata: 0,
    },
    ext: [0; 4],
};

fn change(ident: usize, filter: u32, flags: u32, token: Token) -> Result<(), Errno> {
    let mut change = NOTHING;
    change.event.ident = ident;
    change.event.filter = filter;
    change.event.flags = flags;
    change.event.udata = token as usize;
    let queue = queue()?;
    let at = (&raw const change).cast();
    let (kevent, _) = kevent();
    // SAFETY: one change, whose beginning is the struct of the older call; no room for events, so it does not wait.
    done(unsafe { kevent(queue, at, 1, null_mut(), 0, null()) })
}

pub(super) fn watch_signals(signals: &[SignalNumber]) -> Result<(), Errno> {
    let mut set = [0; 4];
    // Blocked, a signal has no action but still reaches the queue (kpsignal2 in sys/kern/kern_sig.c). PIPE is blocked
    // as well: who waits on a queue takes EPIPE for an answer.
    for signal in signals.iter().copied().chain([signal::PIPE]) {
        let bit = u32::from(signal).checked_sub(1).ok_or(Errno::EINVAL)?;
        *set.get_mut((bit / 32) as usize).ok_or(Errno::EINVAL)? |= 1 << (bit % 32);
    }
    // SAFETY: a set; the old one is not asked for.
    done(unsafe { sys::sigprocmask(libc::SIG_BLOCK, &set, null_mut()) })?;
    for signal in signals {
        change(usize::from(*signal), libc::EVFILT_SIGNAL, libc::EV_ADD, 0)?;
    }
    Ok(())
}

pub(super) fn watch_read(fd: &Fd, token: Token) -> Result<(), Errno> {
    change(fd.index(), libc::EVFILT_READ, libc::EV_ADD, token)
}

pub(super) fn watch_write(fd: &Fd, token: Token, watch: bool) -> Result<(), Errno> {
    if watch {
        change(fd.index(), libc::EVFILT_WRITE, libc::EV_ADD, token)
    } else {
        forget(fd, libc::EVFILT_WRITE)
    }
}

pub(super) fn unwatch(fd: &Fd) -> Result<(), Errno> {
    forget(fd, libc::EVFILT_READ)?;
    forget(fd, libc::EVFILT_WRITE)
}

fn forget(fd: &Fd, filter: u32) -> Result<(), Errno> {
    match change(fd.index(), filter, libc::EV_DELETE, 0) {
        // it was not watched so
        Err(Errno::ENOENT) => Ok(()),
        other => other,
    }
}

/// Events taken in one call.
const BATCH: usize = 16;

pub(super) fn wait(events: &mut [Event], timeout_ms: Option<u64>) -> Result<usize, Errno> {
    // at most 49 days, after which whoever waits asks again: 64-bit division is a kilobyte that nothing else needs
    let timeout = timeout_ms.map(|ms| {
        let ms = u32::try_from(ms).unwrap_or(u32::MAX);
        libc::timespec {
            tv_sec: i64::from(ms / 1000),
            tv_nsec: (ms % 1000) as libc::c_long * 1_000_000,
        }
    });
    let timeout: *const libc::timespec = timeout.as_ref().map_or(null(), |time| time);
    let room = events.len().min(BATCH);
    let queue = queue()?;
    let mut got = [NOTHING; BATCH];
    let at = got.as_mut_ptr().cast();
    let (kevent, size) = kevent();
    // SAFETY: no change; room for at least as many events as said, of the larger struct.
    let count = check(unsafe { kevent(queue, null(), 0, at, room, timeout) })?;
    for (index, to) in events.iter_mut().take(count).enumerate() {
        // SAFETY: the kernel wrote that many, of that size, all beginning with the older struct.
        *to = event(unsafe { &*got.as_ptr().byte_add(index * size).cast() });
    }
    Ok(count)
}

fn event(event: &KEvent) -> Event {
    match event.filter {
        libc::EVFILT_SIGNAL => Event::Signal(event.ident as SignalNumber),
        libc::EVFILT_WRITE => Event::Writable(event.udata as Token),
        // the only other filter that is ever added
        _ => Event::Readable(event.udata as Token),
    }
}
