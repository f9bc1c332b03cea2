//! A board's directory, read and checked.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use libcell::image::ImageError;

use crate::definition::{BoardDef, CellDef, PlanDef, VolumeDef};
use crate::device::Device;
use crate::files::{self, FileId, Files};
use crate::report::{Mistakes, Report};
pub use crate::resolve::Base;
use crate::resolve::{Assembled, Definitions, assemble, bases};
use crate::roots::{Root, RootError, Tree};

/// Where the files of cells' roots are copied from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The board's `[source]`, if it has one.
    OfBoard,
    /// This directory, whatever the board says.
    Directory(PathBuf),
}

/// A board without mistakes.
#[derive(Clone, Debug)]
pub struct Board {
    /// Its directory.
    pub directory: PathBuf,
    /// The bytes of its `cells.bin`.
    pub image: Vec<u8>,
    /// The bytes of its rescue image, if it has a rescue cell.
    pub rescue: Option<Vec<u8>>,
    /// The roots of its cells, by cell.
    pub roots: Vec<Root>,
    /// The device beside its cells.
    pub device: Device,
    /// What each cell's operations are made from, by cell.
    pub bases: BTreeMap<String, Base>,
    /// What is worth a line.
    pub notes: Vec<String>,
}

/// Why a board was not loaded.
#[derive(Debug)]
pub enum LoadError {
    /// A file or directory that cannot be read.
    Read(PathBuf, io::Error),
    /// A file of a cell's root that cannot be read.
    Root(RootError),
    /// Mistakes in its definitions.
    Mistakes(Mistakes),
    /// The definitions were found well and the image is not: a defect of this program.
    Image(ImageError),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, why) => write!(f, "{}: {why}", path.display()),
            Self::Root(error) => error.fmt(f),
            Self::Mistakes(mistakes) => mistakes.fmt(f),
            Self::Image(error) => write!(f, "the image made of it would be refused: {error}"),
        }
    }
}

impl std::error::Error for LoadError {}

/// Reads and checks `board.toml`, `cells/*.toml`, `volumes/*.toml` and `plans/*.apply` in `directory`.
///
/// # Errors
/// All mistakes in all of them at once, or what kept them from being read.
pub fn load(directory: &Path, source: &Source) -> Result<Board, LoadError> {
    match load_over_budget(directory, source)? {
        (board, None) => Ok(board),
        (_, Some(mistakes)) => Err(LoadError::Mistakes(mistakes)),
    }
}

/// As [`load`], but a board with no other mistakes than budgets that do not hold is given with them, to be looked at.
///
/// # Errors
/// As those of [`load`].
pub fn load_over_budget(
    directory: &Path,
    source: &Source,
) -> Result<(Board, Option<Mistakes>), LoadError> {
    let files = Files::default();
    let report = Report::new(&files);
    let mut unread = Vec::new();
    let definitions = read(directory, &files, &report, &mut unread)?;
    let tree = open_tree(directory, source, &definitions)?;
    let Assembled {
        image,
        rescue,
        roots,
        device,
        mut notes,
    } = assemble(&definitions, directory, tree.as_ref(), &report).map_err(LoadError::Root)?;
    if !report.is_only_budgets() {
        return Err(LoadError::Mistakes(report.into_mistakes()));
    }
    let bases = bases(&definitions, &report);
    notes.extend(unread);
    let board = Board {
        directory: directory.to_path_buf(),
        image: image.map_err(LoadError::Image)?,
        rescue: rescue.transpose().map_err(LoadError::Image)?,
        roots,
        device,
        bases,
        notes,
    };
    let over = (!report.is_empty()).then(|| report.into_mistakes());
    Ok((board, over))
}

/// Reads what a board's directory says, mistakes in single values into `report`; what is passed over is named in `unread`.
pub(crate) fn read(
    directory: &Path,
    files: &Files,
    report: &Report<'_>,
    unread: &mut Vec<String>,
) -> Result<Definitions, LoadError> {
    let top = directory.join("board.toml");
    let board = files
        .read(&top)
        .map(|file| BoardDef::read(report, file))
        .map_err(|why| LoadError::Read(top, why))?;
    let mut find = |kind, extension| find(directory, kind, extension, files, unread);
    let (cells, volumes, plans) = (
        find("cells", "toml")?,
        find("volumes", "toml")?,
        find("plans", "apply")?,
    );
    Ok(Definitions {
        board,
        cells: cells.map(|file| CellDef::read(report, file)).collect(),
        volumes: volumes.map(|file| VolumeDef::read(report, file)).collect(),
        plans: plans.map(|file| PlanDef::read(report, file)).collect(),
    })
}

/// Reads the files `<kind>/*.<extension>`; what else is there is named in `unread`.
fn find(
    directory: &Path,
    kind: &str,
    extension: &str,
    files: &Files,
    unread: &mut Vec<String>,
) -> Result<std::vec::IntoIter<FileId>, LoadError> {
    let inside = directory.join(kind);
    let listing = files::list(&inside, &[extension]).map_err(|why| LoadError::Read(inside, why))?;
    for other in listing.others {
        let name = other.file_name().unwrap_or_default().to_string_lossy();
        unread.push(format!("{kind}/{name} is not read: it is no *.{extension}"));
    }
    let mut read = Vec::new();
    for path in listing.wanted {
        match files.read(&path) {
            Ok(file) => read.push(file),
            Err(why) => return Err(LoadError::Read(path, why)),
        }
    }
    Ok(read.into_iter())
}

fn open_tree(
    directory: &Path,
    source: &Source,
    definitions: &Definitions,
) -> Result<Option<Tree>, LoadError> {
    let top = match (source, &definitions.board.source) {
        (Source::Directory(top), _) => top.clone(),
        // relative to the board; an absolute one stays
        (Source::OfBoard, Some(root)) => directory.join(&root.value),
        (Source::OfBoard, None) => return Ok(None),
    };
    match Tree::new(&top) {
        Ok(tree) => Ok(Some(tree)),
        Err(why) => Err(LoadError::Read(top, why)),
    }
}
