//! Names of members, as far as they may become names of files.

use alloc::string::String;

use super::entry::NAME_MAX;
use crate::platform::utf8;

/// Whether a name may be one: some components, each neither empty nor `.` nor `..`.
fn is_plain(name: &str) -> bool {
    name.len() <= NAME_MAX
        && !name.bytes().any(|byte| byte == 0)
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Sets `to` to the name that these bytes are below `top`; a directory's slash at the end is left out. `to` is empty for
/// `top` itself. False when they are not, or not a name that is allowed.
pub(super) fn set(to: &mut String, bytes: &[u8], top: &str) -> bool {
    to.clear();
    let Some(name) = utf8(bytes) else {
        return false;
    };
    let name = name.strip_suffix('/').unwrap_or(name);
    if name == top {
        return true;
    }
    let below = match top {
        // of archives made elsewhere: with or without ./
        "." => name.strip_prefix("./").unwrap_or(name),
        top => match name
            .strip_prefix(top)
            .and_then(|rest| rest.strip_prefix('/'))
        {
            Some(below) => below,
            None => return false,
        },
    };
    to.push_str(below);
    is_plain(below)
}

/// The directory that a name is in; empty is the top.
#[must_use]
pub fn parent(name: &str) -> &str {
    let slash = name.bytes().rposition(|byte| byte == b'/');
    name.get(..slash.unwrap_or(0)).unwrap_or_default()
}

/// Whether `name` is `directory` or below it.
#[must_use]
pub fn is_within(name: &str, directory: &str) -> bool {
    directory.is_empty()
        || name
            .strip_prefix(directory)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
