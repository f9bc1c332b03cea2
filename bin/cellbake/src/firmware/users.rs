//! passwd(5), master.passwd(5), group(5) and the databases of pwd_mkdb(8): the release's, and the cells' users and groups.

use std::fmt::Write;
use std::fs;

use super::layout::{Item, Layout, What};
use crate::device::Device;
use crate::pwd_db::{self, Kind};

const PASSWD: &str = "/etc/passwd";
const MASTER: &str = "/etc/master.passwd";
const GROUP: &str = "/etc/group";

/// Adds everybody.
pub(super) fn add(layout: &mut Layout, device: &Device, big_endian: bool) -> Result<(), String> {
    let mut master = text_of(layout, MASTER, "root:*:0:0::0:0:root:/root:/bin/sh\n")?;
    for (name, uid, gid) in &device.users {
        if is_missing(&master, MASTER, name, *uid)? {
            // a String takes everything
            let _ = writeln!(
                master,
                "{name}:*:{uid}:{gid}::0:0::/nonexistent:/sbin/nologin"
            );
        }
    }
    let mut group = text_of(layout, GROUP, "wheel:*:0:root\n")?;
    for (name, gid) in &device.groups {
        if is_missing(&group, GROUP, name, *gid)? {
            let _ = writeln!(group, "{name}:*:{gid}:");
        }
    }
    let database = |kind| {
        pwd_db::database(&master, kind, big_endian)
            .ok_or_else(|| format!("{MASTER}: more users than a database takes"))
    };
    let files = [
        ("/etc/pwd.db", 0o644, database(Kind::Public)?),
        ("/etc/spwd.db", 0o600, database(Kind::Secret)?),
        (PASSWD, 0o644, public(&master).into_bytes()),
        (MASTER, 0o600, master.into_bytes()),
        (GROUP, 0o644, group.into_bytes()),
    ];
    for (path, mode, bytes) in files {
        let item = Item::of(mode, What::Bytes(bytes));
        layout.items.insert(path.to_owned(), item);
    }
    Ok(())
}

/// passwd(5) of master.passwd(5): without passwords, class, change and expire.
fn public(master: &str) -> String {
    let lines = master.lines().map(
        |line| match line.split(':').collect::<Vec<_>>().as_slice() {
            [name, _, uid, gid, _, _, _, gecos, home, shell] => {
                format!("{name}:*:{uid}:{gid}:{gecos}:{home}:{shell}\n")
            }
            _ => format!("{line}\n"),
        },
    );
    lines.collect()
}

/// Whether nobody has that name; it is an error if it is another number's.
fn is_missing(text: &str, path: &str, name: &str, number: u32) -> Result<bool, String> {
    let line = text
        .lines()
        .find(|line| line.split(':').next() == Some(name));
    let Some(line) = line else { return Ok(true) };
    match line.split(':').nth(2) {
        Some(there) if there.parse() == Ok(number) => Ok(false),
        there => Err(format!(
            "{path}: `{name}` is {} there, and {number} in a cell",
            there.unwrap_or("nobody")
        )),
    }
}

/// What is in a file of the layout, or what there is without it.
fn text_of(layout: &Layout, path: &str, without: &str) -> Result<String, String> {
    match layout.items.get(path).map(|item| &item.what) {
        Some(What::Bytes(bytes)) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        Some(What::Copy(from)) => {
            fs::read_to_string(from).map_err(|why| format!("{}: {why}", from.display()))
        }
        Some(What::Directory | What::Link(_) | What::Node(..)) | None => Ok(without.to_owned()),
    }
}

#[cfg(test)]
mod tests;
