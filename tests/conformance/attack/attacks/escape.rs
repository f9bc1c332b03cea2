//! Out of the root directory.
//!
//! The runner leaves a file `host-marker` in the directories above the cells' roots. Whoever opens it is out.

use core::ffi::CStr;

use super::os::{self, Errno, Fd, How};
use super::{Arguments, Attack, Outcome};

pub const ATTACKS: &[(&str, Attack)] = &[
    ("escape.dotdot", |_| climb()),
    ("escape.link", link),
    ("escape.chroot", chroot),
    ("escape.descriptor", descriptor),
    ("escape.leaked", leaked),
    ("escape.handle", |_| {
        Ok(Outcome::of(os::open_by_handle(c"/attack")))
    }),
];

const MARKER: &CStr = c"host-marker";
const JAIL: &CStr = c"/volume/jail";

/// Up from the working directory, looking for the marker at each step.
fn climb() -> Result<Outcome, Outcome> {
    for _ in 0..32 {
        if os::open(MARKER, How::Read).is_ok() {
            return Ok(Outcome::Done);
        }
        os::change_directory(c"..").map_err(Outcome::Refused)?;
    }
    Ok(Outcome::Contained)
}

/// Through a link that the runner made to the marker, by its path on the host: the argument.
fn link(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    match os::open(arguments.text(0)?, How::Read) {
        Err(Errno::ENOENT) => Ok(Outcome::Contained),
        result => Ok(Outcome::of(result)),
    }
}

/// The working directory stays outside when only the root moves.
fn chroot(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    os::make_directory(JAIL).map_err(|_| Outcome::Untried("no directory in /volume"))?;
    os::change_root(JAIL).map_err(Outcome::Refused)?;
    climb()
}

/// Back through a descriptor held while the root moved.
fn descriptor(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    os::make_directory(JAIL).map_err(|_| Outcome::Untried("no directory in /volume"))?;
    let held =
        os::open(c"/", How::Directory).map_err(|_| Outcome::Untried("no descriptor of /"))?;
    os::change_root(JAIL).map_err(Outcome::Refused)?;
    os::change_directory_to(held).map_err(Outcome::Refused)?;
    climb()
}

/// Through whatever directory the launcher left open.
fn leaked(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    for number in 0..256 {
        if os::change_directory_to(Fd(number)).is_ok() {
            return climb();
        }
    }
    Ok(Outcome::Contained)
}
