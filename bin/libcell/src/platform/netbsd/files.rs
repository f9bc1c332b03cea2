//! Files and directories.

use core::mem::MaybeUninit;

use super::path::Path;
use super::sys::{self, check, done};
use super::{Fd, release};
use crate::platform::{Errno, FileKind, Metadata, Open, modes};

pub(super) fn open(path: &str, how: Open, mode: u32) -> Result<Fd, Errno> {
    let path = Path::new(path)?;
    // SAFETY: a path that ends in NUL.
    Fd::from_call(unsafe { sys::open(path.as_ptr(), modes::open_flags(how), mode) })
}

pub(super) fn read(fd: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: writes at most as much as the buffer holds.
    check(unsafe { sys::read(fd.number(), buffer.as_mut_ptr(), buffer.len()) })
}

pub(super) fn write(fd: &Fd, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: reads the bytes.
    check(unsafe { sys::write(fd.number(), bytes.as_ptr(), bytes.len()) })
}

pub(super) fn sync(fd: &Fd) -> Result<(), Errno> {
    // SAFETY: an integer.
    done(unsafe { sys::fsync(fd.number()) })
}

pub(super) fn pipe() -> Result<(Fd, Fd), Errno> {
    let mut ends = [-1; 2];
    // SAFETY: writes two integers.
    done(unsafe { sys::pipe2(&mut ends, libc::O_CLOEXEC) })?;
    let [reading, writing] = ends.map(Fd);
    // SAFETY: integers.
    done(unsafe { sys::fcntl(reading.number(), libc::F_SETFL, libc::O_NONBLOCK as usize) })?;
    Ok((reading, writing))
}

pub(super) fn make_directory(path: &str, mode: u32) -> Result<(), Errno> {
    let path = Path::new(path)?;
    // SAFETY: a path that ends in NUL.
    done(unsafe { sys::mkdir(path.as_ptr(), mode) })
}

pub(super) fn remove_directory(path: &str) -> Result<(), Errno> {
    let path = Path::new(path)?;
    // SAFETY: a path that ends in NUL.
    done(unsafe { sys::rmdir(path.as_ptr()) })
}

pub(super) fn unlink(path: &str) -> Result<(), Errno> {
    let path = Path::new(path)?;
    // SAFETY: a path that ends in NUL.
    done(unsafe { sys::unlink(path.as_ptr()) })
}

pub(super) fn rename(from: &str, to: &str) -> Result<(), Errno> {
    let (from, to) = (Path::new(from)?, Path::new(to)?);
    // SAFETY: paths that end in NUL.
    done(unsafe { sys::rename(from.as_ptr(), to.as_ptr()) })
}

pub(super) fn symlink(target: &str, path: &str) -> Result<(), Errno> {
    let (target, path) = (Path::new(target)?, Path::new(path)?);
    // SAFETY: paths that end in NUL.
    done(unsafe { sys::symlink(target.as_ptr(), path.as_ptr()) })
}

/// Whether a link at the end of a path is followed.
#[derive(Clone, Copy)]
pub(super) enum Links {
    Follow,
    Stay,
}

pub(super) fn status(path: &Path, links: Links) -> Result<libc::stat, Errno> {
    let mut buffer = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: a path that ends in NUL, and room for the answer (its size is asserted in layout.rs).
    done(unsafe {
        match links {
            Links::Follow => sys::stat(path.as_ptr(), buffer.as_mut_ptr()),
            Links::Stay => sys::lstat(path.as_ptr(), buffer.as_mut_ptr()),
        }
    })?;
    // SAFETY: integers only, zero where the kernel wrote nothing.
    Ok(unsafe { buffer.assume_init() })
}

pub(super) fn metadata(path: &str) -> Result<Metadata, Errno> {
    Ok(of(&status(&Path::new(path)?, Links::Stay)?))
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

pub(super) fn set_owner(path: &str, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
    let path = Path::new(path)?;
    let mode_there = status(&path, Links::Stay)?.st_mode;
    let is_link = modes::file_kind(mode_there) == FileKind::Link;
    // SAFETY: a path that ends in NUL.
    done(unsafe { sys::lchown(path.as_ptr(), uid, gid) })?;
    if is_link {
        return Ok(());
    }
    // lchmod(2) rather than chmod(2): what has become a link meanwhile is not followed
    // SAFETY: a path that ends in NUL.
    done(unsafe { sys::lchmod(path.as_ptr(), mode) })
}

/// `ST_RDONLY` of sys/sys/statvfs.h.
const READ_ONLY: usize = 1;
/// Do not ask the medium for fresh numbers: `ST_NOWAIT`.
const NO_WAIT: i32 = 2;

pub(super) fn is_read_only(path: &str) -> Result<bool, Errno> {
    let [flags, ..] = file_system(path)?;
    Ok(flags & READ_ONLY != 0)
}

/// Words of 4 KiB: room for struct statvfs of any release.
type FileSystem = [usize; 4096 / size_of::<usize>()];

/// What the file system of a path is: its first members are, in all releases, flags and sizes.
pub(super) fn file_system(path: &str) -> Result<FileSystem, Errno> {
    let path = Path::new(path)?;
    let mut buffer = [0; 4096 / size_of::<usize>()];
    let to = buffer.as_mut_ptr().cast();
    // SAFETY: a path that ends in NUL; the kernel writes less than 3.5 KiB.
    done(unsafe {
        if release::is_at_least(release::STATVFS90) {
            sys::statvfs190(path.as_ptr(), to, NO_WAIT)
        } else {
            sys::statvfs1(path.as_ptr(), to, NO_WAIT)
        }
    })?;
    Ok(buffer)
}

/// The 64-bit number in the first words.
pub(super) fn long(words: &[usize]) -> u64 {
    match words {
        #[cfg(target_pointer_width = "64")]
        [word, ..] => *word as u64,
        #[cfg(all(target_pointer_width = "32", target_endian = "little"))]
        [low, high, ..] => (*high as u64) << 32 | *low as u64,
        #[cfg(all(target_pointer_width = "32", target_endian = "big"))]
        [high, low, ..] => (*high as u64) << 32 | *low as u64,
        _ => 0,
    }
}
