//! cellinit: starts the cells of an image and supervises them, one process for all.
//!
//! - [`automaton`]: what to do when, without I/O
//! - `shell`: the loop that does it; `room` (mounts, device nodes, the kernel's cell), `plan`
//! - `log`: what services print, to syslogd and a ring in RAM
//! - `recovery`: a restore that was cut, and signed recovery orders
//! - `server`: the control socket
//!
//! Memory is taken at start, and anew when the definitions are read again; when nothing happens, nothing runs.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod automaton;

mod check;
mod detach;
mod fault;
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

#[cfg(test)]
mod tests;

use libcell::desired::{IMAGE, Paths, RESCUE, Source, Unusable};
use libcell::entry::USAGE;
use libcell::options::{Parsed, Reading};
use libcell::output::Output;
use libcell::platform::{Errno, Platform};
use libcell::table::Lines;
use libcell::{control, converge, device, trust};

use options::{NOTES, PROGRAM};
use path::keep;
use shell::Settings;
use voice::Voice;

/// Runs cellinit. `arguments[0]` is the program's name; the result is the exit status: 0 everything was stopped in
/// order, 1 failed, 64 usage.
pub fn run<P: Platform>(platform: &P, arguments: &[&str]) -> u8 {
    let result = match PROGRAM.read(arguments.get(1..).unwrap_or_default(), NOTES) {
        Reading::Parsed(options) => {
            if options.has(options::DETACH) {
                detach::detach(platform, arguments)
            } else {
                go(platform, &options)
            }
        }
        Reading::Help(text) => Output::standard(platform, 1).and_then(|mut out| {
            out.put(text.as_bytes())?;
            out.finish()?;
            Ok(0)
        }),
        Reading::Wrong(wrong) => {
            let what = [wrong.command, wrong.word, wrong.why];
            Voice::new(platform).say(format_args!("{}: {}: {}", what[0], what[1], what[2]));
            Ok(USAGE)
        }
    };
    match result {
        Ok(status) => status,
        Err(errno) => {
            Voice::new(platform).say(format_args!("{errno}"));
            1
        }
    }
}

fn go<P: Platform>(platform: &P, options: &Parsed<'_>) -> Result<u8, Errno> {
    let prefix = options
        .value(options::PREFIX)
        .unwrap_or_else(|| platform.prefix());
    let below = |option, path| match options.value(option) {
        Some(given) => keep(&[given]),
        None => keep(&[prefix, path]),
    };
    let paths = Paths {
        image: &below(options::IMAGE, IMAGE)?,
        rescue: &below(options::RESCUE, RESCUE)?,
        key: &below(options::KEY, trust::PATH)?,
    };
    let voice = Voice::new(platform);
    let mut say = |line: core::fmt::Arguments<'_>| voice.say(line);
    let Some(source) = Source::load(platform, &paths, prefix, &mut say) else {
        return Ok(1);
    };
    let desired = source.desired().or_else(|why: Unusable<'_>| {
        // better the image than nothing, and nobody is there to decide
        let desired = source.baked()?;
        let why = why.told();
        voice.say(format_args!("{why}; the image runs without changes"));
        Ok::<_, Unusable<'_>>(desired)
    });
    let desired = match desired {
        Ok(desired) => desired,
        Err(why) => {
            let why = why.told();
            voice.say(format_args!("{why}"));
            return Ok(1);
        }
    };
    if options.has(options::CHECK) {
        let mut out = Output::standard(platform, 1)?;
        let _ = check::plan(&desired.image, &mut out);
        out.finish()?;
        return Ok(0);
    }
    drop(desired);
    if !options.has(options::CONTROL)
        && let Err(errno) = converge::make_parents(platform, prefix, control::SOCKET)
    {
        voice.say(format_args!("{prefix}{}: {errno}", control::SOCKET));
        return Ok(1);
    }
    let settings = Settings {
        prefix,
        paths,
        device: &below(options::DEVICE, device::PATH)?,
        control: &below(options::CONTROL, control::SOCKET)?,
    };
    Ok(shell::start(platform, &settings, source))
}
