//! Everything in a directory and below it, one after the other, with bounded memory: a kibibyte for each level.
//!
//! No link is followed: every step is a name in a directory that is open.

use alloc::{vec, vec::Vec};

use crate::platform::{Errno, FileKind, Open, Platform, Removal, Status};

/// Deepest level.
pub const DEPTH_MAX: usize = 40;

/// Bytes of names that a level has at hand.
const BUFFER: usize = 1024;

/// A directory being read.
struct Level<Fd> {
    fd: Fd,
    names: Vec<u8>,
    at: usize,
    end: usize,
    /// Where its own path ends, and where the last component of that begins.
    path: usize,
    base: usize,
    left: bool,
}

/// A walk under way.
pub struct Walk<'p, P: Platform> {
    platform: &'p P,
    levels: Vec<Level<P::Fd>>,
    /// Below the top.
    path: Vec<u8>,
    /// Where the last component begins.
    base: usize,
}

/// What a walk came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something in the directory. A directory is not gone into without [`Walk::enter`].
    Found(Status),
    /// The end of a directory that was entered, which is still open.
    Left,
    /// The end of the top.
    Done,
}

impl<'p, P: Platform> Walk<'p, P> {
    /// Of the directory at `path`, which is no link.
    ///
    /// # Errors
    /// ENOTDIR, ELOOP, and others of open(2).
    pub fn new(platform: &'p P, path: &str) -> Result<Self, Errno> {
        let mut walk = Self {
            platform,
            levels: Vec::new(),
            path: Vec::new(),
            base: 0,
        };
        walk.push(open(platform, path)?);
        Ok(walk)
    }

    fn push(&mut self, fd: P::Fd) {
        self.levels.push(Level {
            fd,
            names: vec![0; BUFFER],
            at: 0,
            end: 0,
            path: self.path.len(),
            base: self.base,
            left: false,
        });
    }

    /// Where the walk is, below the top, which is empty: what was found, or the directory that ends.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// The last component of [`Self::path`].
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.path.get(self.base..).unwrap_or_default()
    }

    /// The directory in which something was found, or which ends.
    ///
    /// # Errors
    /// EBADF once the walk is done.
    pub fn directory(&self) -> Result<&P::Fd, Errno> {
        self.levels
            .last()
            .map(|level| &level.fd)
            .ok_or(Errno::EBADF)
    }

    /// The directory above the one which ends; `None` at the top.
    pub fn above(&self) -> Option<&P::Fd> {
        let (_, above) = self.levels.split_last()?;
        above.last().map(|level| &level.fd)
    }

    /// Goes on.
    ///
    /// # Errors
    /// Those of reading directories.
    pub fn advance(&mut self) -> Result<Step, Errno> {
        self.levels.pop_if(|level| level.left);
        let Some(level) = self.levels.last_mut() else {
            return Ok(Step::Done);
        };
        self.path.truncate(level.path);
        if level.at == level.end {
            level.end = self.platform.read_directory(&level.fd, &mut level.names)?;
            level.at = 0;
        }
        let rest = level.names.get(level.at..level.end).unwrap_or_default();
        let length = rest.iter().take_while(|byte| **byte != 0).count();
        if length == 0 {
            level.left = true;
            self.base = level.base;
            return Ok(Step::Left);
        }
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.base = self.path.len();
        self.path.extend(rest.iter().take(length));
        level.at += length + 1;
        let name = self.path.get(self.base..).unwrap_or_default();
        self.platform.status_at(&level.fd, name).map(Step::Found)
    }

    /// Goes into the directory that was found.
    ///
    /// # Errors
    /// ELOOP below [`DEPTH_MAX`] levels, ENOTDIR, and others of open(2).
    pub fn enter(&mut self) -> Result<(), Errno> {
        if self.levels.len() >= DEPTH_MAX {
            return Err(Errno::ELOOP);
        }
        let directory = self.directory()?;
        let fd = self
            .platform
            .open_at(directory, self.name(), Open::Directory, 0)?;
        self.push(fd);
        Ok(())
    }

    /// Reads the directory again from its beginning, instead of leaving it.
    ///
    /// # Errors
    /// Those of open(2).
    fn again(&mut self) -> Result<(), Errno> {
        let fd = self
            .platform
            .open_at(self.directory()?, b".", Open::Directory, 0)?;
        if let Some(level) = self.levels.last_mut() {
            (level.fd, level.left, level.at, level.end) = (fd, false, 0, 0);
        }
        Ok(())
    }
}

/// Opens a directory that is no link.
///
/// # Errors
/// ENOTDIR, ELOOP, and others of open(2).
pub fn open<P: Platform>(platform: &P, path: &str) -> Result<P::Fd, Errno> {
    if platform.metadata(path)?.kind == FileKind::Link {
        return Err(Errno::ELOOP);
    }
    platform.open(path, Open::Directory, 0)
}

/// Removes everything in the directory at `path`, and then itself.
///
/// # Errors
/// The first. What was removed until then is gone.
pub fn remove<P: Platform>(platform: &P, path: &str) -> Result<(), Errno> {
    let mut walk = Walk::new(platform, path)?;
    loop {
        match walk.advance()? {
            Step::Found(status) if status.metadata.kind == FileKind::Directory => walk.enter()?,
            Step::Found(_) => {
                platform.remove_at(walk.directory()?, walk.name(), Removal::File)?;
            }
            Step::Left => {
                let removed = match walk.above() {
                    Some(above) => platform.remove_at(above, walk.name(), Removal::Directory),
                    None => platform.remove_directory(path),
                };
                match removed {
                    // some file systems pass over names while others are removed
                    Err(Errno::ENOTEMPTY) => walk.again()?,
                    removed => removed?,
                }
            }
            Step::Done => return Ok(()),
        }
    }
}

/// Writes everything in the directory at `path` to its medium (fsync(2)): files, then their directories, then itself.
///
/// # Errors
/// The first.
pub fn sync<P: Platform>(platform: &P, path: &str) -> Result<(), Errno> {
    let mut walk = Walk::new(platform, path)?;
    loop {
        match walk.advance()? {
            Step::Found(status) => match status.metadata.kind {
                FileKind::Directory => walk.enter()?,
                FileKind::File => {
                    let file = platform.open_at(walk.directory()?, walk.name(), Open::Read, 0)?;
                    platform.sync(&file)?;
                }
                // what there is of them is in the directory and its inodes
                FileKind::Link | FileKind::Device | FileKind::Socket | FileKind::Other => {}
            },
            Step::Left => platform.sync(walk.directory()?)?,
            Step::Done => return Ok(()),
        }
    }
}

/// Writes a directory's names to the medium.
///
/// # Errors
/// Those of open(2) and fsync(2).
pub fn sync_directory<P: Platform>(platform: &P, path: &str) -> Result<(), Errno> {
    let directory = platform.open(path, Open::Directory, 0)?;
    platform.sync(&directory)
}
