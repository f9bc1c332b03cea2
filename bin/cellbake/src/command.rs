//! The commands: each does its work and gives what to print.

mod bake;
pub(crate) mod diff;
mod firmware;
mod inspect;
mod report;
mod sign;
mod size;
mod stand_in;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use libcell::image::{self, Opened};
use libcell::platform::Errno;
use libcell::table::{Format, Headings, Style};

use crate::arguments::{Arguments, Command};
use crate::board::Source;
use crate::failure::Failure;
use crate::import;

pub(crate) use sign::{minisig, of_image, public, signed};

/// What a command says and how it exits.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// On standard output.
    pub out: Vec<u8>,
    /// On standard error, a line each after the program's name.
    pub notes: Vec<String>,
    /// Exit status.
    pub status: u8,
    /// Why it did not succeed although something was done; its status counts.
    pub failure: Option<Failure>,
}

pub(crate) fn run(arguments: Arguments) -> Result<Said, Failure> {
    match arguments.command {
        Command::Check(arguments) => bake::check(&arguments),
        Command::Bake(arguments) => bake::bake(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
        Command::Size(arguments) => size::size(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Import(arguments) => import::import(&arguments),
        Command::Sign(arguments) => sign::sign(&arguments),
        Command::Verify(arguments) => sign::verify(&arguments),
        Command::Detach(arguments) => sign::detach(&arguments),
        Command::Firmware(arguments) => firmware::firmware(&arguments),
        Command::List(arguments) => firmware::list(&arguments),
        Command::StandIn(arguments) => stand_in::stand_in(&arguments),
    }
}

fn source(argument: &Option<PathBuf>) -> Source {
    argument.clone().map_or(Source::OfBoard, Source::Directory)
}

/// `-T`, `-H` and `-J`.
fn style(tsv: bool, no_headings: bool, json: bool) -> Result<Style, Failure> {
    let format = match (tsv, json) {
        (false, false) => Format::Human,
        (true, false) => Format::Tsv,
        (false, true) => Format::Json,
        (true, true) => return Err(Failure::Usage("-T and -J: one of them".to_owned())),
    };
    let headings = if no_headings {
        Headings::Hidden
    } else {
        Headings::Shown
    };
    Ok(Style { format, headings })
}

fn open_image<'b>(path: &Path, bytes: &'b [u8]) -> Result<Opened<'b>, Failure> {
    image::open(bytes).map_err(|why| Failure::image(path, why))
}

pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|why| Failure::read(path, &why))
}

/// Beside it first: whoever reads `path` sees the old file or the new one.
fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let beside = beside(path, ".unfinished");
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(|why| Failure::write(path, &why))
}

/// The path with something after its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(ending);
    PathBuf::from(beside)
}

/// A table's sink in memory.
#[derive(Debug, Default)]
struct Buffer(Vec<u8>);

impl embedded_io::ErrorType for Buffer {
    type Error = Errno;
}

impl embedded_io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Errno> {
        Ok(())
    }
}
