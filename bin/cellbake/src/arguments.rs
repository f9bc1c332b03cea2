//! What cellbake takes.

use std::path::PathBuf;

use argh::FromArgs;

/// Check a board's cells, bake them into an image, look into images.
#[derive(FromArgs, Debug)]
#[argh(
    note = "A BOARD is a directory with a board.toml; see board.toml(5) and cell.toml(5).",
    error_code(0, "done; diff: no differences."),
    error_code(1, "mistakes were found, or it failed."),
    error_code(2, "diff: differences."),
    error_code(64, "arguments that are not as above.")
)]
pub(crate) struct Arguments {
    #[argh(subcommand)]
    pub command: Command,
}

#[derive(FromArgs, Debug)]
#[argh(subcommand)]
pub(crate) enum Command {
    Check(Check),
    Bake(Bake),
    Inspect(Inspect),
    Diff(Diff),
    Size(Size),
    Report(Report),
    Import(Import),
    Sign(Sign),
    Verify(Verify),
    Detach(Detach),
    Firmware(Firmware),
    StandIn(StandIn),
    List(List),
}

/// find all mistakes in a board
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "check")]
pub(crate) struct Check {
    /// tree that cells' files are copied from, instead of the board's own
    #[argh(option, arg_name = "directory")]
    pub source: Option<PathBuf>,
    /// the board
    #[argh(positional)]
    pub board: PathBuf,
}

/// write a board's image, and with --roots the roots of its cells
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "bake")]
pub(crate) struct Bake {
    /// the image to write
    #[argh(option, short = 'o', arg_name = "file")]
    pub output: PathBuf,
    /// directory to lay the cells' roots out in
    #[argh(option, arg_name = "directory")]
    pub roots: Option<PathBuf>,
    /// the rescue image to write, of a board that has a rescue cell
    #[argh(option, arg_name = "file")]
    pub rescue: Option<PathBuf>,
    /// tree that cells' files are copied from, instead of the board's own
    #[argh(option, arg_name = "directory")]
    pub source: Option<PathBuf>,
    /// the board
    #[argh(positional)]
    pub board: PathBuf,
}

/// show what an image says
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "inspect")]
pub(crate) struct Inspect {
    /// tab-separated values
    #[argh(switch, short = 'T')]
    pub tsv: bool,
    /// no headings
    #[argh(switch, short = 'H')]
    pub no_headings: bool,
    /// JSON, all of it
    #[argh(switch, short = 'J')]
    pub json: bool,
    /// the image
    #[argh(positional)]
    pub image: PathBuf,
    /// cells to show in full; without any, a line for each
    #[argh(positional)]
    pub cells: Vec<String>,
}

/// show how two images differ, field by field
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "diff")]
pub(crate) struct Diff {
    /// the one before
    #[argh(positional)]
    pub before: PathBuf,
    /// the one after
    #[argh(positional)]
    pub after: PathBuf,
}

/// show what a board or an image takes of RAM and flash
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "size")]
pub(crate) struct Size {
    /// tab-separated values
    #[argh(switch, short = 'T')]
    pub tsv: bool,
    /// no headings
    #[argh(switch, short = 'H')]
    pub no_headings: bool,
    /// JSON
    #[argh(switch, short = 'J')]
    pub json: bool,
    /// tree that cells' files are copied from, instead of the board's own
    #[argh(option, arg_name = "directory")]
    pub source: Option<PathBuf>,
    /// a board or an image
    #[argh(positional)]
    pub what: PathBuf,
}

/// write what a board or an image comes to as one HTML file, to be read and printed
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "report")]
pub(crate) struct Report {
    /// the file to write
    #[argh(option, short = 'o', arg_name = "file")]
    pub output: PathBuf,
    /// tree that cells' files are copied from, instead of the board's own
    #[argh(option, arg_name = "directory")]
    pub source: Option<PathBuf>,
    /// an earlier image, to show what changed
    #[argh(option, arg_name = "image")]
    pub against: Option<PathBuf>,
    /// a board or an image
    #[argh(positional)]
    pub what: PathBuf,
}

