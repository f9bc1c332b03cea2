//! What an archive keeps of files, and places in them.

use std::os::fd::{AsRawFd, BorrowedFd};

use cell_abi::DeviceKind;

use super::at::{self, c_name};
use super::{check, files, last};
use crate::platform::{Clock, DeviceNumber, Dress, Errno, Node, Status};

/// Where the name begins in a `struct linux_dirent64`, after its number, a cookie, its length and a kind.
const NAME: usize = 19;

pub(super) fn read_directory(directory: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize, Errno> {
    loop {
        // SAFETY: the kernel writes at most the size that is given with the buffer.
        let count = unsafe {
            libc::syscall(
                libc::SYS_getdents64,
                directory.as_raw_fd(),
                buffer.as_mut_ptr(),
                buffer.len(),
            )
        };
        let count = usize::try_from(count).map_err(|_| last())?;
        if count == 0 {
            return Ok(0);
        }
        let (mut from, mut to) = (0, 0);
        while let Some(entry) = buffer.get(from..count)
            && let Some([low, high]) = entry.get(16..18)
        {
            let length = usize::from(u16::from_ne_bytes([*low, *high]));
            let name = entry.get(NAME..length).ok_or(Errno::EIO)?;
            let end = name.iter().position(|byte| *byte == 0);
            let end = end.unwrap_or(name.len());
            if !matches!(name.get(..end), Some(b"." | b"..")) {
                let begin = from + NAME;
                // the entry is longer than what is kept of it
                buffer.copy_within(begin..begin + end, to);
                to += end;
                *buffer.get_mut(to).ok_or(Errno::EIO)? = 0;
                to += 1;
            }
            from += length;
        }
        if to != 0 {
            return Ok(to);
        }
    }
}

pub(super) fn status(directory: BorrowedFd<'_>, name: &[u8]) -> Result<Status, Errno> {
    let of = at::stat(directory, name)?;
    let device = |kind| {
        Some(Node::Device(DeviceNumber {
            kind,
            major: libc::major(of.st_rdev),
            minor: libc::minor(of.st_rdev),
        }))
    };
    Ok(Status {
        metadata: files::of(&of),
        node: match of.st_mode & libc::S_IFMT {
            libc::S_IFIFO => Some(Node::Fifo),
            libc::S_IFCHR => device(DeviceKind::Char),
            libc::S_IFBLK => device(DeviceKind::Block),
            _ => None,
        },
        modified: Clock {
            seconds: of.st_mtime,
            nanoseconds: of.st_mtime_nsec as u32,
        },
        file_system: of.st_dev,
        number: of.st_ino,
        links: u32::try_from(of.st_nlink).unwrap_or(u32::MAX),
        blocks: of.st_blocks as u64,
    })
}

pub(super) fn link(directory: BorrowedFd<'_>, from: &[u8], to: &[u8]) -> Result<(), Errno> {
    let (from, to) = (c_name(from)?, c_name(to)?);
    let directory = directory.as_raw_fd();
    // SAFETY: both names end in NUL and outlive the call.
    check(unsafe { libc::linkat(directory, from.as_ptr(), directory, to.as_ptr(), 0) }).map(drop)
}

pub(super) fn make_node(directory: BorrowedFd<'_>, name: &[u8], node: Node) -> Result<(), Errno> {
    let name = c_name(name)?;
    let (mode, device) = match node {
        Node::Fifo => (libc::S_IFIFO, 0),
        Node::Device(number) => (
            match number.kind {
                DeviceKind::Char => libc::S_IFCHR,
                DeviceKind::Block => libc::S_IFBLK,
            },
            libc::makedev(number.major, number.minor),
        ),
    };
    // SAFETY: `name` ends in NUL and outlives the call.
    check(unsafe { libc::mknodat(directory.as_raw_fd(), name.as_ptr(), mode, device) }).map(drop)
}

pub(super) fn dress(directory: BorrowedFd<'_>, name: &[u8], dress: &Dress) -> Result<(), Errno> {
    let name = c_name(name)?;
    let (directory, name) = (directory.as_raw_fd(), name.as_ptr());
    let flags = libc::AT_SYMLINK_NOFOLLOW;
    // SAFETY: `name` ends in NUL and outlives the call.
    check(unsafe { libc::fchownat(directory, name, dress.uid, dress.gid, flags) })?;
    if let Some(mode) = dress.mode {
        // after the owner, whose change takes set-id bits away
        // SAFETY: `name` ends in NUL and outlives the call.
        check(unsafe { libc::fchmodat(directory, name, mode, flags) })?;
    }
    let time = libc::timespec {
        tv_sec: dress.modified.seconds,
        tv_nsec: dress.modified.nanoseconds.into(),
    };
    // SAFETY: `name` ends in NUL and outlives the call, as the two times do.
    check(unsafe { libc::utimensat(directory, name, [time, time].as_ptr(), flags) }).map(drop)
}

pub(super) fn read_at(fd: BorrowedFd<'_>, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
    let offset = i64::try_from(offset).map_err(|_| Errno::EFBIG)?;
    let (to, size) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the kernel writes at most the length of the buffer that is given with it.
    let count = unsafe { libc::pread(fd.as_raw_fd(), to, size, offset) };
    usize::try_from(count).map_err(|_| last())
}

pub(super) fn write_at(fd: BorrowedFd<'_>, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
    let offset = i64::try_from(offset).map_err(|_| Errno::EFBIG)?;
    // SAFETY: the kernel reads at most the length of the bytes that are given with it.
    let count = unsafe { libc::pwrite(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), offset) };
    usize::try_from(count).map_err(|_| last())
}

pub(super) fn set_size(fd: BorrowedFd<'_>, size: u64) -> Result<(), Errno> {
    let size = i64::try_from(size).map_err(|_| Errno::EFBIG)?;
    // SAFETY: integers.
    check(unsafe { libc::ftruncate(fd.as_raw_fd(), size) }).map(drop)
}
