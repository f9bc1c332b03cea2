//! A medium that is mounted, and is unmounted whatever happens.

use alloc::string::String;

use libcell::job::joined;
use libcell::platform::{Errno, FileKind, Mount, MountFlags, Platform};

use crate::disks::Disk;
use crate::voice::fail;

/// Where it is mounted: the first of these that is a directory or can be made one. With a read-only root that is a memory
/// file system, or what everybody has.
const PLACES: [&str; 3] = ["/var/run/cellrescue", "/tmp/cellrescue", "/mnt"];

/// Whether it is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It is not.
    Read,
    /// It is.
    Write,
}

/// A mounted medium.
pub(crate) struct Stick<'p, P: Platform> {
    platform: &'p P,
    /// Where.
    pub path: String,
    is_ours: bool,
}

impl<'p, P: Platform> Stick<'p, P> {
    /// Mounts a disk: nosuid, nodev, noexec, and read-only unless it is written to. One that is mounted already is taken as
    /// it is.
    pub(crate) fn mount(
        platform: &'p P,
        prefix: &str,
        disk: &Disk,
        access: Access,
    ) -> Result<Self, Errno> {
        if !disk.mounted.is_empty() {
            return Ok(Self {
                platform,
                path: disk.mounted.clone(),
                is_ours: false,
            });
        }
        let path = place(platform, prefix)?;
        let mount = Mount {
            kind: disk.found.kind.mount(&disk.device),
            target: &path,
            flags: MountFlags {
                read_only: access == Access::Read,
                no_suid: true,
                no_dev: true,
                no_exec: true,
            },
        };
        platform.mount(&mount)?;
        Ok(Self {
            platform,
            path,
            is_ours: true,
        })
    }

    /// Unmounts it; what was written is on the medium then.
    pub(crate) fn unmount(mut self) -> Result<(), Errno> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), Errno> {
        if !self.is_ours {
            return Ok(());
        }
        self.is_ours = false;
        self.platform.unmount(&self.path)
    }
}

impl<P: Platform> Drop for Stick<'_, P> {
    fn drop(&mut self) {
        if let Err(errno) = self.leave() {
            fail(self.platform, &self.path, errno);
        }
    }
}

/// A directory to mount on. What an earlier one that was killed has left mounted on one of ours is unmounted.
fn place<P: Platform>(platform: &P, prefix: &str) -> Result<String, Errno> {
    let mut why = Errno::ENOENT;
    for place in PLACES {
        let path = joined(&[prefix, place]);
        let made = platform.make_directory(&path, 0o700);
        let kind = platform.metadata(&path).map(|of| of.kind);
        if made.is_err() && kind != Ok(FileKind::Directory) {
            why = made.err().unwrap_or(why);
            continue;
        }
        let mut is_mounted = false;
        platform.mounts(&mut |mounted| is_mounted |= mounted.on == path)?;
        if is_mounted && (place == "/mnt" || platform.unmount(&path).is_err()) {
            why = Errno::EBUSY;
            continue;
        }
        return Ok(path);
    }
    Err(why)
}
