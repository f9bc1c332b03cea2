//! cellinit: starts the cells of an image and supervises them, one process for all.
//!
//! - [`automaton`]: what to do when, without I/O
//! - `shell`: the loop that does it; `room` (mounts, device nodes, the kernel's cell), `volumes`, `plan`, `launch`
//! - `log`: what services print, to syslogd and a ring in RAM
//! - `server`: the control socket
//!
//! Memory is taken at start and not after; when nothing happens, nothing runs.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
extern crate std;

pub mod automaton;

mod check;
mod fault;
mod launch;
mod log;
mod memory;
mod options;
mod path;
mod plan;
mod room;
mod server;
mod shell;
mod voice;
mod volumes;

#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

use argh::FromArgs;
use libcell::entry::USAGE;
use libcell::image;
use libcell::output::Output;
use libcell::platform::{Errno, Open, Platform};
use libcell::{control, device};

use options::Options;
use path::join;
use shell::Settings;
use voice::Voice;

/// Where the image is on the device.
const IMAGE: &str = "/etc/cells.bin";

/// Runs cellinit. `arguments[0]` is the program's name; the result is the exit status: 0 everything was stopped in
/// order, 1 failed, 64 usage.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let arguments = arguments.get(1..).unwrap_or_default();
    let options = match Options::from_args(&["cellinit"], arguments) {
        Ok(options) => options,
        Err(exit) => return leave(platform, &exit),
    };
    match go(platform, &options) {
        Ok(status) => status,
        Err(errno) => {
            Voice::new(platform).say(format_args!("{errno}"));
            1
        }
    }
}

fn go<P: Platform>(platform: &P, options: &Options) -> Result<u8, Errno> {
    let prefix = options
        .prefix
        .as_deref()
        .unwrap_or_else(|| platform.prefix());
    let below = |given: &Option<String>, path| match given {
        Some(given) => join(&[given]),
        None => join(&[prefix, path]),
    };
    let path = below(&options.image, IMAGE)?;
    let voice = Voice::new(platform);
    let bytes = match read(platform, &path) {
        Ok(bytes) => bytes,
        Err(errno) => {
            voice.say(format_args!("{path}: {errno}"));
            return Ok(1);
        }
    };
    let opened = match image::open(&bytes) {
        Ok(opened) => opened,
        Err(error) => {
            voice.say(format_args!("{path}: {error}"));
            return Ok(1);
        }
    };
    if options.check {
        let mut out = Output::standard(platform, 1)?;
        let _ = check::plan(&opened.image, &mut out);
        out.finish()?;
        return Ok(0);
    }
    if options.control.is_none()
        && let Err(errno) = volumes::make_parents(platform, prefix, control::SOCKET)
    {
        voice.say(format_args!("{prefix}{}: {errno}", control::SOCKET));
        return Ok(1);
    }
    let settings = Settings {
        prefix,
        device: &below(&options.device, device::PATH)?,
        control: &below(&options.control, control::SOCKET)?,
    };
    Ok(shell::start(platform, &settings, &opened, bytes.len()))
}

/// The whole of a file.
fn read<P: Platform>(platform: &P, path: &str) -> Result<Vec<u8>, Errno> {
    let size = platform.metadata(path)?.size;
    let most = image::BODY_MAX + image::HEADER + image::SIGNATURE_MAX + 6;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size <= most)
        .ok_or(Errno::EFBIG)?;
    let file = platform.open(path, Open::Read, 0)?;
    let mut bytes = alloc::vec![0; size];
    let mut used = 0;
    while let Some(rest) = bytes.get_mut(used..).filter(|rest| !rest.is_empty()) {
        match platform.read(&file, rest)? {
            0 => break,
            count => used += count,
        }
    }
    bytes.truncate(used);
    Ok(bytes)
}

/// Prints what argh says, to where it belongs.
fn leave<P: Platform>(platform: &P, exit: &argh::EarlyExit) -> u8 {
    use core::fmt::Write;

    let (number, status) = match exit.status {
        Ok(()) => (1, 0),
        Err(()) => (2, USAGE),
    };
    if let Ok(mut out) = Output::standard(platform, number) {
        let text = exit.output.trim_end();
        let _ = match exit.status {
            Ok(()) => writeln!(out, "{text}"),
            Err(()) => writeln!(out, "cellinit: {text}"),
        };
        let _ = out.finish();
    }
    status
}
