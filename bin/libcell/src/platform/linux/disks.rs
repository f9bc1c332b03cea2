//! What is mounted, and what could be.

use std::format;
use std::os::unix::fs::FileTypeExt;
use std::string::String;
use std::vec::Vec;

use super::errno_of;
use crate::platform::{Errno, Mounted};

/// A line of /proc/self/mountinfo (proc(5)).
struct Line {
    device: String,
    /// Which directory of the file system is shown.
    root: String,
    on: String,
    source: String,
}

impl Line {
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(' ').skip(2);
        let (device, root, on) = (fields.next()?, fields.next()?, fields.next()?);
        let (_, after) = line.split_once(" - ")?;
        let source = after.split(' ').nth(1)?;
        Some(Self {
            device: device.into(),
            root: plain(root),
            on: plain(on),
            source: plain(source),
        })
    }
}

/// Without the octal escapes of blanks and the like.
fn plain(field: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = field.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after
            .get(..3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        (bytes, rest) = match (first, escaped) {
            (b'\\', Some(byte)) => {
                bytes.push(byte);
                (bytes, after.get(3..).unwrap_or_default())
            }
            _ => {
                bytes.push(*first);
                (bytes, after)
            }
        };
    }
    String::from_utf8_lossy(&bytes).into()
}

pub(super) fn mounts(each: &mut dyn FnMut(&Mounted<'_>)) -> Result<(), Errno> {
    let table = std::fs::read_to_string("/proc/self/mountinfo").map_err(errno_of)?;
    let lines: Vec<Line> = table.lines().filter_map(Line::read).collect();
    for (index, line) in lines.iter().enumerate() {
        // a part of a file system that is mounted before is a directory shown once more
        let before = lines.iter().take(index).find_map(|other| {
            let rest = line.root.strip_prefix(&*other.root)?;
            let is_whole = other.root.ends_with('/') || rest.is_empty() || rest.starts_with('/');
            let rest = rest.trim_start_matches('/');
            let at = other.on.trim_end_matches('/');
            (other.device == line.device && is_whole && line.root != "/")
                .then(|| format!("{at}/{rest}"))
        });
        let from = before.as_deref().unwrap_or(&line.source);
        each(&Mounted { from, on: &line.on });
    }
    Ok(())
}

pub(super) fn disks(prefix: &str, each: &mut dyn FnMut(&str, &str)) -> Result<(), Errno> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(format!("{prefix}/dev")).map_err(errno_of)? {
        let path = entry.map_err(errno_of)?.path();
        let is_block = std::fs::metadata(&path).is_ok_and(|of| of.file_type().is_block_device());
        if let (true, Some(path)) = (is_block, path.to_str()) {
            paths.push(String::from(path));
        }
    }
    paths.sort();
    for path in paths {
        each(&path, &path);
    }
    Ok(())
}
