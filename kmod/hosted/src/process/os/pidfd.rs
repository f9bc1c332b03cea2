//! Processes by descriptor, their memory and their CPU time.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::check;

fn owned(fd: libc::c_long) -> io::Result<OwnedFd> {
    let fd = i32::try_from(fd).map_err(|_| io::Error::from_raw_os_error(libc::EBADF))?;
    // SAFETY: callers pass what a system call that makes a descriptor has just returned.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// pidfd_open(2).
///
/// # Errors
/// ESRCH.
pub fn open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: no pointers.
    owned(check(unsafe {
        libc::syscall(libc::SYS_pidfd_open, pid, 0)
    })?)
}

/// pidfd_getfd(2): the process' descriptor `number`, as one of this process.
///
/// # Errors
/// EBADF, EPERM, ESRCH.
pub fn take(pidfd: BorrowedFd<'_>, number: i32) -> io::Result<OwnedFd> {
    // SAFETY: no pointers.
    owned(check(unsafe {
        libc::syscall(libc::SYS_pidfd_getfd, pidfd.as_raw_fd(), number, 0)
    })?)
}

/// pidfd_send_signal(2); 0 only checks.
///
/// # Errors
/// ESRCH, EPERM, EINVAL.
pub fn signal(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let none: *const libc::siginfo_t = std::ptr::null();
    // SAFETY: a null siginfo is allowed and means that of kill(2).
    check(unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            none,
            0,
        )
    })?;
    Ok(())
}

/// Whether the process has ended (as a zombie too).
#[must_use]
pub fn has_exited(pidfd: BorrowedFd<'_>) -> bool {
    let mut poll = libc::pollfd {
        fd: pidfd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one pollfd that lives across the call.
    unsafe { libc::poll(&raw mut poll, 1, 0) == 1 }
}

/// CPU time the process has used, its ended threads included, in microseconds; a zombie still tells.
#[must_use]
pub fn cpu_us(pid: i32) -> Option<u64> {
    // `MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)` of the kernel's posix-timers.h, as clock_getcpuclockid(3) makes it
    let clock = (!pid << 3) | 2;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a timespec that lives across the call.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return None;
    }
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanoseconds = u64::try_from(time.tv_nsec).ok()?;
    Some(seconds * 1_000_000 + nanoseconds / 1000)
}

/// Reads `buffer.len()` bytes at `address` of the thread's memory; how many there were.
///
/// # Errors
/// EFAULT, ESRCH, EPERM.
pub fn read_memory(tid: i32, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let local = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let remote = libc::iovec {
        iov_base: std::ptr::with_exposed_provenance_mut(
            usize::try_from(address).map_err(|_| io::Error::from_raw_os_error(libc::EFAULT))?,
        ),
        iov_len: buffer.len(),
    };
    // SAFETY: the local vector is `buffer`; the remote one is of another process and only read there.
    let read = unsafe { libc::process_vm_readv(tid, &raw const local, 1, &raw const remote, 1, 0) };
    usize::try_from(read).map_err(|_| io::Error::last_os_error())
}

/// Reads exactly one `[u8; N]`.
///
/// # Errors
/// EFAULT when it is not all there.
pub fn read_bytes<const N: usize>(tid: i32, address: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    if read_memory(tid, address, &mut bytes)? == N {
        Ok(bytes)
    } else {
        Err(io::Error::from_raw_os_error(libc::EFAULT))
    }
}

/// Reads a string up to its NUL, at most `PATH_MAX` bytes.
///
/// # Errors
/// EFAULT, ENAMETOOLONG.
pub fn read_string(tid: i32, address: u64) -> io::Result<Vec<u8>> {
    const PAGE: u64 = 4096;
    const PATH_MAX: usize = 4096;
    let mut text = Vec::new();
    let mut at = address;
    while text.len() < PATH_MAX {
        // not across a page: the next one may not be there
        let mut chunk = [0; 256];
        let room = usize::try_from(PAGE - at % PAGE).unwrap_or(1).min(256);
        let part = chunk.get_mut(..room).unwrap_or_default();
        let read = read_memory(tid, at, part)?;
        let part = part.get(..read).unwrap_or_default();
        if let Some(end) = part.iter().position(|byte| *byte == 0) {
            text.extend_from_slice(part.get(..end).unwrap_or_default());
            return Ok(text);
        }
        if read == 0 {
            return Err(io::Error::from_raw_os_error(libc::EFAULT));
        }
        text.extend_from_slice(part);
        at += read as u64;
    }
    Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG))
}

/// An integer option of a socket at `SOL_SOCKET`.
///
/// # Errors
/// What getsockopt(2) gives; ENOTSOCK for what is none.
pub fn socket_option(fd: BorrowedFd<'_>, option: i32) -> io::Result<i32> {
    let mut value: libc::c_int = 0;
    let mut length = mem::size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: `value` and `length` describe one int that lives across the call.
    check(libc::c_long::from(unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            (&raw mut value).cast(),
            &raw mut length,
        )
    }))?;
    Ok(value)
}

/// bind(2) with an address as bytes.
///
/// # Errors
/// What bind(2) gives.
pub fn bind(fd: BorrowedFd<'_>, address: &[u8]) -> io::Result<()> {
    // SAFETY: the address and its length describe `address`, which is only read.
    check(libc::c_long::from(unsafe {
        libc::bind(
            fd.as_raw_fd(),
            address.as_ptr().cast(),
            address.len() as libc::socklen_t,
        )
    }))?;
    Ok(())
}

/// A resource limit of a process, soft and hard.
#[must_use]
pub fn limit(pid: i32, resource: u32) -> Option<(u64, u64)> {
    let mut old = libc::rlimit64 {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `old` lives across the call; no new limit is given.
    let result = unsafe { libc::prlimit64(pid, resource, std::ptr::null(), &raw mut old) };
    (result == 0).then_some((old.rlim_cur, old.rlim_max))
}
