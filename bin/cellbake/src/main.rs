//! Checks a board's cells and bakes them into an image.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Result<Vec<String>, _> =
        std::env::args_os().map(OsString::into_string).collect();
    let Ok(arguments) = arguments else {
        eprintln!("cellbake: arguments: not UTF-8");
        return ExitCode::from(libcell::entry::USAGE);
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    ExitCode::from(cellbake::run(&arguments))
}
