//! What a root file system has in it: the system, the toolkit, the cells' roots, and what is made for this board.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use crate::paths;
use crate::roots::{Content, Entry, Kind, Root};

/// The oldest time that every format can say, 1980-01-01: the same for everything.
pub(super) const TIME: i64 = crate::roots::MTIME;

/// Something in a file system, root's unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// What it is.
    pub what: What,
}

/// What something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A directory.
    Directory,
    /// A symbolic link that says this.
    Link(String),
    /// A file with this in it.
    Bytes(Vec<u8>),
    /// A file with what that file of the build host has in it.
    Copy(PathBuf),
    /// A device node: `char` or `block`, major and minor.
    Node(&'static str, u32, u32),
}

/// A file system: by path, parents before what is in them; the root directory itself is not listed.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub items: BTreeMap<String, Item>,
}

/// Two things at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken(pub String);

impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: two things at this path of the root file system",
            self.0
        )
    }
}

impl Item {
    pub fn directory(mode: u32) -> Self {
        Self::of(mode, What::Directory)
    }

    pub fn text(mode: u32, text: String) -> Self {
        Self::of(mode, What::Bytes(text.into_bytes()))
    }

    pub fn link(target: &str) -> Self {
        Self::of(0o777, What::Link(target.to_owned()))
    }

    pub const fn of(mode: u32, what: What) -> Self {
        Self {
            mode,
            uid: 0,
            gid: 0,
            what,
        }
    }
}

impl Layout {
    /// Adds something that must not be there yet, and the directories above it that are missing.
    pub fn add(&mut self, path: &str, item: Item) -> Result<(), Taken> {
        for parent in paths::parents(path) {
            let above = self
                .items
                .entry(parent.to_owned())
                .or_insert_with(|| Item::directory(0o755));
            if above.what != What::Directory {
                return Err(Taken(parent.to_owned()));
            }
        }
        match self.items.get(path) {
            Some(there) if there.what == What::Directory && item.what == What::Directory => {}
            Some(_) => return Err(Taken(path.to_owned())),
            None => {}
        }
        self.items.insert(path.to_owned(), item);
        Ok(())
    }

    /// Adds something unless the board has it otherwise.
    pub fn offer(&mut self, path: &str, item: Item) -> Result<(), Taken> {
        if self.items.contains_key(path) {
            return Ok(());
        }
        self.add(path, item)
    }

    /// Adds a root below `top`; nothing of it is unseen.
    pub fn add_root(&mut self, top: &str, root: &Root) -> Result<(), Taken> {
        if !top.is_empty() {
            self.add(top, Item::directory(0o755))?;
        }
        for (path, Entry { mode, kind }) in &root.entries {
            let item = match kind {
                Kind::Directory => Item::directory(*mode),
                Kind::Link(target) => Item::link(target),
                Kind::File(Content::Bytes(bytes)) => {
                    Item::of(plain(*mode), What::Bytes(bytes.clone()))
                }
                Kind::File(Content::Copy(from)) => Item::of(plain(*mode), What::Copy(from.clone())),
                // without a source nothing is laid out
                Kind::File(Content::Unseen) => continue,
            };
            self.add(&format!("{top}{path}"), item)?;
        }
        Ok(())
    }

    /// The specification that makefs(8) takes, in the form of mtree(8).
    pub fn specification(&self) -> String {
        let mut text = format!("/set uid=0 gid=0 time={TIME}.0\n. type=dir mode=0755\n");
        for (path, item) in &self.items {
            let kind = match &item.what {
                What::Directory => "dir".to_owned(),
                What::Link(_) => "link".to_owned(),
                What::Bytes(_) | What::Copy(_) => "file".to_owned(),
                What::Node(kind, major, minor) => format!("{kind} device=netbsd,{major},{minor}"),
            };
            // a String takes everything
            let _ = write!(
                text,
                ".{} type={kind} mode={:04o}",
                escaped(path),
                item.mode
            );
            if (item.uid, item.gid) != (0, 0) {
                let _ = write!(text, " uid={} gid={}", item.uid, item.gid);
            }
            text.push('\n');
        }
        text
    }
}

/// Modes that differ only in what a read-only file system does not let anybody do are made one, so that files that are
/// the same can be one.
const fn plain(mode: u32) -> u32 {
    match mode {
        _ if mode & 0o7000 != 0 || mode & 0o004 == 0 => mode,
        _ if mode & 0o111 != 0 => 0o755,
        _ => 0o644,
    }
}

/// A path as mtree(8) reads it back: what is no letter, digit or mark of its own is said in octal.
fn escaped(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/._-+,@%:".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "\\{byte:03o}");
        }
        text
    })
}

#[cfg(test)]
mod tests;
