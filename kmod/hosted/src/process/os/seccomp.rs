//! seccomp(2) user notification: the listener's three ioctls, and installing a filter.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::check;

/// `_IOC` of `<linux/seccomp.h>`: direction, size of the argument, `'!'`, number.
const fn ioctl_number(direction: u64, number: u64, size: usize) -> u64 {
    direction << 30 | (size as u64) << 16 | (b'!' as u64) << 8 | number
}

const RECV: u64 = ioctl_number(3, 0, mem::size_of::<libc::seccomp_notif>());
const SEND: u64 = ioctl_number(3, 1, mem::size_of::<libc::seccomp_notif_resp>());
const ID_VALID: u64 = ioctl_number(1, 2, mem::size_of::<u64>());
const SET_FLAGS: u64 = ioctl_number(1, 4, mem::size_of::<u64>());

/// `SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP`: run the waker's peer on the same CPU (Linux 6.6).
const SYNC_WAKE_UP: u64 = 1;
/// `SECCOMP_USER_NOTIF_FLAG_CONTINUE`: let the kernel run the call.
const FLAG_CONTINUE: u32 = 1;
/// `SECCOMP_FILTER_FLAG_NEW_LISTENER`.
const NEW_LISTENER: libc::c_ulong = 1 << 3;
/// `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`: once taken up, only a fatal signal interrupts the call (Linux 5.19).
const WAIT_KILLABLE: libc::c_ulong = 1 << 5;

/// A system call that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Names it until it is answered.
    pub id: u64,
    /// The thread.
    pub tid: i32,
    /// Number of the system call.
    pub number: i64,
    /// Its arguments.
    pub arguments: [u64; 6],
}

/// What becomes of a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Linux runs it.
    Continue,
    /// It returns this without running.
    Return(i64),
    /// It fails with this errno.
    Fail(i32),
}

/// The next notification; `None` when the caller was killed meanwhile.
///
/// # Errors
/// What the ioctl gives; ENOENT and EINTR are `None`.
pub fn receive(listener: BorrowedFd<'_>) -> io::Result<Option<Notification>> {
    // SAFETY: an all-zero seccomp_notif is valid, and the kernel insists on it.
    let mut raw: libc::seccomp_notif = unsafe { mem::zeroed() };
    // SAFETY: `raw` is a seccomp_notif that lives across the call.
    match check(unsafe { libc::ioctl(listener.as_raw_fd(), RECV, &raw mut raw) }.into()) {
        Ok(_) => Ok(Some(Notification {
            id: raw.id,
            tid: i32::try_from(raw.pid).unwrap_or(0),
            number: raw.data.nr.into(),
            arguments: raw.data.args,
        })),
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EINTR)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Answers; false when the caller is gone.
#[must_use]
pub fn answer(listener: BorrowedFd<'_>, id: u64, answer: Answer) -> bool {
    let (val, error, flags) = match answer {
        Answer::Continue => (0, 0, FLAG_CONTINUE),
        Answer::Return(value) => (value, 0, 0),
        Answer::Fail(errno) => (0, -errno, 0),
    };
    let mut raw = libc::seccomp_notif_resp {
        id,
        val,
        error,
        flags,
    };
    // SAFETY: `raw` is a seccomp_notif_resp that lives across the call.
    unsafe { libc::ioctl(listener.as_raw_fd(), SEND, &raw mut raw) == 0 }
}

/// Whether the caller still waits: what was read from its memory before this was its own.
#[must_use]
pub fn is_valid(listener: BorrowedFd<'_>, id: u64) -> bool {
    let mut id = id;
    // SAFETY: `id` is a u64 that lives across the call.
    unsafe { libc::ioctl(listener.as_raw_fd(), ID_VALID, &raw mut id) == 0 }
}

/// Whether this is a listener at all.
#[must_use]
pub fn is_listener(fd: BorrowedFd<'_>) -> bool {
    std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd()))
        .is_ok_and(|link| link.as_os_str() == "anon_inode:seccomp notify")
}

/// Asks for the cheaper wake-up where the kernel has it.
pub fn wake_on_same_cpu(listener: BorrowedFd<'_>) {
    // SAFETY: the argument is a number, not a pointer.
    unsafe { libc::ioctl(listener.as_raw_fd(), SET_FLAGS, SYNC_WAKE_UP) };
}

/// Puts the calling thread, and everything that comes of it, under `program` (an array of `struct sock_filter`).
///
/// # Errors
/// EINVAL for bytes that are no program, EACCES without `CAP_SYS_ADMIN`, EBUSY under a listener already.
pub fn install(program: &[u8]) -> io::Result<OwnedFd> {
    let instructions: Vec<libc::sock_filter> = program
        .chunks_exact(8)
        .filter_map(|bytes| <[u8; 8]>::try_from(bytes).ok())
        .map(|b| libc::sock_filter {
            code: u16::from_ne_bytes([b[0], b[1]]),
            jt: b[2],
            jf: b[3],
            k: u32::from_ne_bytes([b[4], b[5], b[6], b[7]]),
        })
        .collect();
    let prog = libc::sock_fprog {
        len: u16::try_from(instructions.len())
            .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?,
        filter: instructions.as_ptr().cast_mut(),
    };
    let attempt = |flags: libc::c_ulong| {
        // SAFETY: `prog` points at `instructions`, both of which live across the call, which only reads them.
        check(unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                flags,
                &raw const prog,
            )
        })
    };
    let fd = match attempt(NEW_LISTENER | WAIT_KILLABLE) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => attempt(NEW_LISTENER)?,
        other => other?,
    };
    let fd = i32::try_from(fd).map_err(|_| io::Error::from_raw_os_error(libc::EBADF))?;
    // SAFETY: the call returned a descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
