//! Device nodes: those of the cell's list, those that are not, and one of its own making.

use core::ffi::CStr;

use super::os::{self, Errno, How};
use super::{Arguments, Attack, Outcome, Text};

pub const ATTACKS: &[(&str, Attack)] = &[
    ("device.null", |_| open(c"/dev/null", How::ReadWrite)),
    ("device.zero", |_| open(c"/dev/zero", How::ReadWrite)),
    ("device.urandom", |_| open(c"/dev/urandom", How::Read)),
    ("device.urandom-write", |_| {
        open(c"/dev/urandom", How::Write)
    }),
    ("device.unlisted", |_| open(c"/dev/full", How::ReadWrite)),
    ("device.kernel", |_| open(c"/dev/kernel", How::Read)),
    // whether there is a disk behind the node is another matter
    ("device.disk", |_| match open(c"/dev/disk", How::Read)? {
        Outcome::Done | Outcome::Refused(Errno::ENXIO) => Ok(Outcome::Permitted),
        outcome => Ok(outcome),
    }),
    ("device.made", made),
    ("device.fifo", fifo),
];

fn open(path: &CStr, how: How) -> Result<Outcome, Outcome> {
    Ok(Outcome::of(os::open(path, how)))
}

/// Makes a node and opens it.
fn made(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    const NODE: &CStr = c"/volume/kernel";
    let _ = os::unlink(NODE);
    os::make_kernel_node(NODE).map_err(Outcome::Refused)?;
    let opened = open(NODE, How::Read);
    let _ = os::unlink(NODE);
    opened
}

/// A named pipe is no device: whoever may write to the directory makes one.
fn fifo(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    let path = Text::new(format_args!("/volume/pipe-{}", os::effective_user()));
    let _ = os::unlink(path.c());
    Ok(Outcome::of(os::make_fifo(path.c())))
}
