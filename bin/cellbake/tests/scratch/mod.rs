//! A board in a directory of its own, gone when dropped.

// each file of tests uses a part of it
#![allow(dead_code)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cellbake::board::{self, Board, LoadError, Source};

/// The smallest board: one cell, whose program is in a source of the board's own.
pub const BOARD: &str = r#"name = "small"
arch = "armv7"
ram = "64M"
flash = "16M"

[users]
range = [5000, 5999]

[source]
root = "source"
"#;

/// Its cell.
pub const CELL: &str = r#"command = ["/bin/prog"]

[contents]
copy = ["/bin/prog"]
"#;

pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// The smallest board with these files added or replaced.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let scratch = Self(tempfile::tempdir().unwrap());
        scratch.write("board.toml", BOARD);
        scratch.write("cells/a.toml", CELL);
        scratch.write("source/bin/prog", "program\n");
        let program = scratch.path().join("source/bin/prog");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        for (path, text) in files {
            scratch.write(path, text);
        }
        scratch
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program in the board's source.
    pub fn source(&self, path: &str) {
        let path = format!("source/{path}");
        self.write(&path, "program\n");
        let path = self.path().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn load(&self) -> Result<Board, LoadError> {
        board::load(self.path(), &Source::OfBoard)
    }

    /// The mistakes, with paths relative to the board.
    pub fn mistakes(&self) -> Vec<String> {
        let before = format!("{}/", self.path().display());
        match self.load() {
            Ok(_) => Vec::new(),
            Err(LoadError::Mistakes(mistakes)) => mistakes
                .shown
                .iter()
                .map(|mistake| mistake.replace(&before, ""))
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    /// Bakes into a file of the board's directory.
    pub fn bake(&self) -> PathBuf {
        let image = self.path().join("cells.bin");
        fs::write(&image, self.bake_to_bytes()).unwrap();
        image
    }

    pub fn bake_to_bytes(&self) -> Vec<u8> {
        let board = self.load().unwrap_or_else(|error| panic!("{error}"));
        cellbake::bake(&board).to_vec()
    }
}

/// Runs the program.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cellbake"))
        .args(arguments)
        .output()
        .unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// One mistake, which begins with `what` and stands at `place`.
#[track_caller]
pub fn one(files: &[(&str, &str)], what: &str, place: &str) {
    let mistakes = Scratch::new(files).mistakes();
    let [mistake] = mistakes.as_slice() else {
        panic!("{} mistakes: {}", mistakes.len(), mistakes.join("\n"));
    };
    let title = mistake.lines().next().unwrap();
    assert_eq!(title, format!("error: {what}"), "{mistake}");
    assert!(
        mistake.contains(&format!("--> {place}\n")),
        "not at {place}:\n{mistake}"
    );
    assert!(mistake.contains('^'), "no caret:\n{mistake}");
}

/// In the top table of the cell, on its second line.
#[track_caller]
pub fn in_cell(line: &str, what: &str, column: usize) {
    let cell = CELL.replacen("\n\n", &format!("\n{line}\n\n"), 1);
    one(
        &[("cells/a.toml", &cell)],
        what,
        &format!("cells/a.toml:2:{column}"),
    );
}

/// After the cell: its fifth line is empty, `text` begins on the sixth.
#[track_caller]
pub fn after_cell(text: &str, what: &str, place: &str) {
    let cell = format!("{CELL}\n{text}\n");
    one(
        &[("cells/a.toml", &cell)],
        what,
        &format!("cells/a.toml:{place}"),
    );
}

/// After the board: `text` begins on line 12.
#[track_caller]
pub fn after_board(text: &str, what: &str, place: &str) {
    let board = format!("{BOARD}\n{text}\n");
    one(
        &[("board.toml", &board)],
        what,
        &format!("board.toml:{place}"),
    );
}
