//! Files, directories, mounts.

use core::ffi::CStr;

use super::call::call;
use super::{Errno, number};
use crate::attacks::Outcome;
use crate::attacks::os::argument::NULL;

const AT_FDCWD: i32 = -100;

/// An open descriptor. Never closed: the process is short.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    const NOCTTY: i32 = 0o400;
    const NONBLOCK: i32 = 0o4000;
    let flags = match how {
        How::Read => 0,
        How::Write => 1,
        How::ReadWrite => 2,
        How::Directory => 0o20_0000,
        How::Make => 1 | 0o100,
    };
    call(
        number::OPENAT,
        [
            AT_FDCWD.into(),
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
            number::GETDENTS64,
            [directory.0.into(), (&mut buffer).into(), length.into()],
        )?;
        let mut rest = buffer.get(..used).unwrap_or_default();
        if rest.is_empty() {
            return Ok(false);
        }
        // inode 8, offset 8, record length 2, type 1, name
        while let Some(&[low, high]) = rest.get(16..18) {
            let record = usize::from(u16::from_le_bytes([low, high]));
            let found = rest.get(19..record).unwrap_or_default();
            if CStr::from_bytes_until_nul(found).is_ok_and(|found| found.to_bytes() == name) {
                return Ok(true);
            }
            rest = rest.get(record..).unwrap_or_default();
        }
    }
}

/// mkdir(2); one that exists will do.
pub fn make_directory(path: &CStr) -> Result<(), Errno> {
    match call(
        number::MKDIRAT,
        [AT_FDCWD.into(), path.into(), 0o755.into()],
    ) {
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
    call(number::UNLINKAT, [AT_FDCWD.into(), path.into(), 0.into()]).map(drop)
}

/// mknod(2) of a device that is the kernel's own: /dev/mem, here its log.
pub fn make_kernel_node(path: &CStr) -> Result<(), Errno> {
    const CHARACTER: u32 = 0o020_666;
    make_node(path, CHARACTER, 1 << 8 | 11)
}

/// mkfifo(2).
pub fn make_fifo(path: &CStr) -> Result<(), Errno> {
    const FIFO: u32 = 0o010_666;
    make_node(path, FIFO, 0)
}

fn make_node(path: &CStr, mode: u32, device: u32) -> Result<(), Errno> {
    call(
        number::MKNODAT,
        [AT_FDCWD.into(), path.into(), mode.into(), device.into()],
    )
    .map(drop)
}

/// Opens a file by its handle rather than its path.
pub fn open_by_handle(path: &CStr) -> Result<(), Errno> {
    const ROOM: u32 = 128;
    // bytes of room, type, handle
    let mut handle = [0_u32; 2 + ROOM as usize / 4];
    if let Some(first) = handle.first_mut() {
        *first = ROOM;
    }
    let mut mount = [0_i32; 1];
    call(
        number::NAME_TO_HANDLE_AT,
        [
            AT_FDCWD.into(),
            path.into(),
            (&mut handle).into(),
            (&mut mount).into(),
            0.into(),
        ],
    )?;
    let root = open(c"/", How::Directory)?;
    call(
        number::OPEN_BY_HANDLE_AT,
        [root.0.into(), (&mut handle).into(), 0.into()],
    )
    .map(drop)
}

/// Sets the flag of a file that only the system may clear.
pub fn set_system_flag(path: &CStr) -> Result<(), Errno> {
    const FS_IOC_SETFLAGS: u32 = 0x4008_6602;
    const IMMUTABLE: u64 = 0x10;
    let fd = open(path, How::Read)?;
    call(
        number::IOCTL,
        [fd.0.into(), FS_IOC_SETFLAGS.into(), (&[IMMUTABLE]).into()],
    )?;
    call(
        number::IOCTL,
        [fd.0.into(), FS_IOC_SETFLAGS.into(), (&[0_u64]).into()],
    )
    .map(drop)
}

/// What to mount.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// A memory file system.
    Memory,
    /// The root once more.
    Root,
}

/// mount(2), undone when it succeeds.
pub fn mount(what: Mount, on: &CStr) -> Result<(), Errno> {
    const BIND: usize = 4096;
    let (from, kind, flags) = match what {
        Mount::Memory => (c"tmpfs", c"tmpfs", 0),
        Mount::Root => (c"/", c"", BIND),
    };
    call(
        number::MOUNT,
        [from.into(), on.into(), kind.into(), flags.into(), NULL],
    )?;
    call(number::UMOUNT2, [on.into(), 2.into()]).map(drop)
}

/// Makes a read-only mount writable, and read-only again when that succeeds.
pub fn remount_writable(path: &CStr) -> Result<(), Errno> {
    const BIND_REMOUNT: usize = 4096 | 32;
    const READ_ONLY: usize = 1;
    let remount = |flags: usize| {
        call(
            number::MOUNT,
            [c"".into(), path.into(), c"".into(), flags.into(), NULL],
        )
    };
    remount(BIND_REMOUNT)?;
    remount(BIND_REMOUNT | READ_ONLY).map(drop)
}

/// umount(2) of a directory that is no mount.
pub fn unmount(path: &CStr) -> Outcome {
    let result = call(number::UMOUNT2, [path.into(), 0.into()]);
    Outcome::past(result, &[Errno::EINVAL])
}

/// Puts another root in place of this one: pivot_root(2), with places that it cannot use.
pub fn replace_root() -> Outcome {
    let result = call(number::PIVOT_ROOT, [c"/volume".into(), c"/".into()]);
    Outcome::past(result, &[Errno::EINVAL, Errno::EBUSY])
}
