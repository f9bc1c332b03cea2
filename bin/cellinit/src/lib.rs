//! cellinit: starts the cells of an image and supervises them, one process for all.
//!
//! - [`automaton`]: what to do when, without I/O
//! - `source`: what is to run, the image with the changes made on the device
//! - `shell`: the loop that does it; `room` (mounts, device nodes, the kernel's cell), `plan`, `launch`
//! - `log`: what services print, to syslogd and a ring in RAM
//! - `server`: the control socket
//!
//! Memory is taken at start, and anew when the definitions are read again; when nothing happens, nothing runs.
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
mod source;
mod voice;

#[cfg(test)]
mod tests;

use alloc::string::String;

use argh::FromArgs;
use libcell::entry::USAGE;
use libcell::output::Output;
use libcell::platform::{Errno, Platform};
use libcell::{control, converge, device};

use options::Options;
use path::join;
use shell::Settings;
use source::{Source, Unusable};
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
    let source = match Source::load(platform, &path, prefix) {
        Ok(source) => source,
        Err(errno) => {
            voice.say(format_args!("{path}: {errno}"));
            return Ok(1);
        }
    };
    let desired = match source.desired().or_else(|why| {
        // better the image than nothing, and nobody is there to decide
        let desired = source.baked()?;
        let path = why.told(&path);
        voice.say(format_args!("{path}; the image runs without changes"));
        Ok(desired)
    }) {
        Ok(desired) => desired,
        Err::<_, Unusable<'_>>(why) => {
            let text = why.told(&path);
            voice.say(format_args!("{text}"));
            return Ok(1);
        }
    };
    if options.check {
        let mut out = Output::standard(platform, 1)?;
        let _ = check::plan(&desired.image, &mut out);
        out.finish()?;
        return Ok(0);
    }
    drop(desired);
    if options.control.is_none()
        && let Err(errno) = converge::make_parents(platform, prefix, control::SOCKET)
    {
        voice.say(format_args!("{prefix}{}: {errno}", control::SOCKET));
        return Ok(1);
    }
    let settings = Settings {
        prefix,
        image: &path,
        device: &below(&options.device, device::PATH)?,
        control: &below(&options.control, control::SOCKET)?,
    };
    Ok(shell::start(platform, &settings, source))
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
