//! The text files of a board, read once, and places in them.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Longest definition in bytes: a generated mistake is refused before it is parsed.
const LONGEST: u64 = 1 << 20;

/// A file of [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(usize);

/// A place in a file, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// From and to.
    pub range: Range<usize>,
}

/// Something that was read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// It.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Located<T> {
    /// The same place, something else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<U> {
        Located {
            value: change(self.value),
            span: self.span,
        }
    }
}

/// One file.
#[derive(Debug, Default)]
pub struct File {
    /// As the user would name it.
    pub path: String,
    /// File name without directory and extension.
    pub stem: String,
    /// What it says.
    pub text: String,
}

/// All files of a board. Grows while they refer to one another; what was read stays.
#[derive(Debug, Default)]
pub struct Files(RefCell<Vec<Rc<File>>>);

impl Files {
    /// Reads a file.
    ///
    /// # Errors
    /// What the system says, or that it is no text or too long.
    pub fn read(&self, path: &Path) -> io::Result<FileId> {
        let size = fs::metadata(path)?.len();
        if size > LONGEST {
            return Err(io::Error::other(format!(
                "{size} bytes, and a definition has at most {LONGEST}"
            )));
        }
        let text = fs::read_to_string(path)?;
        Ok(self.add(path, text))
    }

    /// Adds text that was read elsewhere.
    pub fn add(&self, path: &Path, text: String) -> FileId {
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mut files = self.0.borrow_mut();
        files.push(Rc::new(File {
            path: path.display().to_string(),
            stem,
            text,
        }));
        FileId(files.len() - 1)
    }

    /// The file; an identifier of another collection gives an empty one.
    #[must_use]
    pub fn get(&self, id: FileId) -> Rc<File> {
        self.0.borrow().get(id.0).cloned().unwrap_or_default()
    }
}

/// What a directory has in it.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files `*.extension` that were asked for, by name.
    pub wanted: Vec<PathBuf>,
    /// Everything else but hidden files, by name.
    pub others: Vec<PathBuf>,
}

/// Lists a directory; one that is not there is empty.
///
/// # Errors
/// What the system says.
pub fn list(directory: &Path, extensions: &[&str]) -> io::Result<Listing> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::default()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    let is_hidden = |path: &Path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    paths.retain(|path| !is_hidden(path));
    let (wanted, others) = paths.into_iter().partition(|path| {
        path.extension()
            .is_some_and(|have| extensions.iter().any(|extension| have == *extension))
    });
    Ok(Listing { wanted, others })
}
