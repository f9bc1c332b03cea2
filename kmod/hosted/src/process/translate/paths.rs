//! What a path of the caller names.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use super::Call;
use crate::process::os::path::{self, Walk};

/// Whether a link at the end of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastLink {
    /// It is.
    Followed,
    /// The link itself is meant.
    Kept,
}

/// Opens, `O_PATH`, what the caller would find at `name` from `directory` (a descriptor of the caller or `AT_FDCWD`).
///
/// # Errors
/// What the caller would get, mostly.
pub(super) fn find(
    call: &Call<'_>,
    directory: i32,
    name: &[u8],
    link: LastLink,
) -> io::Result<OwnedFd> {
    let tid = call.note.tid;
    let last = match link {
        LastLink::Followed => 0,
        LastLink::Kept => libc::O_NOFOLLOW,
    };
    let root = path::hold(&format!("/proc/{tid}/root"))?;
    if name.starts_with(b"/") {
        return path::find(root.as_fd(), name, Walk::InRoot, last);
    }
    let from = match directory {
        libc::AT_FDCWD => format!("/proc/{tid}/cwd"),
        number => format!("/proc/{tid}/fd/{number}"),
    };
    if name.is_empty() {
        return path::hold(&from);
    }
    // ".." and absolute links end at the caller's root, so the way there is walked from it where it is known
    let root_name = std::fs::read_link(format!("/proc/{tid}/root"))?;
    let from_name = std::fs::read_link(&from)?;
    match from_name.strip_prefix(&root_name) {
        Ok(inside) => {
            let mut whole = inside.as_os_str().as_bytes().to_vec();
            whole.push(b'/');
            whole.extend_from_slice(name);
            path::find(root.as_fd(), &whole, Walk::InRoot, last)
        }
        Err(_) => path::find(path::hold(&from)?.as_fd(), name, Walk::From, last),
    }
}
