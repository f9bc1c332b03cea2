//! How a command ends when it does not succeed.

use std::fmt;
use std::io;
use std::path::Path;

use libcell::image::ImageError;

use crate::board::LoadError;
use crate::report::Mistakes;
use crate::roots::RootError;

/// What went wrong, as one line after the program's name; mistakes stand before it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Arguments.
    Usage(String),
    /// Mistakes in the definitions of this board.
    Mistakes(String, Mistakes),
    /// Anything else: object, what, why.
    Other(String),
}

impl Failure {
    /// Something about `path`.
    pub(crate) fn at(path: &Path, what: &str, why: &dyn fmt::Display) -> Self {
        Self::Other(format!("{}: {what}: {why}", path.display()))
    }

    /// A file that cannot be read.
    pub(crate) fn read(path: &Path, why: &io::Error) -> Self {
        Self::at(path, "cannot be read", why)
    }

    /// A file that cannot be written.
    pub(crate) fn write(path: &Path, why: &io::Error) -> Self {
        Self::at(path, "cannot be written", why)
    }

    /// A file that is not an image.
    pub(crate) fn image(path: &Path, why: ImageError) -> Self {
        Self::at(path, "refused", &why)
    }

    /// A board that could not be loaded.
    pub(crate) fn load(board: &Path, why: LoadError) -> Self {
        match why {
            LoadError::Mistakes(mistakes) => Self::Mistakes(board.display().to_string(), mistakes),
            LoadError::Read(path, why) => Self::read(&path, &why),
            LoadError::Root(why) => Self::root(&why),
            LoadError::Image(_) => Self::Other(format!("{}: {why}", board.display())),
        }
    }

    /// A root that could not be read or laid out.
    pub(crate) fn root(why: &RootError) -> Self {
        Self::Other(why.to_string())
    }

    /// The exit status.
    pub(crate) const fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => libcell::entry::USAGE,
            Self::Mistakes(..) | Self::Other(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(why) => write!(f, "cellbake: {why}"),
            Self::Mistakes(board, mistakes) => {
                mistakes.fmt(f)?;
                let how_many = count(mistakes.shown.len(), "mistake");
                let files = count(mistakes.files, "file");
                write!(f, "cellbake: {board}: {how_many} in {files}")
            }
            Self::Other(why) => write!(f, "cellbake: {why}"),
        }
    }
}

/// `1 cell`, `2 cells`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
