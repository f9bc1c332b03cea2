//! Mounts and device nodes.

use core::ffi::c_void;

use cell_abi::DeviceKind;

use super::files::{self, Links};
use super::layout::{ExportArgs30, FfsArgs, MsdosArgs, NullArgs, PtyfsArgs, TmpfsArgs};
use super::path::Path;
use super::sys::{self, done};
use crate::platform::{DeviceNumber, Errno, Mount, MountFlags, MountKind};

/// Group of the slaves of pseudo terminals: tty, in every NetBSD's group(5).
const TTY: u32 = 4;

/// `MSDOSFSMNT_LONGNAME`: an empty file system does not tell which it wants.
const LONG_NAMES: i32 = 2;

fn flags(flags: MountFlags) -> i32 {
    let MountFlags {
        read_only,
        no_suid,
        no_dev,
        no_exec,
    } = flags;
    [
        (read_only, libc::MNT_RDONLY),
        (no_suid, libc::MNT_NOSUID),
        (no_dev, libc::MNT_NODEV),
        (no_exec, libc::MNT_NOEXEC),
    ]
    .into_iter()
    .filter(|(wanted, _)| *wanted)
    .fold(0, |all, (_, flag)| all | flag)
}

pub(super) fn mount(mount: &Mount<'_>) -> Result<(), Errno> {
    match mount.kind {
        MountKind::Null { from } => {
            let from = Path::new(from)?;
            let mut args = NullArgs {
                target: from.as_ptr(),
                unused: ExportArgs30::NONE,
            };
            call(c"null", mount, &mut args)
        }
        MountKind::Tmpfs {
            size,
            mode,
            uid,
            gid,
        } => {
            let mut args = TmpfsArgs {
                version: 1,
                // as many as there is room for
                nodes_max: 0,
                size_max: i64::try_from(size).unwrap_or(i64::MAX),
                root_uid: uid,
                root_gid: gid,
                root_mode: mode,
            };
            call(c"tmpfs", mount, &mut args)
        }
        MountKind::Ptyfs => {
            let mut args = PtyfsArgs {
                version: 2,
                gid: TTY,
                mode: 0o620,
                flags: 0,
            };
            call(c"ptyfs", mount, &mut args)
        }
        MountKind::Msdos {
            device,
            uid,
            gid,
            mode,
        } => {
            let device = Path::new(device)?;
            let mut args = MsdosArgs {
                device: device.as_ptr(),
                unused: ExportArgs30::NONE,
                uid,
                gid,
                file_mask: mode,
                flags: LONG_NAMES,
                version: 3,
                directory_mask: mode,
                east_of_utc_s: 0,
            };
            call(c"msdos", mount, &mut args)
        }
        MountKind::Ffs { device } => {
            let device = Path::new(device)?;
            let mut args = FfsArgs {
                device: device.as_ptr(),
            };
            call(c"ffs", mount, &mut args)
        }
        MountKind::Ext2 { device } => {
            let device = Path::new(device)?;
            // the same struct: only the name of the file system differs
            let mut args = FfsArgs {
                device: device.as_ptr(),
            };
            call(c"ext2fs", mount, &mut args)
        }
    }
}

/// mount(2) with the arguments of one kind of file system.
fn call<T>(kind: &core::ffi::CStr, mount: &Mount<'_>, arguments: &mut T) -> Result<(), Errno> {
    let target = Path::new(mount.target)?;
    let data: *mut c_void = (&raw mut *arguments).cast();
    // SAFETY: texts that end in NUL, and the struct of that kind with its size; a path in it outlives the call.
    done(unsafe {
        sys::mount(
            kind.as_ptr().cast(),
            target.as_ptr(),
            flags(mount.flags),
            data,
            size_of::<T>(),
        )
    })
}

pub(super) fn unmount(path: &str) -> Result<(), Errno> {
    let path = Path::new(path)?;
    // SAFETY: a path that ends in NUL.
    done(unsafe { sys::unmount(path.as_ptr(), 0) })
}

/// The number of a node and what it is of.
fn node(path: &str) -> Result<(u64, DeviceKind), Errno> {
    let status = files::status(&Path::new(path)?, Links::Follow)?;
    let kind = match status.st_mode & libc::S_IFMT {
        libc::S_IFCHR => DeviceKind::Char,
        libc::S_IFBLK => DeviceKind::Block,
        _ => return Err(Errno::ENODEV),
    };
    Ok((status.st_rdev, kind))
}

pub(super) fn device_number(path: &str) -> Result<DeviceNumber, Errno> {
    let (device, kind) = node(path)?;
    Ok(number(device, kind))
}

/// major() and minor() of sys/sys/types.h.
pub(super) fn number(device: u64, kind: DeviceKind) -> DeviceNumber {
    let device = device as u32;
    DeviceNumber {
        kind,
        major: (device & 0x000f_ff00) >> 8,
        minor: ((device & 0xfff0_0000) >> 12) | (device & 0xff),
    }
}

pub(super) fn make_device(
    path: &str,
    like: &str,
    mode: u32,
    uid: u32,
    gid: u32,
) -> Result<(), Errno> {
    let (number, kind) = node(like)?;
    let format = match kind {
        DeviceKind::Char => libc::S_IFCHR,
        DeviceKind::Block => libc::S_IFBLK,
    };
    let at = Path::new(path)?;
    // without any permission until it has its owner
    // SAFETY: a path that ends in NUL.
    done(unsafe { sys::mknod(at.as_ptr(), format, number) })?;
    files::set_owner(path, uid, gid, mode)
}
