//! Paths in a cell.

use libcell::image::PATH_MAX;

/// Why `path` is not a plain absolute path below `/`.
pub fn fault(path: &str) -> Option<String> {
    let Some(below) = path.strip_prefix('/') else {
        return Some("is not absolute".to_owned());
    };
    if path.len() > PATH_MAX {
        return Some(format!("is longer than {PATH_MAX} bytes"));
    }
    if path.chars().any(char::is_control) {
        return Some("has a control character".to_owned());
    }
    if below.is_empty() {
        return Some("is the root itself".to_owned());
    }
    for part in below.split('/') {
        match part {
            "" => return Some("has an empty component".to_owned()),
            "." | ".." => return Some(format!("has `{part}` in it")),
            _ => {}
        }
    }
    None
}

/// Whether `path` is `directory` or below it.
pub fn within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The directories above `path`, the outermost first, `/` excluded.
pub fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .filter(|(at, _)| *at > 0)
        .filter_map(|(at, _)| path.get(..at))
}

/// Where `link` with `rest` behind it leads when it says `target`.
pub fn follow(link: &str, target: &str, rest: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        let (directory, _) = link.rsplit_once('/').unwrap_or_default();
        directory
            .split('/')
            .filter(|part| !part.is_empty())
            .collect()
    };
    for part in target.split('/').chain(rest.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}
