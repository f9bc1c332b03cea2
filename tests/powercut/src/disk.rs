//! A file system in memory that knows what would be left of it if the power went.
//!
//! It keeps two images: what programs see, and what lasts. What lasts changes only where somebody asked for it: fsync(2) of a
//! file makes its content last, fsync(2) of a directory its names. A rename is one change of both directories. Real file
//! systems keep more, sooner; no program may count on it.

mod calls;
mod changes;
mod image;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub use image::{Image, Kept, Tree};

/// The root directory.
const ROOT: u64 = 1;

/// An open file.
#[derive(Debug)]
pub struct Fd {
    inode: u64,
    offset: Cell<u64>,
    listed: Cell<bool>,
}

/// What happened to the disk.
#[derive(Debug, Default)]
struct Disks {
    now: Image,
    lasting: Image,
    /// Renames that are not whole on the medium: from which directory and name, to which.
    renames: Vec<Rename>,
    /// What could be there after a cut, at each point, if it is wanted.
    record: Option<Vec<Point>>,
}

#[derive(Debug)]
struct Rename {
    from: (u64, Vec<u8>),
    to: (u64, Vec<u8>),
    inode: u64,
}

/// A point at which it was cut.
#[derive(Clone, Debug)]
pub struct Point {
    /// The call after which, or within which.
    pub call: &'static str,
    /// How.
    pub cut: Cut,
    /// What is there afterwards.
    pub image: Image,
}

/// What goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// The process: everything that it did is there.
    Killed,
    /// The process within a write: half of that is there.
    Torn,
    /// The power: what was not made lasting is not there.
    Dropped,
    /// The power, after data was written and names were not.
    WrittenBack,
}

/// The file system.
#[derive(Debug, Default)]
pub struct Disk {
    disks: RefCell<Disks>,
    /// KiB that are free.
    pub free_kib: Cell<u64>,
    clock: Cell<i64>,
}

impl Disk {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Image::default())
    }

    /// One that was found after a cut.
    #[must_use]
    pub fn of(image: Image) -> Self {
        let disk = Self::default();
        disk.free_kib.set(1 << 20);
        disk.clock.set(1_800_000_000);
        *disk.disks.borrow_mut() = Disks {
            lasting: image.clone(),
            now: image,
            ..Disks::default()
        };
        disk
    }

    /// Makes everything last, and records from now on.
    pub fn record(&self) {
        let mut disks = self.disks.borrow_mut();
        disks.lasting = disks.now.clone();
        disks.renames.clear();
        disks.record = Some(Vec::new());
    }

    /// What was recorded.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        self.disks.borrow_mut().record.take().unwrap_or_default()
    }

    /// What is there now.
    #[must_use]
    pub fn image(&self) -> Image {
        self.disks.borrow().now.clone()
    }

    /// What is in a directory.
    #[must_use]
    pub fn tree(&self, path: &str) -> Option<Tree> {
        self.disks.borrow().now.tree(path)
    }
}

impl Disks {
    /// Something has changed.
    fn changed(&mut self, call: &'static str) {
        let Some(record) = &mut self.record else {
            return;
        };
        let mut point = |cut, image| record.push(Point { call, cut, image });
        point(Cut::Killed, self.now.clone());
        point(Cut::Dropped, self.lasting.clone());
        point(Cut::WrittenBack, self.lasting.with_content_of(&self.now));
    }

    /// A write is half done.
    fn torn(&mut self, call: &'static str, image: Image) {
        if let Some(record) = &mut self.record {
            let written = self.lasting.with_content_of(&image);
            record.push(Point {
                call,
                cut: Cut::Torn,
                image,
            });
            record.push(Point {
                call,
                cut: Cut::WrittenBack,
                image: written,
            });
        }
    }

    /// fsync(2).
    fn sync(&mut self, inode: u64) {
        let Some(of) = self.now.inodes.get(&inode) else {
            return;
        };
        self.lasting.inodes.insert(inode, of.clone());
        let Some(names) = self.now.names.get(&inode).cloned() else {
            return;
        };
        for child in names.values() {
            self.lasting.learn(&self.now, *child);
        }
        self.lasting.names.insert(inode, names);
        let (done, open) = std::mem::take(&mut self.renames)
            .into_iter()
            .partition(|rename: &Rename| rename.from.0 == inode || rename.to.0 == inode);
        self.renames = open;
        for rename in done {
            let (directory, name) = rename.from;
            if directory != inode
                && let Some(names) = self.lasting.names.get_mut(&directory)
                && names.get(&name) == Some(&rename.inode)
            {
                names.remove(&name);
            }
            let (directory, name) = rename.to;
            if directory != inode && self.lasting.names.contains_key(&directory) {
                self.lasting.learn(&self.now, rename.inode);
                if let Some(names) = self.lasting.names.get_mut(&directory) {
                    names.insert(name, rename.inode);
                }
            }
        }
    }
}

/// The content of a file, shared by all images that have it.
type Content = Rc<Vec<u8>>;
