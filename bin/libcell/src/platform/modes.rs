//! Words of open(2) and lstat(2), which have one meaning and a number for each system.

use super::{FileKind, Open};

/// Opening locks, without waiting.
#[cfg(target_os = "netbsd")]
const LOCKED: i32 = libc::O_EXLOCK | libc::O_NONBLOCK;
/// Opening does not lock.
#[cfg(target_os = "linux")]
const LOCKED: i32 = 0;

/// What open(2) takes.
pub(super) const fn open_flags(how: Open) -> i32 {
    let flags = match how {
        Open::Read => libc::O_RDONLY,
        Open::Write => libc::O_WRONLY,
        Open::ReadWrite => libc::O_RDWR,
        Open::Truncate => libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC,
        Open::CreateNew => libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW,
        Open::Append => libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND,
        Open::Directory => libc::O_RDONLY | libc::O_DIRECTORY,
        Open::Terminal => libc::O_RDWR | libc::O_NONBLOCK,
        Open::Lock => libc::O_WRONLY | libc::O_CREAT | LOCKED,
    };
    flags | libc::O_CLOEXEC | libc::O_NOCTTY
}

/// What openat(2) takes for a name in a directory: no link is followed, nothing waits.
pub(super) const fn open_at_flags(how: Open) -> i32 {
    open_flags(how) | libc::O_NOFOLLOW | libc::O_NONBLOCK
}

/// What a mode of lstat(2) is of.
pub(super) const fn file_kind(mode: libc::mode_t) -> FileKind {
    match mode & libc::S_IFMT {
        libc::S_IFREG => FileKind::File,
        libc::S_IFDIR => FileKind::Directory,
        libc::S_IFLNK => FileKind::Link,
        libc::S_IFCHR | libc::S_IFBLK => FileKind::Device,
        libc::S_IFSOCK => FileKind::Socket,
        _ => FileKind::Other,
    }
}
