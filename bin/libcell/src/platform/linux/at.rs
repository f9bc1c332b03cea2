//! Files of an open directory.

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use super::{check, last, own};
use crate::platform::{Errno, Metadata, Open, Removal, Space, modes};

pub(super) fn c_name(name: &[u8]) -> Result<CString, Errno> {
    CString::new(name).map_err(|_| Errno::EINVAL)
}

pub(super) fn open(
    directory: BorrowedFd<'_>,
    name: &[u8],
    how: Open,
    mode: u32,
) -> Result<OwnedFd, Errno> {
    let name = c_name(name)?;
    let flags = modes::open_at_flags(how);
    // SAFETY: `name` ends in NUL and outlives the call.
    own(unsafe { libc::openat(directory.as_raw_fd(), name.as_ptr(), flags, mode) })
}

pub(super) fn metadata_of(fd: BorrowedFd<'_>) -> Result<Metadata, Errno> {
    let mut of = MaybeUninit::uninit();
    // SAFETY: `of` has room for a stat.
    check(unsafe { libc::fstat(fd.as_raw_fd(), of.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it has filled it.
    Ok(super::files::of(&unsafe { of.assume_init() }))
}

pub(super) fn metadata(directory: BorrowedFd<'_>, name: &[u8]) -> Result<Metadata, Errno> {
    Ok(super::files::of(&stat(directory, name)?))
}

pub(super) fn stat(directory: BorrowedFd<'_>, name: &[u8]) -> Result<libc::stat, Errno> {
    let name = c_name(name)?;
    let mut of = MaybeUninit::uninit();
    // SAFETY: `name` ends in NUL; `of` has room for a stat.
    check(unsafe {
        libc::fstatat(
            directory.as_raw_fd(),
            name.as_ptr(),
            of.as_mut_ptr(),
            libc::AT_SYMLINK_NOFOLLOW,
        )
    })?;
    // SAFETY: the call succeeded, so it has filled it.
    Ok(unsafe { of.assume_init() })
}

pub(super) fn make_directory(
    directory: BorrowedFd<'_>,
    name: &[u8],
    mode: u32,
) -> Result<(), Errno> {
    let name = c_name(name)?;
    // SAFETY: `name` ends in NUL and outlives the call.
    check(unsafe { libc::mkdirat(directory.as_raw_fd(), name.as_ptr(), mode) }).map(drop)
}

pub(super) fn remove(directory: BorrowedFd<'_>, name: &[u8], what: Removal) -> Result<(), Errno> {
    let name = c_name(name)?;
    let flags = match what {
        Removal::File => 0,
        Removal::Directory => libc::AT_REMOVEDIR,
    };
    // SAFETY: `name` ends in NUL and outlives the call.
    check(unsafe { libc::unlinkat(directory.as_raw_fd(), name.as_ptr(), flags) }).map(drop)
}

pub(super) fn rename(directory: BorrowedFd<'_>, from: &[u8], to: &[u8]) -> Result<(), Errno> {
    let (from, to) = (c_name(from)?, c_name(to)?);
    let directory = directory.as_raw_fd();
    // SAFETY: both names end in NUL and outlive the call.
    check(unsafe { libc::renameat(directory, from.as_ptr(), directory, to.as_ptr()) }).map(drop)
}

pub(super) fn symlink(target: &str, directory: BorrowedFd<'_>, name: &[u8]) -> Result<(), Errno> {
    let (target, name) = (c_name(target.as_bytes())?, c_name(name)?);
    // SAFETY: both texts end in NUL and outlive the call.
    check(unsafe { libc::symlinkat(target.as_ptr(), directory.as_raw_fd(), name.as_ptr()) })
        .map(drop)
}

pub(super) fn read_link(
    directory: BorrowedFd<'_>,
    name: &[u8],
    buffer: &mut [u8],
) -> Result<usize, Errno> {
    let name = c_name(name)?;
    // SAFETY: `name` ends in NUL; the kernel writes at most the length of the buffer.
    let count = unsafe {
        libc::readlinkat(
            directory.as_raw_fd(),
            name.as_ptr(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
        )
    };
    usize::try_from(count).map_err(|_| last())
}

pub(super) fn set_owner(fd: BorrowedFd<'_>, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
    // SAFETY: integers.
    check(unsafe { libc::fchown(fd.as_raw_fd(), uid, gid) })?;
    // SAFETY: integers.
    check(unsafe { libc::fchmod(fd.as_raw_fd(), mode) }).map(drop)
}

/// Where the name begins in a `struct linux_dirent64`.
const NAME: usize = 19;

pub(super) fn names(directory: BorrowedFd<'_>, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
    let mut buffer = [0_u64; 512];
    loop {
        // SAFETY: the kernel writes at most the size that is given with the buffer.
        let count = unsafe {
            libc::syscall(
                libc::SYS_getdents64,
                directory.as_raw_fd(),
                buffer.as_mut_ptr(),
                size_of_val(&buffer),
            )
        };
        let count = usize::try_from(count).map_err(|_| last())?;
        if count == 0 {
            return Ok(());
        }
        let bytes: std::vec::Vec<u8> = buffer.iter().flat_map(|word| word.to_ne_bytes()).collect();
        let mut rest = bytes.get(..count).unwrap_or_default();
        while let Some([low, high]) = rest.get(16..18) {
            let length = usize::from(u16::from_ne_bytes([*low, *high]));
            let entry = rest.get(..length).ok_or(Errno::EIO)?;
            let name = entry.get(NAME..).unwrap_or_default();
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            if !matches!(name, b"." | b"..") {
                each(name);
            }
            rest = rest.get(length..).unwrap_or_default();
        }
    }
}

pub(super) fn space(path: &str) -> Result<Space, Errno> {
    let path = super::c_path(path)?;
    let mut of = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends in NUL; room for the answer.
    check(unsafe { libc::statvfs(path.as_ptr(), of.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it has filled it.
    let of = unsafe { of.assume_init() };
    let kib = |blocks: u64| blocks.saturating_mul(of.f_frsize) / 1024;
    Ok(Space {
        total_kib: kib(of.f_blocks),
        free_kib: kib(of.f_bavail),
    })
}

/// As `/proc/meminfo` has it.
pub(super) fn memory() -> Result<Space, Errno> {
    let text = std::fs::read_to_string("/proc/meminfo").map_err(super::errno_of)?;
    let kib = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        number
            .and_then(|number| number.parse().ok())
            .ok_or(Errno::EIO)
    };
    Ok(Space {
        total_kib: kib("MemTotal:")?,
        free_kib: kib("MemAvailable:")?,
    })
}
