//! The changes on flash: two files in [`state::DIRECTORY`] that take turns.
//!
//! A change is written to the file that does not hold, in place, and then synced: whatever happens on the way, the other
//! one is what it was. A file is made under another name and renamed, so one that is there was whole once: one that is
//! damaged while the other one is missing or damaged too is told, and never read as no changes.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Overrides;
use super::slot::{self, Damage};
use crate::options::push;
use crate::platform::{Errno, Open, Platform};
use crate::state;

/// The two files.
const SLOTS: [&str; 2] = ["/overrides.0", "/overrides.1"];

/// A file before it has its name.
const NEW: &str = "/overrides.new";

/// What is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Counted up by each change; 0 if nothing was ever changed.
    pub generation: u32,
    body: Vec<u8>,
    /// Which file holds.
    holds: Holds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    First,
    Second,
    None,
}

/// Why the store cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Neither file holds, and one of them should.
    Damaged(Damage),
    /// A system call failed.
    System(Errno),
    /// There are more changes than it holds.
    Full,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(damage) => damage.fmt(f),
            Self::System(errno) => errno.fmt(f),
            Self::Full => f.write_str("more changes than 64 KiB hold"),
        }
    }
}

impl From<Errno> for StoreError {
    fn from(errno: Errno) -> Self {
        Self::System(errno)
    }
}

impl Stored {
    /// Nothing was ever changed.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            generation: 0,
            body: Vec::new(),
            holds: Holds::None,
        }
    }

    /// Reads the store below `prefix`.
    ///
    /// # Errors
    /// Neither file can be read or holds; nothing is assumed then.
    pub fn load<P: Platform>(platform: &P, prefix: &str) -> Result<Self, StoreError> {
        let mut best = Self::nothing();
        let mut damage = None;
        for (name, holds) in SLOTS.iter().zip([Holds::First, Holds::Second]) {
            let bytes = match read(platform, &path(prefix, name)) {
                Ok(bytes) => bytes,
                Err(Errno::ENOENT) => continue,
                // the disk under it may be dying: the other one may do
                Err(Errno::EIO) => {
                    damage = Some(Damage::Torn);
                    continue;
                }
                Err(errno) => return Err(errno.into()),
            };
            match slot::open(&bytes).and_then(|(generation, body)| {
                slot::decode(body)?;
                Ok((generation, body))
            }) {
                Ok((generation, body)) if generation >= best.generation => {
                    best = Self {
                        generation,
                        body: body.into(),
                        holds,
                    };
                }
                Ok(_) => {}
                Err(why) => damage = Some(why),
            }
        }
        match damage {
            Some(damage) if best.holds == Holds::None => Err(StoreError::Damaged(damage)),
            Some(_) | None => Ok(best),
        }
    }

    /// The changes.
    #[must_use]
    pub fn overrides(&self) -> Overrides<'_> {
        // it was decoded when it was loaded
        slot::decode(&self.body).unwrap_or_default()
    }

    /// The changes as bytes; none if nothing was ever changed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Bytes of memory.
    #[must_use]
    pub fn size(&self) -> usize {
        self.body.capacity()
    }

    /// Writes other changes in the place of these. When this returns they are on flash.
    ///
    /// # Errors
    /// They are not, and these hold still.
    pub fn replace<P: Platform>(
        &self,
        platform: &P,
        prefix: &str,
        overrides: &Overrides<'_>,
    ) -> Result<u32, StoreError> {
        let generation = self.generation.checked_add(1).ok_or(StoreError::Full)?;
        let bytes = slot::write(generation, overrides).ok_or(StoreError::Full)?;
        let [first, second] = SLOTS;
        let other = match self.holds {
            Holds::First => second,
            Holds::Second | Holds::None => first,
        };
        save(platform, prefix, other, &bytes)?;
        Ok(generation)
    }
}

/// Throws away whatever is in the store, whole or damaged.
///
/// # Errors
/// A file cannot be removed.
pub fn clear<P: Platform>(platform: &P, prefix: &str) -> Result<(), Errno> {
    // the newer last: until then it holds
    let newer = Stored::load(platform, prefix).map_or(Holds::None, |stored| stored.holds);
    let [first, second] = SLOTS;
    let order = match newer {
        Holds::First => [second, first],
        Holds::Second | Holds::None => [first, second],
    };
    for name in order {
        match platform.unlink(&path(prefix, name)) {
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    match platform.open(&path(prefix, ""), Open::Directory, 0) {
        Ok(directory) => platform.sync(&directory),
        Err(Errno::ENOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn path(prefix: &str, name: &str) -> String {
    let mut path = String::new();
    push(&mut path, &[prefix, state::DIRECTORY, name]);
    path
}

fn read<P: Platform>(platform: &P, path: &str) -> Result<Vec<u8>, Errno> {
    let file = platform.open(path, Open::Read, 0)?;
    // a byte more than there can be: what is longer is not one
    let mut bytes = alloc::vec![0; slot::HEADER + slot::BODY_MAX + 1];
    let mut used = 0;
    while let Some(rest) = bytes.get_mut(used..).filter(|rest| !rest.is_empty()) {
        match platform.read(&file, rest)? {
            0 => break,
            count => used += count,
        }
    }
    bytes.truncate(used);
    bytes.shrink_to_fit();
    Ok(bytes)
}

fn save<P: Platform>(platform: &P, prefix: &str, name: &str, bytes: &[u8]) -> Result<(), Errno> {
    let path_of = |name| path(prefix, name);
    match platform.metadata(&path_of(name)) {
        Ok(_) => {
            let written = platform
                .open(&path_of(name), Open::Truncate, 0o600)
                .and_then(|file| put(platform, &file, bytes));
            if written.is_err() {
                // it may be whole and the sync have failed: then it would hold after all
                let _ = platform.unlink(&path_of(name));
            }
            written
        }
        Err(Errno::ENOENT) => make(platform, prefix, name, bytes),
        Err(errno) => Err(errno),
    }
}

/// Makes the file, and the directory it is in.
fn make<P: Platform>(platform: &P, prefix: &str, name: &str, bytes: &[u8]) -> Result<(), Errno> {
    let (new, named) = (path(prefix, NEW), path(prefix, name));
    let file = match platform.open(&new, Open::Truncate, 0o600) {
        Err(Errno::ENOENT) => {
            platform.make_directory(&path(prefix, ""), 0o700)?;
            let mut parent = String::new();
            push(&mut parent, &[prefix, state::VOLUMES]);
            platform.sync(&platform.open(&parent, Open::Directory, 0)?)?;
            platform.open(&new, Open::Truncate, 0o600)?
        }
        opened => opened?,
    };
    let written = put(platform, &file, bytes)
        .and_then(|()| platform.rename(&new, &named))
        .and_then(|()| platform.open(&path(prefix, ""), Open::Directory, 0))
        .and_then(|directory| platform.sync(&directory));
    if written.is_err() {
        // whichever of them it is
        let _ = platform.unlink(&new);
        let _ = platform.unlink(&named);
    }
    written
}

fn put<P: Platform>(platform: &P, file: &P::Fd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match platform.write(file, bytes)? {
            0 => return Err(Errno::EIO),
            count => bytes = bytes.get(count..).unwrap_or_default(),
        }
    }
    platform.sync(file)
}
