//! What a definition wants to be so on its volumes and memory file systems before its service starts.
//!
//! Paths are walked step by step and no link is followed: what was on a volume before was written by cells. A step that
//! is so already changes nothing, so a device that boots the same image again writes nothing. A file is written beside
//! and renamed: at every instant it is the old one or the new one.

use libcell::image::{Cell, MountSource, Ownership, PlanStep};
use libcell::platform::{Errno, FileKind, Open, Platform};

use crate::fault::{Fault, What};
use crate::path::{Path, join};
use crate::room::Site;

/// Of a file that a line makes.
const LINE_MODE: u32 = 0o644;

/// Bytes compared at a time.
const CHUNK: usize = 512;

/// Which steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those on volumes.
    Volumes,
    /// Those on memory file systems, which are mounted.
    Memory,
}

/// Makes so what is not.
pub(crate) fn converge<'c, P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'c>,
    scope: Scope,
) -> Result<(), Fault<'c>> {
    for step in &cell.plan {
        let path = match step {
            PlanStep::Directory { path, .. }
            | PlanStep::File { path, .. }
            | PlanStep::Line { path, .. }
            | PlanStep::Link { path, .. } => *path,
            // it is run in the cell, before the service
            PlanStep::Execute(_) => continue,
        };
        let failed = |errno| What::Plan(path).failed(errno);
        let Some(place) = Place::of(site, cell, path, scope).map_err(failed)? else {
            continue;
        };
        place.walk(site.platform).map_err(failed)?;
        make_so(site.platform, cell, step, &place).map_err(failed)?;
    }
    Ok(())
}

/// Where a target is on the host.
struct Place {
    path: Path,
    /// Bytes of it that are the mount's own directory.
    base: usize,
}

impl Place {
    /// `None` if it is not on a mount of this scope.
    fn of<P: Platform>(
        site: &Site<'_, P>,
        cell: &Cell<'_>,
        path: &str,
        scope: Scope,
    ) -> Result<Option<Self>, Errno> {
        for mount in &cell.mounts {
            let Some(rest) = path
                .strip_prefix(mount.target)
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
            else {
                continue;
            };
            let base = match (&mount.source, scope) {
                (MountSource::Volume(index), Scope::Volumes) => {
                    let volume = site.image.volumes.get(usize::from(*index));
                    join(&[site.prefix, volume.ok_or(Errno::EINVAL)?.path])?
                }
                (MountSource::Tmpfs { .. }, Scope::Memory) => {
                    join(&[site.prefix, cell.root.as_str(), mount.target])?
                }
                (MountSource::Volume(_), Scope::Memory)
                | (MountSource::Tmpfs { .. }, Scope::Volumes) => continue,
            };
            return Ok(Some(Self {
                path: join(&[&base, rest])?,
                base: base.len(),
            }));
        }
        Ok(None)
    }

    /// Whether every step above the target is a directory.
    fn walk<P: Platform>(&self, platform: &P) -> Result<(), Errno> {
        let below = self.path.get(self.base..).unwrap_or_default();
        for (at, _) in below.match_indices('/') {
            let step = self.path.get(..self.base + at).unwrap_or_default();
            match platform.metadata(step)?.kind {
                FileKind::Directory => {}
                FileKind::Link => return Err(Errno::ELOOP),
                FileKind::File | FileKind::Device | FileKind::Socket | FileKind::Other => {
                    return Err(Errno::ENOTDIR);
                }
            }
        }
        Ok(())
    }
}

fn make_so<P: Platform>(
    platform: &P,
    cell: &Cell<'_>,
    step: &PlanStep<'_>,
    place: &Place,
) -> Result<(), Errno> {
    let path = place.path.as_str();
    match step {
        PlanStep::Directory { owner, .. } => {
            match platform.make_directory(path, owner.mode) {
                Ok(()) => return own(platform, path, owner),
                Err(Errno::EEXIST) => {}
                Err(errno) => return Err(errno),
            }
            expect(platform, path, FileKind::Directory)?;
            own(platform, path, owner)
        }
        PlanStep::File { content, owner, .. } => {
            if !has(platform, path, content)? {
                replace(platform, path, content, owner)?;
            }
            own(platform, path, owner)
        }
        PlanStep::Line { text, .. } => {
            let owner = Ownership {
                mode: LINE_MODE,
                uid: cell.uid,
                gid: cell.gid,
            };
            add_line(platform, path, text.as_bytes(), &owner)
        }
        PlanStep::Link { target, .. } => match platform.symlink(target, path) {
            Err(Errno::EEXIST) => expect(platform, path, FileKind::Link),
            result => result,
        },
        PlanStep::Execute(_) => Ok(()),
    }
}

