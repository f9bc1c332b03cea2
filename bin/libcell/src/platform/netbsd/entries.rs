//! What an archive keeps of files, and places in them.

use super::path::Path;
use super::sys::{self, check, done};
use super::{Fd, at, files, mount};
use crate::platform::{Clock, Dress, Errno, Node, Status};
use cell_abi::DeviceKind;

/// Where the name begins in a `struct dirent` (sys/sys/dirent.h), after its number and lengths.
const NAME: usize = 13;

pub(super) fn read_directory(directory: &Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
    loop {
        // SAFETY: writes at most as much as the buffer holds.
        let count =
            check(unsafe { sys::getdents(directory.number(), buffer.as_mut_ptr(), buffer.len()) })?;
        if count == 0 {
            return Ok(0);
        }
        let (mut from, mut to) = (0, 0);
        while let Some(entry) = buffer.get(from..count)
            && let Some([n0, n1, n2, n3, n4, n5, n6, n7, r0, r1, l0, l1]) = entry.first_chunk()
        {
            let number = u64::from_ne_bytes([*n0, *n1, *n2, *n3, *n4, *n5, *n6, *n7]);
            let length = usize::from(u16::from_ne_bytes([*r0, *r1])).max(NAME);
            let name = usize::from(u16::from_ne_bytes([*l0, *l1]));
            let begin = from + NAME;
            let bytes = buffer.get(begin..begin + name).ok_or(Errno::EIO)?;
            if number != 0 && !matches!(bytes, b"." | b"..") {
                // the entry is longer than what is kept of it
                buffer.copy_within(begin..begin + name, to);
                to += name;
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

pub(super) fn status(directory: &Fd, name: &[u8]) -> Result<Status, Errno> {
    let of = at::stat(directory, name)?;
    let node = match of.st_mode & libc::S_IFMT {
        libc::S_IFIFO => Some(Node::Fifo),
        libc::S_IFCHR => Some(Node::Device(mount::number(of.st_rdev, DeviceKind::Char))),
        libc::S_IFBLK => Some(Node::Device(mount::number(of.st_rdev, DeviceKind::Block))),
        _ => None,
    };
    Ok(Status {
        metadata: files::of(&of),
        node,
        modified: Clock {
            seconds: of.st_mtime,
            nanoseconds: of.st_mtimensec as u32,
        },
        file_system: of.st_dev,
        number: of.st_ino,
        links: of.st_nlink,
        blocks: of.st_blocks as u64,
    })
}

pub(super) fn link(directory: &Fd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
    let (from, to) = (Path::of(from)?, Path::of(to)?);
    let directory = directory.number();
    // SAFETY: names that end in NUL.
    done(unsafe { sys::linkat(directory, from.as_ptr(), directory, to.as_ptr(), 0) })
}

pub(super) fn make_node(directory: &Fd, name: &[u8], node: Node) -> Result<(), Errno> {
    let name = Path::of(name)?;
    let directory = directory.number();
    match node {
        // SAFETY: a name that ends in NUL.
        Node::Fifo => done(unsafe { sys::mkfifoat(directory, name.as_ptr(), 0) }),
        Node::Device(number) => {
            let format = match number.kind {
                DeviceKind::Char => libc::S_IFCHR,
                DeviceKind::Block => libc::S_IFBLK,
            };
            // makedev() of sys/sys/types.h
            let device = (number.major << 8 & 0x000f_ff00)
                | (number.minor << 12 & 0xfff0_0000)
                | (number.minor & 0xff);
            // SAFETY: a name that ends in NUL.
            done(unsafe { sys::mknodat(directory, name.as_ptr(), format, 0, device.into()) })
        }
    }
}

pub(super) fn dress(directory: &Fd, name: &[u8], dress: &Dress) -> Result<(), Errno> {
    let name = Path::of(name)?;
    let (directory, name) = (directory.number(), name.as_ptr());
    let flags = libc::AT_SYMLINK_NOFOLLOW;
    // SAFETY: a name that ends in NUL.
    done(unsafe { sys::fchownat(directory, name, dress.uid, dress.gid, flags) })?;
    if let Some(mode) = dress.mode {
        // after the owner, whose change takes set-id bits away
        // SAFETY: a name that ends in NUL.
        done(unsafe { sys::fchmodat(directory, name, mode, flags) })?;
    }
    let time = libc::timespec {
        tv_sec: dress.modified.seconds,
        tv_nsec: dress.modified.nanoseconds as _,
    };
    // SAFETY: a name that ends in NUL, and two times.
    done(unsafe { sys::utimensat(directory, name, &[time, time], flags) })
}

pub(super) fn read_at(fd: &Fd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
    let (to, size) = (buffer.as_mut_ptr(), buffer.len());
    // SAFETY: writes at most as much as the buffer holds.
    check(unsafe { sys::pread(fd.number(), to, size, 0, offset as i64) })
}

pub(super) fn write_at(fd: &Fd, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
    // SAFETY: reads the bytes.
    check(unsafe { sys::pwrite(fd.number(), bytes.as_ptr(), bytes.len(), 0, offset as i64) })
}

pub(super) fn set_size(fd: &Fd, size: u64) -> Result<(), Errno> {
    // SAFETY: integers.
    done(unsafe { sys::ftruncate(fd.number(), 0, size as i64) })
}
