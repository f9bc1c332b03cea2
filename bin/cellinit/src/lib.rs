//! cellinit: starts the cells of an image and supervises them, one process for all.
//!
//! - [`automaton`]: what to do when, without I/O
//! - `shell`: the loop that does it; `room` (mounts, device nodes, the kernel's cell), `volumes`, `plan`, `launch`
//! - `log`: what services print, to syslogd and a ring in RAM
//! - `choice`: the image, or the one for rescue
//! - `recovery`: a restore that was cut, and signed recovery orders
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
mod choice;
mod detach;
mod fault;
mod launch;
mod log;
mod memory;
mod options;
mod path;
mod plan;
mod recovery;
mod room;
mod server;
mod shell;
mod voice;
mod volumes;

#[cfg(test)]
mod tests;

use alloc::string::String;

use argh::FromArgs;
use libcell::entry::USAGE;
use libcell::image;
use libcell::output::Output;
use libcell::platform::{Errno, Platform};
use libcell::{control, device, trust};

use choice::Paths;
use options::Options;
use path::join;
use shell::Settings;
use voice::Voice;

/// Where the image is on the device.
const IMAGE: &str = "/etc/cells.bin";

/// What it runs when that one is refused.
const RESCUE: &str = "/etc/rescue.bin";

/// Runs cellinit. `arguments[0]` is the program's name; the result is the exit status: 0 everything was stopped in
/// order, 1 failed, 64 usage.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let given = arguments.get(1..).unwrap_or_default();
    let options = match Options::from_args(&["cellinit"], given) {
        Ok(options) => options,
        Err(exit) => return leave(platform, &exit),
    };
    let result = if options.detach {
        detach::detach(platform, arguments)
    } else {
        go(platform, &options)
    };
    match result {
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
    let paths = Paths {
        image: &below(&options.image, IMAGE)?,
        rescue: &below(&options.rescue, RESCUE)?,
        key: &below(&options.key, trust::PATH)?,
    };
    let voice = Voice::new(platform);
    let Some(bytes) = choice::choose(platform, &paths, &voice) else {
        return Ok(1);
    };
    let opened = match image::open(&bytes) {
        Ok(opened) => opened,
        Err(error) => {
            voice.say(format_args!("{error}"));
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
