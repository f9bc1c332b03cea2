//! The directories that outlive their cells: there, with the mode and owner that the image says.

use libcell::image::Volume;
use libcell::platform::{Errno, FileKind, Platform};

use crate::path::join;

/// Makes a volume's directory so. What is in it stays as it is.
pub(crate) fn converge<P: Platform>(
    platform: &P,
    prefix: &str,
    volume: &Volume<'_>,
) -> Result<(), Errno> {
    let path = join(&[prefix, volume.path])?;
    make_parents(platform, prefix, volume.path)?;
    match platform.make_directory(&path, volume.mode) {
        // the umask may have taken bits of it
        Ok(()) => return platform.set_owner(&path, volume.uid, volume.gid, volume.mode),
        Err(Errno::EEXIST) => {}
        Err(errno) => return Err(errno),
    }
    let of = platform.metadata(&path)?;
    match of.kind {
        FileKind::Directory => {}
        FileKind::Link => return Err(Errno::ELOOP),
        FileKind::File | FileKind::Device | FileKind::Socket | FileKind::Other => {
            return Err(Errno::ENOTDIR);
        }
    }
    if (of.uid, of.gid, of.mode) == (volume.uid, volume.gid, volume.mode) {
        return Ok(());
    }
    platform.set_owner(&path, volume.uid, volume.gid, volume.mode)
}

/// Makes the directories above a path of the device that are missing.
pub(crate) fn make_parents<P: Platform>(
    platform: &P,
    prefix: &str,
    path: &str,
) -> Result<(), Errno> {
    for (at, _) in path.match_indices('/').skip(1) {
        let parent = join(&[prefix, path.get(..at).unwrap_or_default()])?;
        match platform.make_directory(&parent, 0o755) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
