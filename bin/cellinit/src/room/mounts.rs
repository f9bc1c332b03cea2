//! Single mounts and device nodes of a cell.

use cell_abi::Access;
use libcell::image::{Cell, DeviceNode, MountEntry, MountSource};
use libcell::platform::{Errno, FileKind, Mount, MountFlags, MountKind, Platform};

use super::Site;
use crate::fault::{Fault, What};
use crate::path::join;

#[inline(never)]
pub(super) fn make_node<P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'_>,
    device: &DeviceNode<'_>,
) -> Result<(), Errno> {
    // the directories on the way, below /dev
    for (at, _) in device.path.match_indices('/').skip(2) {
        let directory = device.path.get(..at).unwrap_or_default();
        let directory = site.in_root(cell, directory)?;
        match site.platform.make_directory(&directory, 0o755) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    let path = site.in_root(cell, device.path)?;
    let mode = match device.access {
        Access::Read => 0o444,
        Access::Write => 0o222,
        Access::ReadWrite => 0o666,
    };
    site.platform.make_device(&path, device.path, mode, 0, 0)
}

#[inline(never)]
pub(super) fn make_mount<P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'_>,
    entry: &MountEntry<'_>,
) -> Result<(), Errno> {
    plain_directory(site, cell, entry.target)?;
    let target = site.in_root(cell, entry.target)?;
    let from;
    let kind = match &entry.source {
        MountSource::Volume(index) => {
            let volume = site.image.volumes.get(usize::from(*index));
            from = join(&[site.prefix, volume.ok_or(Errno::EINVAL)?.path])?;
            MountKind::Null { from: &from }
        }
        MountSource::Tmpfs { size_kib, mode } => MountKind::Tmpfs {
            size: u64::from(*size_kib) * 1024,
            mode: *mode,
            uid: cell.uid,
            gid: cell.gid,
        },
    };
    site.platform.mount(&Mount {
        kind,
        target: &target,
        flags: MountFlags {
            read_only: entry.read_only,
            no_suid: true,
            no_dev: true,
            no_exec: entry.no_exec,
        },
    })
}

/// Whether every step from the root to `target` is a directory: mount(2) would follow a link out of the root.
#[inline(never)]
pub(super) fn plain_directory<P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'_>,
    target: &str,
) -> Result<(), Errno> {
    let steps = target.match_indices('/').map(|(at, _)| at).skip(1);
    for end in steps.chain([target.len()]) {
        let step = target.get(..end).unwrap_or_default();
        let path = site.in_root(cell, step)?;
        match site.platform.metadata(&path)?.kind {
            FileKind::Directory => {}
            FileKind::Link => return Err(Errno::ELOOP),
            FileKind::File | FileKind::Device | FileKind::Socket | FileKind::Other => {
                return Err(Errno::ENOTDIR);
            }
        }
    }
    Ok(())
}

/// How often a busy file system is tried: who looks at a path in it, ps(1) in proc(5) say, has it for a moment.
const TRIES: u32 = 16;

pub(super) fn unmount<'c, P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'_>,
    target: &'c str,
) -> Result<(), Fault<'c>> {
    let fail = |errno| What::Unmount(if target.is_empty() { "/" } else { target }).failed(errno);
    let path = site.in_root(cell, target).map_err(fail)?;
    for _ in 1..TRIES {
        match site.platform.unmount(&path) {
            Err(Errno::EBUSY) => {}
            ended => return ended.map_err(fail),
        }
    }
    site.platform.unmount(&path).map_err(fail)
}
