//! Making files so: volumes, and the steps of a plan that are files.
//!
//! What is below a volume was written by cells. So every component is opened in the directory before it and no link is
//! followed (openat(2), `O_NOFOLLOW`): what a cell plants, or puts in the place of something between a look and a step,
//! leads nowhere but to an error. A file is compared through the descriptor it was opened by, and replaced by a rename in the
//! directory that was opened. What is so already is not written.

mod file;
mod patch;
mod tree;
mod volume;
mod walk;

use crate::image::{Cell, Image, MountSource, Ownership, PlanStep};
use crate::platform::{Errno, FileKind, Open, Platform};
use crate::state;

pub use patch::patched;
pub use tree::empty;
pub use volume::{make_parents, volume};

use walk::{Place, child};

/// Whether something is made so, or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Look.
    Check,
    /// Make.
    Make,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was so.
    Same,
    /// It was not, and is now; when only looked at, it would be.
    Changed,
    /// It is not for here and now: another kind of mount, or a command.
    Elsewhere,
}

/// Which steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those on volumes.
    Volumes,
    /// Those on memory file systems, which are mounted.
    Memory,
}

/// Where everything is.
#[derive(Debug)]
pub struct Ground<'g, P: Platform> {
    /// The system.
    pub platform: &'g P,
    /// Prefix of the device's own paths.
    pub prefix: &'g str,
    /// What the indices of a cell point into.
    pub image: &'g Image<'g>,
}

/// Of a file that a line makes.
const LINE_MODE: u32 = 0o644;

/// The file that a step is about; `None` for a command.
#[must_use]
pub fn target<'a>(step: &PlanStep<'a>) -> Option<&'a str> {
    match step {
        PlanStep::Directory { path, .. }
        | PlanStep::File { path, .. }
        | PlanStep::Line { path, .. }
        | PlanStep::Link { path, .. }
        | PlanStep::Copy { path, .. }
        | PlanStep::Patch { path, .. } => Some(path),
        PlanStep::Execute(_) => None,
    }
}

/// Makes one step of a cell's plan so.
///
/// # Errors
/// ELOOP where a link is, and what the system calls say.
pub fn step<P: Platform>(
    ground: &Ground<'_, P>,
    cell: &Cell<'_>,
    step: &PlanStep<'_>,
    scope: Scope,
    how: How,
) -> Result<Outcome, Errno> {
    let Some(path) = target(step) else {
        return Ok(Outcome::Elsewhere);
    };
    let Some((base, rest)) = base(ground, cell, path, scope)? else {
        return Ok(Outcome::Elsewhere);
    };
    let [first, second, third] = base;
    match Place::walk(
        ground.platform,
        ground.prefix,
        &[first, second, third, rest],
    ) {
        Ok(place) => make_so(ground, cell, step, &place, how),
        // an earlier step makes what is missing
        Err(Errno::ENOENT) if how == How::Check => Ok(Outcome::Changed),
        Err(errno) => Err(errno),
    }
}

/// What a mount of this scope shows at a target: the path of the mount in three parts, and the rest of the target's.
type Base<'b> = ([&'b str; 3], &'b str);

fn base<'b, P: Platform>(
    ground: &Ground<'b, P>,
    cell: &'b Cell<'_>,
    path: &'b str,
    scope: Scope,
) -> Result<Option<Base<'b>>, Errno> {
    for mount in &cell.mounts {
        let Some(rest) = path
            .strip_prefix(mount.target)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        else {
            continue;
        };
        return Ok(match (&mount.source, scope) {
            (MountSource::Volume(index), Scope::Volumes) => {
                let volume = ground.image.volumes.get(usize::from(*index));
                Some(([volume.ok_or(Errno::EINVAL)?.path, "", ""], rest))
            }
            (MountSource::Tmpfs { .. }, Scope::Memory) => {
                let [root, name] = state::root(cell);
                Some(([root, name, mount.target], rest))
            }
            (MountSource::Volume(_), Scope::Memory)
            | (MountSource::Tmpfs { .. }, Scope::Volumes) => None,
        });
    }
    Ok(None)
}

