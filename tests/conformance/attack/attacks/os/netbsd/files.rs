//! Files and directories.

use core::ffi::CStr;

use libcell::platform::raw;

use super::call::call;
use super::{Errno, number};
use crate::attacks::os::argument::Arg;

/// An open descriptor. Never closed: the process is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fd(pub i32);

/// How to open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// For reading.
    Read,
    /// For writing.
    Write,
    /// For both.
    ReadWrite,
    /// A directory.
    Directory,
    /// For writing, made if it is not there.
    Make,
}

/// open(2).
pub fn open(path: &CStr, how: How) -> Result<Fd, Errno> {
    // sys/fcntl.h
    const NOCTTY: i32 = 0x8000;
    const NONBLOCK: i32 = 4;
    let flags = match how {
        How::Read => 0,
        How::Write => 1,
        How::ReadWrite => 2,
        How::Directory => 0x20_0000,
        How::Make => 1 | 0x200,
    };
    call(
        number::OPEN,
        [
            path.into(),
            (flags | NOCTTY | NONBLOCK).into(),
            0o644.into(),
        ],
    )
    .map(|fd| Fd(fd as i32))
}

/// read(2).
pub fn read(fd: Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
    let length = buffer.len();
    call(number::READ, [fd.0.into(), buffer.into(), length.into()])
}

/// write(2) to an open descriptor.
pub fn write_to(fd: Fd, bytes: &[u8]) -> Result<usize, Errno> {
    call(
        number::WRITE,
        [fd.0.into(), bytes.into(), bytes.len().into()],
    )
}

/// write(2) to descriptor `fd`, whatever comes of it.
pub fn write(fd: i32, bytes: &[u8]) {
    let _ = write_to(Fd(fd), bytes);
}

/// Whether the directory `path` has an entry of that name.
pub fn is_listed(path: &CStr, name: &[u8]) -> Result<bool, Errno> {
    let directory = open(path, How::Directory)?;
    let mut buffer = [0; 2048];
    loop {
        let length = buffer.len();
        let used = call(
            number::GETDENTS,
            [directory.0.into(), (&mut buffer).into(), length.into()],
        )?;
        let mut rest = buffer.get(..used).unwrap_or_default();
        if rest.is_empty() {
            return Ok(false);
        }
        // struct dirent of sys/dirent.h: inode 8, record length 2, name length 2, type 1, name
        while let Some(&[one, two]) = rest.get(8..10) {
            let record = usize::from(u16::from_ne_bytes([one, two])).max(13);
            let found = rest.get(13..record).unwrap_or_default();
            if CStr::from_bytes_until_nul(found).is_ok_and(|found| found.to_bytes() == name) {
                return Ok(true);
            }
            rest = rest.get(record..).unwrap_or_default();
        }
    }
}

/// mkdir(2); one that exists will do.
pub fn make_directory(path: &CStr) -> Result<(), Errno> {
    match call(number::MKDIR, [path.into(), 0o755.into()]) {
        Ok(_) | Err(Errno::EEXIST) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// chdir(2).
pub fn change_directory(path: &CStr) -> Result<(), Errno> {
    call(number::CHDIR, [path.into()]).map(drop)
}

/// fchdir(2).
pub fn change_directory_to(fd: Fd) -> Result<(), Errno> {
    call(number::FCHDIR, [fd.0.into()]).map(drop)
}

/// chroot(2).
pub fn change_root(path: &CStr) -> Result<(), Errno> {
    call(number::CHROOT, [path.into()]).map(drop)
}

/// unlink(2).
pub fn unlink(path: &CStr) -> Result<(), Errno> {
    call(number::UNLINK, [path.into()]).map(drop)
}

/// A kind of device node, as mknod(2) takes it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// Character.
    Character = 0o020_000,
    /// Block.
    Block = 0o060_000,
}

/// mknod(2) of a node that everybody may open.
pub fn make_node(path: &CStr, kind: Node, major: u32, minor: u32) -> Result<(), Errno> {
    // makedev() of sys/types.h
    let (major, minor) = (u64::from(major), u64::from(minor));
    let device = raw::words((major << 8 & 0xf_ff00) | (minor << 12 & 0xfff0_0000) | (minor & 0xff));
    let mode = kind as u32 | 0o666;
    let mut words: [Arg<'_>; 4] = [path.into(), mode.into(), 0.into(), 0.into()];
    for (word, part) in words.iter_mut().skip(2).zip(device) {
        *word = part.into();
    }
    call(number::MKNOD, words).map(drop)
}

/// mknod(2) of /dev/mem.
pub fn make_kernel_node(path: &CStr) -> Result<(), Errno> {
    make_node(path, Node::Character, super::major(b"mem").unwrap_or(2), 0)
}

/// mkfifo(2).
pub fn make_fifo(path: &CStr) -> Result<(), Errno> {
    call(number::MKFIFO, [path.into(), 0o666.into()]).map(drop)
}

/// Opens a file by its handle rather than its path.
pub fn open_by_handle(path: &CStr) -> Result<(), Errno> {
    let mut handle = [0_u8; 128];
    let mut size = [handle.len()];
    call(
        number::GETFH,
        [path.into(), (&mut handle).into(), (&mut size).into()],
    )?;
    let [size] = size;
    call(number::FHOPEN, [(&handle).into(), size.into(), 0.into()]).map(drop)
}

/// Sets the flag of a file that only the system may clear.
pub fn set_system_flag(path: &CStr) -> Result<(), Errno> {
    // SF_IMMUTABLE of sys/stat.h
    const IMMUTABLE: usize = 0x0002_0000;
    call(number::CHFLAGS, [path.into(), IMMUTABLE.into()])?;
    call(number::CHFLAGS, [path.into(), 0.into()]).map(drop)
}
