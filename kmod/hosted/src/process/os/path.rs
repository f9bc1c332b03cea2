//! What a path names, without opening it.

use std::ffi::CString;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::check;

/// What a file is and what its mount permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// `st_mode`.
    pub mode: u32,
    /// Device number that the node stands for.
    pub rdev: (u32, u32),
    /// Device of its file system and its inode.
    pub identity: (u64, u64),
    /// Type of its file system, `f_type` of statfs(2).
    pub fs_type: i64,
    /// Mount flags, `ST_*` of statvfs(3).
    pub mount_flags: u64,
}

impl Found {
    /// Whether it is a character or block device.
    #[must_use]
    pub fn is_device(&self) -> bool {
        matches!(self.mode & libc::S_IFMT, libc::S_IFCHR | libc::S_IFBLK)
    }

    /// Whether its mount is read-only.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.mount_flags & libc::ST_RDONLY != 0
    }
}

/// How a path is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// From the directory as if it were the root: nothing leads out of it.
    InRoot,
    /// From the directory, as openat(2) does.
    From,
}

/// Opens `path` below `directory` with `O_PATH`: no effect on what it names.
///
/// # Errors
/// ENOENT and the others of openat2(2).
pub fn find(directory: BorrowedFd<'_>, path: &[u8], walk: Walk, last: i32) -> io::Result<OwnedFd> {
    const RESOLVE_NO_MAGICLINKS: u64 = 2;
    const RESOLVE_IN_ROOT: u64 = 16;
    let path = CString::new(path).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    // SAFETY: all zeros is a valid open_how.
    let mut how: libc::open_how = unsafe { mem::zeroed() };
    how.flags = (libc::O_PATH | libc::O_CLOEXEC | (last & libc::O_NOFOLLOW)) as u64;
    how.resolve = match walk {
        Walk::InRoot => RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
        Walk::From => 0,
    };
    // SAFETY: the path is NUL-terminated and `how` is an open_how of the size given; both live across the call.
    let fd = check(unsafe {
        libc::syscall(
            libc::SYS_openat2,
            directory.as_raw_fd(),
            path.as_ptr(),
            &raw const how,
            mem::size_of::<libc::open_how>(),
        )
    })?;
    // SAFETY: a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// Opens an absolute path of this process with `O_PATH`, following links, magic ones too.
///
/// # Errors
/// Those of open(2).
pub fn hold(path: &str) -> io::Result<OwnedFd> {
    let path = CString::new(path).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    // SAFETY: the path is NUL-terminated and lives across the call.
    let fd = check(libc::c_long::from(unsafe {
        libc::open(path.as_ptr(), libc::O_PATH | libc::O_CLOEXEC)
    }))?;
    // SAFETY: a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// What an open file is.
///
/// # Errors
/// EIO of a broken file system.
pub fn describe(fd: BorrowedFd<'_>) -> io::Result<Found> {
    // SAFETY: all zeros is a valid stat, statfs and statvfs.
    let (mut stat, mut fs, mut mount): (libc::stat, libc::statfs, libc::statvfs) =
        unsafe { (mem::zeroed(), mem::zeroed(), mem::zeroed()) };
    // SAFETY: `stat` lives across the call.
    check(libc::c_long::from(unsafe {
        libc::fstat(fd.as_raw_fd(), &raw mut stat)
    }))?;
    // SAFETY: `fs` lives across the call.
    check(libc::c_long::from(unsafe {
        libc::fstatfs(fd.as_raw_fd(), &raw mut fs)
    }))?;
    // SAFETY: `mount` lives across the call.
    check(libc::c_long::from(unsafe {
        libc::fstatvfs(fd.as_raw_fd(), &raw mut mount)
    }))?;
    Ok(Found {
        mode: stat.st_mode,
        rdev: (libc::major(stat.st_rdev), libc::minor(stat.st_rdev)),
        identity: (stat.st_dev, stat.st_ino),
        fs_type: fs.f_type,
        mount_flags: mount.f_flag,
    })
}
