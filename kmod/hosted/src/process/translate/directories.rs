//! The working directory. NetBSD keeps it under the root: chroot(2) moves it there (`change_root()`), and fchdir(2) refuses
//! what is outside (`do_sys_fchdir()`). Linux leaves it where it was, so what is relative to it is answered here.

use std::fs;
use std::path::Path;

use super::{Call, Outcome, files};

pub(super) fn outcome(call: &mut Call<'_>) -> Option<Outcome> {
    Some(match call.note.number {
        libc::SYS_chdir => change(call),
        libc::SYS_fchdir => change_to(call),
        _ => return None,
    })
}

fn change(call: &mut Call<'_>) -> Outcome {
    let Some(name) = call.string(0) else {
        return Outcome::Continue;
    };
    if !is_astray(call, libc::AT_FDCWD, &name) {
        return files::reach(call, libc::AT_FDCWD, &name);
    }
    let stays = name
        .split(|byte| *byte == b'/')
        .all(|part| matches!(part, b"" | b"." | b".."));
    if stays && !name.is_empty() {
        // the root's own parent is the root
        Outcome::Return(0)
    } else {
        Outcome::Fail(libc::ENOENT)
    }
}

fn change_to(call: &Call<'_>) -> Outcome {
    if is_outside(call, &format!("fd/{}", call.int(0))) {
        Outcome::Fail(libc::EPERM)
    } else {
        Outcome::Continue
    }
}

/// Whether a name is relative to a working directory that chroot(2) should have moved.
pub(super) fn is_astray(call: &Call<'_>, directory: i32, name: &[u8]) -> bool {
    directory == libc::AT_FDCWD && !name.starts_with(b"/") && is_outside(call, "cwd")
}

/// Whether what this entry of the caller's in procfs leads to is not under its root.
fn is_outside(call: &Call<'_>, entry: &str) -> bool {
    let tid = call.note.tid;
    let link = |entry: &str| fs::read_link(format!("/proc/{tid}/{entry}"));
    match (link("root"), link(entry)) {
        (Ok(root), Ok(place)) => place.starts_with(Path::new("/")) && !place.starts_with(root),
        _ => false,
    }
}
