//! The tree that cells' files are copied from: a release's files, or the build host's.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

/// Links followed before it is called a loop; what Linux and NetBSD allow is 40 and 32.
const LINKS_MAX: u32 = 32;

/// A directory that is `/` to what is copied: links in it are followed within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    top: PathBuf,
}

/// What a path of a tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Glimpse {
    /// A file, where it is on the build host, and its mode.
    File(PathBuf, u32),
    /// A directory, likewise.
    Directory(PathBuf, u32),
    /// A device, socket or pipe.
    Other,
}

impl Tree {
    /// The tree below `top`.
    ///
    /// # Errors
    /// It is not a directory.
    pub fn new(top: &Path) -> io::Result<Self> {
        if fs::metadata(top)?.is_dir() {
            Ok(Self {
                top: top.to_path_buf(),
            })
        } else {
            Err(io::Error::from(io::ErrorKind::NotADirectory))
        }
    }

    /// Where it is on the build host.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// What `path` is, links followed as if the tree were `/`.
    ///
    /// # Errors
    /// It is not there, or its links go round in circles.
    pub fn look(&self, path: &str) -> io::Result<Glimpse> {
        let on_host = self.top.join(self.resolve(Path::new(path))?);
        let metadata = fs::symlink_metadata(&on_host)?;
        let mode = metadata.permissions().mode();
        Ok(if metadata.is_file() {
            Glimpse::File(on_host, mode)
        } else if metadata.is_dir() {
            Glimpse::Directory(on_host, mode)
        } else {
            Glimpse::Other
        })
    }

    /// What `path` says if it is a link, links above it followed.
    ///
    /// # Errors
    /// It is not there, what it says is no text, or the links above it go round in circles.
    pub fn link(&self, path: &str) -> io::Result<Option<String>> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let on_host = self
            .top
            .join(self.resolve(Path::new(directory))?)
            .join(name);
        if !fs::symlink_metadata(&on_host)?.is_symlink() {
            return Ok(None);
        }
        match fs::read_link(on_host)?.into_os_string().into_string() {
            Ok(target) => Ok(Some(target)),
            Err(_) => Err(io::Error::other("a link that says no text")),
        }
    }

    /// The paths that `pattern` stands for, sorted: its last component may have `*` in it.
    ///
    /// # Errors
    /// Its directory cannot be read.
    pub fn expand(&self, pattern: &str) -> io::Result<Vec<String>> {
        let (directory, last) = pattern.rsplit_once('/').unwrap_or(("", pattern));
        if !last.contains('*') {
            return Ok(vec![pattern.to_owned()]);
        }
        let on_host = self.top.join(self.resolve(Path::new(directory))?);
        let mut found = Vec::new();
        for entry in fs::read_dir(on_host)? {
            let name = entry?.file_name();
            if let Some(name) = name.to_str()
                && !name.starts_with('.')
                && matches(last, name)
            {
                found.push(format!("{directory}/{name}"));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The path below `top` without links in it.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let mut resolved = PathBuf::new();
        let mut ahead: Vec<PathBuf> = components(path);
        let mut links = 0;
        while let Some(next) = ahead.pop() {
            if next.as_os_str() == ".." {
                resolved.pop();
                continue;
            }
            let candidate = resolved.join(&next);
            let on_host = self.top.join(&candidate);
            if fs::symlink_metadata(&on_host)?.is_symlink() {
                links += 1;
                if links > LINKS_MAX {
                    return Err(io::Error::other("too many links"));
                }
                let target = fs::read_link(&on_host)?;
                if target.is_absolute() {
                    resolved = PathBuf::new();
                }
                ahead.extend(components(&target));
            } else {
                resolved = candidate;
            }
        }
        Ok(resolved)
    }
}

/// The components, the last one first; `..` is kept, `/` and `.` are not.
fn components(path: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(PathBuf::from(name)),
            Component::ParentDir => Some(PathBuf::from("..")),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
        })
        .collect();
    all.reverse();
    all
}

/// Whether `name` is one that `pattern` stands for; `*` is any run of characters.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}