/// Whether what is there is of this kind.
fn expect<P: Platform>(platform: &P, path: &str, kind: FileKind) -> Result<(), Errno> {
    match platform.metadata(path)?.kind {
        found if found == kind => Ok(()),
        FileKind::Link => Err(Errno::ELOOP),
        FileKind::Directory => Err(Errno::EISDIR),
        FileKind::File | FileKind::Device | FileKind::Socket | FileKind::Other => {
            Err(Errno::EEXIST)
        }
    }
}

fn own<P: Platform>(platform: &P, path: &str, owner: &Ownership) -> Result<(), Errno> {
    let of = platform.metadata(path)?;
    if (of.uid, of.gid, of.mode) == (owner.uid, owner.gid, owner.mode) {
        return Ok(());
    }
    platform.set_owner(path, owner.uid, owner.gid, owner.mode)
}

/// Whether a file has this content. A file that is not there has none.
fn has<P: Platform>(platform: &P, path: &str, content: &[u8]) -> Result<bool, Errno> {
    let of = match platform.metadata(path) {
        Err(Errno::ENOENT) => return Ok(false),
        result => result?,
    };
    if of.kind != FileKind::File {
        expect(platform, path, FileKind::File)?;
    }
    if of.size != content.len() as u64 {
        return Ok(false);
    }
    let file = platform.open(path, Open::Read, 0)?;
    let (mut rest, mut bytes) = (content, [0; CHUNK]);
    loop {
        let count = platform.read(&file, &mut bytes)?;
        let read = bytes.get(..count).unwrap_or_default();
        if read.is_empty() {
            return Ok(rest.is_empty());
        }
        match rest.strip_prefix(read) {
            Some(after) => rest = after,
            None => return Ok(false),
        }
    }
}

fn replace<P: Platform>(
    platform: &P,
    path: &str,
    content: &[u8],
    owner: &Ownership,
) -> Result<(), Errno> {
    let beside = join(&[path, ".new"])?;
    match platform.unlink(&beside) {
        Ok(()) | Err(Errno::ENOENT) => {}
        Err(errno) => return Err(errno),
    }
    let file = platform.open(&beside, Open::CreateNew, 0o600)?;
    write_all(platform, &file, content)?;
    platform.sync(&file)?;
    platform.set_owner(&beside, owner.uid, owner.gid, owner.mode)?;
    platform.rename(&beside, path)
}

fn add_line<P: Platform>(
    platform: &P,
    path: &str,
    text: &[u8],
    owner: &Ownership,
) -> Result<(), Errno> {
    let ends = match platform.metadata(path) {
        Err(Errno::ENOENT) => {
            drop(platform.open(path, Open::CreateNew, owner.mode)?);
            platform.set_owner(path, owner.uid, owner.gid, owner.mode)?;
            Ending::Whole
        }
        Err(errno) => return Err(errno),
        Ok(_) => {
            expect(platform, path, FileKind::File)?;
            match find_line(platform, path, text)? {
                Ending::Found => return Ok(()),
                ending => ending,
            }
        }
    };
    let file = platform.open(path, Open::Append, owner.mode)?;
    if ends == Ending::Within {
        write_all(platform, &file, b"\n")?;
    }
    write_all(platform, &file, text)?;
    write_all(platform, &file, b"\n")?;
    platform.sync(&file)
}

/// What was found in a file that was searched for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The line.
    Found,
    /// Not the line; the last one has an end.
    Whole,
    /// Not the line; the last one has no end.
    Within,
}

fn find_line<P: Platform>(platform: &P, path: &str, text: &[u8]) -> Result<Ending, Errno> {
    let file = platform.open(path, Open::Read, 0)?;
    let mut bytes = [0; CHUNK];
    // how much of the text the current line has so far; `None` if it is another line
    let (mut matched, mut length) = (Some(0), 0_usize);
    loop {
        let count = platform.read(&file, &mut bytes)?;
        let read = bytes.get(..count).unwrap_or_default();
        if read.is_empty() {
            return Ok(match (length, matched) {
                (0, _) => Ending::Whole,
                (_, Some(matched)) if matched == text.len() => Ending::Found,
                (_, Some(_) | None) => Ending::Within,
            });
        }
        for byte in read {
            if *byte == b'\n' {
                if matched == Some(text.len()) {
                    return Ok(Ending::Found);
                }
                (matched, length) = (Some(0), 0);
            } else {
                matched = matched
                    .filter(|at| text.get(*at) == Some(byte))
                    .map(|at| at + 1);
                length += 1;
            }
        }
    }
}

fn write_all<P: Platform>(platform: &P, file: &P::Fd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match platform.write(file, bytes)? {
            0 => return Err(Errno::EIO),
            count => bytes = bytes.get(count..).unwrap_or_default(),
        }
    }
    Ok(())
}
