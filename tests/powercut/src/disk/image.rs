//! What is on a disk at one moment.

use std::collections::BTreeMap;
use std::rc::Rc;

use libcell::platform::{Clock, Errno, FileKind, Metadata, Node};

use super::{Content, ROOT};

/// A file or directory, without its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inode {
    pub kind: FileKind,
    pub node: Option<Node>,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub modified: Clock,
    /// Of a file; of a link what it says.
    pub content: Content,
}

impl Inode {
    pub fn new(kind: FileKind, mode: u32) -> Self {
        Self {
            kind,
            node: None,
            mode,
            uid: 0,
            gid: 0,
            modified: Clock {
                seconds: 0,
                nanoseconds: 0,
            },
            content: Rc::default(),
        }
    }

    pub fn metadata(&self) -> Metadata {
        Metadata {
            kind: self.kind,
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            size: self.content.len() as u64,
        }
    }
}

/// Names of a directory.
pub(super) type Names = BTreeMap<Vec<u8>, u64>;

/// Everything.
#[derive(Clone, Debug)]
pub struct Image {
    pub(super) inodes: BTreeMap<u64, Inode>,
    pub(super) names: BTreeMap<u64, Names>,
    pub(super) next: u64,
}

impl Default for Image {
    fn default() -> Self {
        Self {
            inodes: BTreeMap::from([(ROOT, Inode::new(FileKind::Directory, 0o755))]),
            names: BTreeMap::from([(ROOT, Names::new())]),
            next: ROOT + 1,
        }
    }
}

/// What is kept of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    inode: Inode,
    /// The first name of the same file.
    same: Option<String>,
}

/// Everything in a directory, by name.
pub type Tree = BTreeMap<String, Kept>;

impl Image {
    pub(super) fn inode(&self, number: u64) -> Result<&Inode, Errno> {
        self.inodes.get(&number).ok_or(Errno::EIO)
    }

    pub(super) fn add(&mut self, inode: Inode) -> u64 {
        let number = self.next;
        self.next += 1;
        if inode.kind == FileKind::Directory {
            self.names.insert(number, Names::new());
        }
        self.inodes.insert(number, inode);
        number
    }

    /// The directory that a path's last component is in, and that component.
    pub(super) fn place(&self, from: u64, path: &[u8]) -> Result<(u64, Vec<u8>), Errno> {
        let mut directory = from;
        let mut parts: Vec<&[u8]> = path
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty())
            .collect();
        let last = parts.pop().unwrap_or(b".");
        for part in parts {
            let next = self.names.get(&directory).ok_or(Errno::ENOTDIR)?;
            directory = *next.get(part).ok_or(Errno::ENOENT)?;
        }
        if !self.names.contains_key(&directory) {
            return Err(Errno::ENOTDIR);
        }
        Ok((directory, last.into()))
    }

    pub(super) fn find(&self, from: u64, path: &[u8]) -> Result<u64, Errno> {
        let (directory, name) = self.place(from, path)?;
        if name == b"." {
            return Ok(directory);
        }
        let names = self.names.get(&directory).ok_or(Errno::ENOTDIR)?;
        names.get(&name).copied().ok_or(Errno::ENOENT)
    }

    /// How many names a file has.
    pub(super) fn links(&self, inode: u64) -> u32 {
        let all = self.names.values().flat_map(BTreeMap::values);
        all.filter(|number| **number == inode).count() as u32
    }

    /// What a directory that lasts knows of what is in it: that it is there. A file that was not made lasting itself is empty,
    /// and so is a directory; of links and nodes there is nothing more.
    pub(super) fn learn(&mut self, now: &Self, number: u64) {
        let Some(inode) = now.inodes.get(&number) else {
            return;
        };
        self.next = self.next.max(now.next);
        match inode.kind {
            FileKind::File | FileKind::Directory => {
                let empty = Inode {
                    content: Rc::default(),
                    mode: 0o600,
                    ..inode.clone()
                };
                self.inodes.entry(number).or_insert(empty);
                if inode.kind == FileKind::Directory {
                    self.names.entry(number).or_default();
                }
            }
            FileKind::Link | FileKind::Device | FileKind::Socket | FileKind::Other => {
                self.inodes.insert(number, inode.clone());
            }
        }
    }

    /// The names of this one, and the content of files as another has it.
    pub(super) fn with_content_of(&self, other: &Self) -> Self {
        let mut image = self.clone();
        for (number, inode) in &mut image.inodes {
            if let Some(of) = other
                .inodes
                .get(number)
                .filter(|of| of.kind == FileKind::File)
            {
                inode.content = of.content.clone();
            }
        }
        image
    }

    /// What is in a directory; `None` if it is not there.
    #[must_use]
    pub fn tree(&self, path: &str) -> Option<Tree> {
        let top = self.find(ROOT, path.as_bytes()).ok()?;
        let (mut tree, mut first) = (Tree::new(), BTreeMap::new());
        self.look(top, String::new(), &mut tree, &mut first);
        Some(tree)
    }

    fn look(&self, number: u64, name: String, tree: &mut Tree, first: &mut BTreeMap<u64, String>) {
        let inode = self.inodes[&number].clone();
        let same = first.get(&number).cloned();
        first.entry(number).or_insert_with(|| name.clone());
        tree.insert(name.clone(), Kept { inode, same });
        for (below, number) in self.names.get(&number).into_iter().flatten() {
            let below = String::from_utf8_lossy(below);
            self.look(*number, format!("{name}/{below}"), tree, first);
        }
    }
}
