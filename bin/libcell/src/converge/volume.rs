//! The directories that outlive their cells: there, with the mode and owner that the image says.

use alloc::string::String;

use super::walk::Place;
use super::{How, Outcome, directory};
use crate::image::{Ownership, Volume};
use crate::options::push;
use crate::platform::{Errno, Platform};

/// Makes a volume's directory so. What is in it stays as it is.
///
/// # Errors
/// ELOOP where a link is, ENOTDIR, and what the system calls say.
pub fn volume<P: Platform>(
    platform: &P,
    prefix: &str,
    volume: &Volume<'_>,
    how: How,
) -> Result<Outcome, Errno> {
    let owner = Ownership {
        mode: volume.mode,
        uid: volume.uid,
        gid: volume.gid,
    };
    let place = match Place::walk(platform, prefix, &[volume.path]) {
        Err(Errno::ENOENT) if how == How::Check => return Ok(Outcome::Changed),
        Err(Errno::ENOENT) => {
            make_parents(platform, prefix, volume.path)?;
            Place::walk(platform, prefix, &[volume.path])?
        }
        place => place?,
    };
    directory(&place, &owner, how)
}

/// Makes the directories above a path of the device that are missing.
///
/// # Errors
/// Those of mkdir(2), but that one is there.
pub fn make_parents<P: Platform>(platform: &P, prefix: &str, path: &str) -> Result<(), Errno> {
    for (at, _) in path.match_indices('/').skip(1) {
        let mut parent = String::new();
        push(&mut parent, &[prefix, path.get(..at).unwrap_or_default()]);
        match platform.make_directory(&parent, 0o755) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
