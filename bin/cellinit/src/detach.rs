//! Going on in the background: a boot script waits for what it runs, and what is typed at the console goes to all of it.

use alloc::vec::Vec;
use core::fmt::Write;

use libcell::output::Output;
use libcell::platform::{Errno, Launch, Platform};

use crate::voice::Voice;

/// The option that asks for it.
const DETACH: &str = "--detach";

/// Where this program is on a device, for when it was found in PATH.
const PROGRAM: &str = "/sbin/cellinit";

/// Starts this program again with the other arguments, in a session of its own, and says its process id; the exit status.
pub(crate) fn detach<P: Platform>(platform: &P, arguments: &[&str]) -> Result<u8, Errno> {
    let program = match arguments.first() {
        Some(path) if path.contains('/') => path,
        Some(_) | None => PROGRAM,
    };
    let mut command: Vec<&str> = Vec::with_capacity(arguments.len() + 2);
    command.push(program);
    // the new one has no environment
    if !platform.prefix().is_empty() {
        command.extend(["--prefix", platform.prefix()]);
    }
    let rest = arguments.iter().skip(1).copied();
    command.extend(rest.filter(|argument| *argument != DETACH));
    let stderr = platform.standard(2).ok();
    let started = platform.spawn(&Launch {
        command: &command,
        environment: &[],
        new_session: true,
        stdio: [None, None, stderr.as_ref()],
        limits: &[],
        enter: None,
        directory: "/",
        user: None,
    });
    match started {
        Ok(pid) => {
            let mut out = Output::standard(platform, 1)?;
            let _ = writeln!(out, "{pid}");
            out.finish()?;
            Ok(0)
        }
        Err(errno) => {
            Voice::new(platform).say(format_args!("{program}: {errno}"));
            Ok(1)
        }
    }
}