fn make_so<P: Platform>(
    ground: &Ground<'_, P>,
    cell: &Cell<'_>,
    step: &PlanStep<'_>,
    place: &Place<'_, P>,
    how: How,
) -> Result<Outcome, Errno> {
    match step {
        PlanStep::Directory { owner, .. } => directory(place, owner, how),
        PlanStep::File { content, owner, .. } => {
            file::make(place, &file::Content::Bytes(content), owner, how)
        }
        PlanStep::Line { text, .. } => {
            let owner = Ownership {
                mode: LINE_MODE,
                uid: cell.uid,
                gid: cell.gid,
            };
            file::add_line(place, text.as_bytes(), &owner, how)
        }
        PlanStep::Link { target, .. } => link(place, target, how),
        PlanStep::Copy { from, owner, .. } => {
            let root = [cell.root.as_str(), from];
            let source = Place::walk(ground.platform, ground.prefix, &root)?;
            file::make(place, &file::Content::File(&source), owner, how)
        }
        PlanStep::Patch { hunks, .. } => patch::apply(place, hunks, how),
        PlanStep::Execute(_) => Ok(Outcome::Elsewhere),
    }
}

fn directory<P: Platform>(
    place: &Place<'_, P>,
    owner: &Ownership,
    how: How,
) -> Result<Outcome, Errno> {
    let opened = match place.open_directory() {
        Err(Errno::ENOENT) => {
            if how == How::Check {
                return Ok(Outcome::Changed);
            }
            place
                .platform
                .make_directory_at(&place.parent, place.name(), owner.mode)?;
            // the umask may have taken bits of it
            let opened = place.open_directory()?;
            own(place.platform, &opened, owner, how)?;
            return Ok(Outcome::Changed);
        }
        opened => opened?,
    };
    own(place.platform, &opened, owner, how)
}

fn link<P: Platform>(place: &Place<'_, P>, target: &str, how: How) -> Result<Outcome, Errno> {
    let platform = place.platform;
    match platform.metadata_at(&place.parent, place.name()) {
        Ok(of) if of.kind == FileKind::Link => {
            let mut buffer = [0; 1024];
            let count = platform.read_link_at(&place.parent, place.name(), &mut buffer)?;
            if buffer.get(..count) == Some(target.as_bytes()) {
                return Ok(Outcome::Same);
            }
        }
        Ok(_) => return Err(Errno::EEXIST),
        Err(Errno::ENOENT) => {}
        Err(errno) => return Err(errno),
    }
    if how == How::Make {
        let beside = place.beside();
        place.remove_beside(&beside)?;
        platform.symlink_at(target, &place.parent, &beside)?;
        platform.rename_at(&place.parent, &beside, place.name())?;
    }
    Ok(Outcome::Changed)
}

/// Gives what is open to its owner.
fn own<P: Platform>(
    platform: &P,
    fd: &P::Fd,
    owner: &Ownership,
    how: How,
) -> Result<Outcome, Errno> {
    let of = platform.metadata_of(fd)?;
    if (of.uid, of.gid, of.mode) == (owner.uid, owner.gid, owner.mode) {
        return Ok(Outcome::Same);
    }
    if how == How::Make {
        platform.set_owner_of(fd, owner.uid, owner.gid, owner.mode)?;
    }
    Ok(Outcome::Changed)
}

/// Opens a directory of the device by its path, no link on the way.
///
/// # Errors
/// ENOENT, ELOOP where a link is, ENOTDIR.
pub fn open_directory<P: Platform>(platform: &P, prefix: &str, path: &str) -> Result<P::Fd, Errno> {
    Place::walk(platform, prefix, &[path])?.open_directory()
}

/// Opens a directory in another one.
fn enter<P: Platform>(platform: &P, parent: &P::Fd, name: &[u8]) -> Result<P::Fd, Errno> {
    child(platform, parent, name, Open::Directory)
}
