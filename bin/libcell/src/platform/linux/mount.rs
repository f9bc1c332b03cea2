//! Mounts and device nodes.

use std::format;
use std::io::{BufRead, BufReader};
use std::mem::MaybeUninit;
use std::string::String;
use std::vec::Vec;

use super::{c_path, c_string, check, errno_of, files};
use crate::platform::{Errno, Mount, MountFlags, MountKind};

pub(super) fn mount(mount: &Mount<'_>) -> Result<(), Errno> {
    let flags = flags_of(mount.flags);
    match mount.kind {
        MountKind::Null { from } => {
            call(from, mount.target, "", libc::MS_BIND, "")?;
            // a bind mount takes no flags when it is made; in a user namespace it cannot lose those of what it shows
            let flags = flags | locked(mount.target)?;
            let again = libc::MS_BIND | libc::MS_REMOUNT | flags;
            call("", mount.target, "", again, "").inspect_err(|_| {
                let _ = detach(mount.target);
            })
        }
        MountKind::Tmpfs {
            size,
            mode,
            uid,
            gid,
        } => {
            let options = format!("size={size},mode={mode:o},uid={uid},gid={gid}");
            call("tmpfs", mount.target, "tmpfs", flags, &options)
        }
        MountKind::Ptyfs => {
            let options = "newinstance,ptmxmode=0666,mode=0620";
            call("devpts", mount.target, "devpts", flags, options)
        }
        MountKind::Msdos {
            device,
            uid,
            gid,
            mode,
        } => {
            let options = format!("uid={uid},gid={gid},umask={:o}", !mode & 0o777);
            call(device, mount.target, "vfat", flags, &options)
        }
        MountKind::Ffs { .. } => Err(Errno::ENODEV),
        MountKind::Ext2 { device } => call(device, mount.target, "ext2", flags, ""),
    }
}

fn flags_of(flags: MountFlags) -> libc::c_ulong {
    [
        (flags.read_only, libc::MS_RDONLY),
        (flags.no_suid, libc::MS_NOSUID),
        (flags.no_dev, libc::MS_NODEV),
        (flags.no_exec, libc::MS_NOEXEC),
    ]
    .into_iter()
    .filter_map(|(set, flag)| set.then_some(flag))
    .sum()
}

/// The restrictions that a mount already has. The bits of statvfs(3) and of mount(2) are the same for these.
fn locked(path: &str) -> Result<libc::c_ulong, Errno> {
    let all = libc::ST_RDONLY
        | libc::ST_NOSUID
        | libc::ST_NODEV
        | libc::ST_NOEXEC
        | libc::ST_NOATIME
        | libc::ST_NODIRATIME;
    let relative = if statvfs(path)?.f_flag & libc::ST_RELATIME != 0 {
        libc::MS_RELATIME
    } else {
        0
    };
    Ok(statvfs(path)?.f_flag & all | relative)
}

pub(super) fn is_read_only(path: &str) -> Result<bool, Errno> {
    Ok(statvfs(path)?.f_flag & libc::ST_RDONLY != 0)
}

fn statvfs(path: &str) -> Result<libc::statvfs, Errno> {
    let path = c_path(path)?;
    let mut of = MaybeUninit::uninit();
    // SAFETY: `path` ends in NUL; `of` has room for a statvfs.
    check(unsafe { libc::statvfs(path.as_ptr(), of.as_mut_ptr()) })?;
    // SAFETY: the call succeeded, so it has filled it.
    Ok(unsafe { of.assume_init() })
}

fn call(
    source: &str,
    target: &str,
    kind: &str,
    flags: libc::c_ulong,
    options: &str,
) -> Result<(), Errno> {
    let (source, target) = (c_path(source)?, c_path(target)?);
    let (kind, options) = (c_string(kind)?, c_string(options)?);
    // SAFETY: four texts that end in NUL and outlive the call.
    check(unsafe {
        libc::mount(
            source.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            flags,
            options.as_ptr().cast(),
        )
    })
    .map(drop)
}

pub(super) fn unmount(path: &str) -> Result<(), Errno> {
    match detach(path) {
        Err(Errno::EBUSY) => {
            for node in mounted_nodes(path)? {
                detach(&node)?;
            }
            detach(path)
        }
        result => result,
    }
}

fn detach(path: &str) -> Result<(), Errno> {
    let path = c_path(path)?;
    // SAFETY: `path` ends in NUL and outlives the call.
    check(unsafe { libc::umount2(path.as_ptr(), libc::UMOUNT_NOFOLLOW) }).map(drop)
}

/// Device nodes mounted below `path`, by [`make_device`].
fn mounted_nodes(path: &str) -> Result<Vec<String>, Errno> {
    // as the table has it, without links
    let path = std::fs::canonicalize(path).map_err(errno_of)?;
    let path = path.to_str().ok_or(Errno::EINVAL)?;
    let table = std::fs::File::open("/proc/self/mountinfo").map_err(errno_of)?;
    let mut nodes = Vec::new();
    for line in BufReader::new(table).lines() {
        let line = line.map_err(errno_of)?;
        // the fifth field; blanks in it are octal escapes, which no path of a device node has
        let Some(target) = line.split(' ').nth(4) else {
            continue;
        };
        let below = target
            .strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('/'));
        if below && files::device_number(target).is_ok() {
            nodes.push(String::from(target));
        }
    }
    Ok(nodes)
}

pub(super) fn make_device(
    path: &str,
    like: &str,
    mode: u32,
    uid: u32,
    gid: u32,
) -> Result<(), Errno> {
    let of = files::stat_with(like, libc::stat)?;
    let kind = of.st_mode & libc::S_IFMT;
    if kind != libc::S_IFCHR && kind != libc::S_IFBLK {
        return Err(Errno::ENODEV);
    }
    let node = c_path(path)?;
    // SAFETY: `node` ends in NUL and outlives the call.
    match check(unsafe { libc::mknod(node.as_ptr(), kind | mode, of.st_rdev) }) {
        Ok(_) => files::set_owner(path, uid, gid, mode),
        // a user namespace may not make nodes; the host's own, mounted there, is one with the host's owner and mode
        Err(Errno::EPERM) => {
            files::open(path, crate::platform::Open::CreateNew, mode)?;
            call(like, path, "", libc::MS_BIND, "")
        }
        Err(errno) => Err(errno),
    }
}
