//! Files.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use cell_abi::DeviceKind;

use super::{c_path, check, duplicate, last, own};
use crate::platform::{DeviceNumber, Errno, Metadata, Open, modes};

pub(super) fn open(path: &str, how: Open, mode: u32) -> Result<OwnedFd, Errno> {
    let path = c_path(path)?;
    // SAFETY: `path` ends in NUL and outlives the call.
    let fd = own(unsafe { libc::open(path.as_ptr(), modes::open_flags(how), mode) })?;
    if how == Open::Lock {
        // SAFETY: integers.
        check(unsafe { libc::flock(fd.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) })?;
    }
    Ok(fd)
}

pub(super) fn read(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the kernel writes at most the length of the buffer that is given with it.
    let read = unsafe { libc::read(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
    usize::try_from(read).map_err(|_| last())
}

pub(super) fn write(fd: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the kernel reads at most the length of the bytes that are given with it.
    let written = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(written).map_err(|_| last())
}

pub(super) fn sync(fd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: an integer.
    check(unsafe { libc::fsync(fd.as_raw_fd()) }).map(drop)
}

pub(super) fn standard(number: u8) -> Result<OwnedFd, Errno> {
    if number > 2 {
        return Err(Errno::EBADF);
    }
    // SAFETY: 0, 1 and 2 are never closed by this program; should they not be open, the duplication says EBADF.
    let fd = unsafe { BorrowedFd::borrow_raw(libc::c_int::from(number)) };
    duplicate(fd, 3)
}

pub(super) fn metadata(path: &str) -> Result<Metadata, Errno> {
    Ok(of(&stat_with(path, libc::lstat)?))
}

/// What is asked of a stat.
pub(super) fn of(status: &libc::stat) -> Metadata {
    Metadata {
        kind: modes::file_kind(status.st_mode),
        mode: status.st_mode & 0o7777,
        uid: status.st_uid,
        gid: status.st_gid,
        size: u64::try_from(status.st_size).unwrap_or(0),
    }
}

pub(super) fn device_number(path: &str) -> Result<DeviceNumber, Errno> {
    let of = stat_with(path, libc::stat)?;
    Ok(DeviceNumber {
        kind: match of.st_mode & libc::S_IFMT {
            libc::S_IFCHR => DeviceKind::Char,
            libc::S_IFBLK => DeviceKind::Block,
            _ => return Err(Errno::ENODEV),
        },
        major: libc::major(of.st_rdev),
        minor: libc::minor(of.st_rdev),
    })
}

/// stat(2), or lstat(2).
pub(super) fn stat_with(
    path: &str,
    call: unsafe extern "C" fn(*const libc::c_char, *mut libc::stat) -> libc::c_int,
) -> Result<libc::stat, Errno> {
    let path = c_path(path)?;
    let mut of = MaybeUninit::uninit();
    // SAFETY: `path` ends in NUL; `of` has room for a stat.
    check(unsafe { call(path.as_ptr(), of.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it has filled it.
    Ok(unsafe { of.assume_init() })
}

pub(super) fn make_directory(path: &str, mode: u32) -> Result<(), Errno> {
    let path = c_path(path)?;
    // SAFETY: `path` ends in NUL and outlives the call.
    check(unsafe { libc::mkdir(path.as_ptr(), mode) }).map(drop)
}

pub(super) fn set_owner(path: &str, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
    let path = c_path(path)?;
    // SAFETY: `path` ends in NUL and outlives the call.
    check(unsafe { libc::lchown(path.as_ptr(), uid, gid) })?;
    match set_mode(&path, mode) {
        // what fchmodat answers for a link
        Err(Errno::EOPNOTSUPP) => Ok(()),
        result => result,
    }
}

fn set_mode(path: &CStr, mode: u32) -> Result<(), Errno> {
    // SAFETY: `path` ends in NUL and outlives the call.
    check(unsafe {
        libc::fchmodat(
            libc::AT_FDCWD,
            path.as_ptr(),
            mode,
            libc::AT_SYMLINK_NOFOLLOW,
        )
    })
    .map(drop)
}

pub(super) fn pipe() -> Result<(OwnedFd, OwnedFd), Errno> {
    let mut ends = [-1; 2];
    // SAFETY: room for the two descriptors.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    let (reading, writing) = (own(ends[0])?, own(ends[1])?);
    // SAFETY: integers only.
    check(unsafe { libc::fcntl(reading.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) })?;
    Ok((reading, writing))
}
