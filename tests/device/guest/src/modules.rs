//! `celltest module load|unload PATH|NAME [ERRNO]`: the kernel module.

use libcell::entry::USAGE;
use libcell::platform::{Errno, Platform, System};

use crate::results::{Results, say};
use crate::{nodes, os};

/// What unloading takes.
pub const NAME: &str = "secmodel_cell";

/// Runs it. With the name of an errno as the last word, that is what must come of it.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    let (what, object, wanted) = match rest {
        [what, object] => (*what, *object, None),
        [what, object, errno] => (*what, *object, Some(*errno)),
        [..] => return usage(system),
    };
    let result = match what {
        "load" => load(system, object),
        "unload" => unload(system, object),
        _ => return usage(system),
    };
    let mut results = Results::new(system, "module");
    let name = alloc::format!("module.{what}");
    match (result, wanted) {
        (Ok(()), None) => results.ok(name),
        (Err(errno), Some(wanted)) if errno.name() == Some(wanted) => results.ok(name),
        (Ok(()), Some(wanted)) => results.fail(name, object, alloc::format!("no {wanted}")),
        (Err(errno), _) => results.fail(name, object, errno),
    }
    results.finish()
}

/// Loads the module and makes its node.
///
/// # Errors
/// Of modctl(2), of making the node.
pub fn load(system: &System, path: &str) -> Result<(), Errno> {
    os::load_module(path)?;
    // its number may be another than last time
    match system.unlink("/dev/cell") {
        Ok(()) | Err(Errno::ENOENT) => {}
        Err(errno) => return Err(errno),
    }
    nodes::make("/dev")
}

/// Unloads it; the node goes as well.
///
/// # Errors
/// Of modctl(2).
pub fn unload(system: &System, name: &str) -> Result<(), Errno> {
    os::unload_module(name)?;
    let _ = system.unlink("/dev/cell");
    Ok(())
}

fn usage(system: &System) -> u8 {
    let text =
        "usage: celltest module load PATH [ERRNO]\n       celltest module unload NAME [ERRNO]\n";
    say(system, 2, format_args!("{text}"));
    USAGE
}