/// turn cellmgr's and celladm's .cell, .volume and .apply files into a board
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "import")]
pub(crate) struct Import {
    /// the board to write, a directory that is not there yet
    #[argh(option, short = 'o', arg_name = "directory")]
    pub output: PathBuf,
    /// files, or directories of them
    #[argh(positional)]
    pub paths: Vec<PathBuf>,
}

/// sign an image of cells, or any file, in the format of minisign(1)
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "sign")]
pub(crate) struct Sign {
    /// secret key file
    #[argh(option, short = 'k', arg_name = "file")]
    pub key: Option<PathBuf>,
    /// file whose first line is the key's password; without it the terminal is asked
    #[argh(option, arg_name = "file")]
    pub password_file: Option<PathBuf>,
    /// trusted comment of the signature
    #[argh(option, short = 'c', arg_name = "text")]
    pub comment: Option<String>,
    /// signature that minisign(1) made, instead of a key: it becomes the image's
    #[argh(option, arg_name = "file")]
    pub signature: Option<PathBuf>,
    /// an image of cells, which is signed inside, or another file, whose signature is written beside it
    #[argh(positional)]
    pub file: PathBuf,
}

/// verify a signature
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "verify")]
pub(crate) struct Verify {
    /// public key file
    #[argh(option, short = 'p', arg_name = "file")]
    pub key: PathBuf,
    /// an image of cells, or another file with its signature beside it
    #[argh(positional)]
    pub file: PathBuf,
}

/// take an image and its signature apart, for minisign(1)
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "detach")]
pub(crate) struct Detach {
    /// the image without its signature; the signature is written beside it
    #[argh(option, short = 'o', arg_name = "file")]
    pub output: PathBuf,
    /// the image
    #[argh(positional)]
    pub image: PathBuf,
}

/// make what is written to a board's flash: file systems and an image of the whole
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "firmware")]
pub(crate) struct Firmware {
    /// directory to make it in; an earlier image there is replaced
    #[argh(option, short = 'o', arg_name = "directory")]
    pub output: PathBuf,
    /// the release's tree
    #[argh(option, arg_name = "directory")]
    pub source: PathBuf,
    /// directory of the release's kernels
    #[argh(option, arg_name = "directory")]
    pub kernels: PathBuf,
    /// directory of the device programs
    #[argh(option, arg_name = "directory")]
    pub programs: PathBuf,
    /// the module, of a board that loads it
    #[argh(option, arg_name = "file")]
    pub module: Option<PathBuf>,
    /// secret key to sign everything with
    #[argh(option, short = 'k', arg_name = "file")]
    pub key: Option<PathBuf>,
    /// file whose first line is the key's password; without it the terminal is asked
    #[argh(option, arg_name = "file")]
    pub password_file: Option<PathBuf>,
    /// the board's image, signed elsewhere
    #[argh(option, arg_name = "file")]
    pub cells: Option<PathBuf>,
    /// the board's rescue image, signed elsewhere
    #[argh(option, arg_name = "file")]
    pub rescue: Option<PathBuf>,
    /// public key of who signed these
    #[argh(option, short = 'p', arg_name = "file")]
    pub public_key: Option<PathBuf>,
    /// image of an earlier build: the report says what changed
    #[argh(option, arg_name = "file")]
    pub against: Option<PathBuf>,
    /// the board
    #[argh(positional)]
    pub board: PathBuf,
}

/// make a tree with something for each path that a board copies from a release, to try it without one
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "stand-in")]
pub(crate) struct StandIn {
    /// directory to make it in, not there yet: root/ and kernel/
    #[argh(option, short = 'o', arg_name = "directory")]
    pub output: PathBuf,
    /// the board
    #[argh(positional)]
    pub board: PathBuf,
}

/// list what is in a file system that firmware or makefs(8) made
#[derive(FromArgs, Debug)]
#[argh(subcommand, name = "list")]
pub(crate) struct List {
    /// a file system of UFS1, of either byte order
    #[argh(positional)]
    pub image: PathBuf,
}
