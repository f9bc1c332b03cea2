//! Mounts.

use core::ffi::CStr;

use super::call::{Structure, call, structure};
use super::{Errno, number};
use crate::attacks::Outcome;

/// What to mount.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// A memory file system.
    Memory,
    /// The root once more.
    Root,
}

/// struct tmpfs_args of sys/fs/tmpfs/tmpfs_args.h.
#[repr(C)]
struct Memory {
    version: i32,
    nodes: u64,
    size: i64,
    owner: [u32; 3],
}

/// struct null_args of sys/miscfs/nullfs/null.h: a path, and room that old tools need.
#[repr(C)]
struct Null {
    from: usize,
    unused: [u64; 16],
}

/// struct procfs_args of sys/miscfs/procfs/procfs.h.
#[repr(C)]
struct Processes {
    version: i32,
    flags: i32,
}

impl Structure for Memory {}
impl Structure for Null {}
impl Structure for Processes {}

// sys/fstypes.h
const UPDATE: u32 = 0x0001_0000;
const READ_ONLY: u32 = 1;

fn mount_with<T: Structure>(
    kind: &CStr,
    on: &CStr,
    flags: u32,
    mut arguments: T,
) -> Result<(), Errno> {
    let arguments = structure(&mut arguments);
    call(
        number::MOUNT,
        [
            kind.into(),
            on.into(),
            flags.into(),
            arguments,
            size_of::<T>().into(),
        ],
    )
    .map(drop)
}

fn null(from: &CStr) -> Null {
    Null {
        from: from.as_ptr() as usize,
        unused: [0; 16],
    }
}

fn memory() -> Memory {
    Memory {
        version: 1,
        nodes: 0,
        size: 0,
        owner: [0, 0, 0o755],
    }
}

/// mount(2), undone when it succeeds.
pub fn mount(what: Mount, on: &CStr) -> Result<(), Errno> {
    match what {
        Mount::Memory => mount_with(c"tmpfs", on, 0, memory()),
        Mount::Root => mount_with(c"null", on, 0, null(c"/")),
    }?;
    call(number::UNMOUNT, [on.into(), 0.into()]).map(drop)
}

/// Mounts procfs, for the runner.
pub fn mount_processes(on: &CStr) -> Result<(), Errno> {
    const LINUX_NAMES: i32 = 1;
    let arguments = Processes {
        version: 1,
        flags: LINUX_NAMES,
    };
    mount_with(c"procfs", on, 0, arguments)
}

/// Makes a memory file system read-only, for the runner.
pub fn forbid_writing(on: &CStr) -> Result<(), Errno> {
    mount_with(c"tmpfs", on, UPDATE | READ_ONLY, memory())
}

/// Makes a read-only mount writable, and read-only again when that succeeds.
pub fn remount_writable(path: &CStr) -> Result<(), Errno> {
    mount_with(c"null", path, UPDATE, null(c"/"))?;
    mount_with(c"null", path, UPDATE | READ_ONLY, null(c"/"))
}

/// unmount(2) of a directory that is no mount.
pub fn unmount(path: &CStr) -> Outcome {
    let result = call(number::UNMOUNT, [path.into(), 0.into()]);
    Outcome::past(result, &[Errno::EINVAL])
}

/// Puts another root in place of this one: mounts over it, from a directory that is not there.
pub fn replace_root() -> Outcome {
    let result = mount_with(c"null", c"/", 0, null(c"/volume/none"));
    Outcome::past(result, &[Errno::ENOENT])
}
