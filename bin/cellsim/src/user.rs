//! Root, or an ordinary user who becomes root of a user namespace: cells have users of their own, so the namespace needs
//! a range of subordinate ids (subuid(5)), which newuidmap(1) and newgidmap(1) put in.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use cell_hosted::process::facts;
use cell_hosted::process::os::namespace;

use crate::Failure;
use crate::state::Privilege;

/// What `sh` runs outside of the namespace once it is there. Arguments: process, uid, gid, and the two ranges.
const HELPER: &str = "read go && newuidmap $1 0 $2 1 1 $4 $5 && newgidmap $1 0 $3 1 1 $6 $7";

/// Whose simulation this is going to be.
pub(crate) fn privilege() -> Privilege {
    match own().0 {
        0 => Privilege::Root,
        _ => Privilege::User,
    }
}

fn own() -> (u32, u32) {
    let pid = facts::Pid::try_from(std::process::id()).unwrap_or(0);
    facts::of(pid).map_or((u32::MAX, u32::MAX), |facts| (facts.uid[1], facts.gid[1]))
}

/// Makes this process, which has one thread, root of a user namespace with its own ids as 0 and a range above.
///
/// # Errors
/// What is missing, in a line.
pub(crate) fn become_root() -> Result<(), Failure> {
    let (uid, gid) = own();
    let users = range("/etc/subuid", uid)?;
    let groups = range("/etc/subgid", uid)?;
    for tool in ["newuidmap", "newgidmap"] {
        if !in_path(tool) {
            return Err(Failure::of(
                tool,
                "not found; install uidmap, or run as root",
            ));
        }
    }
    let mut helper = Command::new("sh")
        .args(["-c", HELPER, "sh", &std::process::id().to_string()])
        .args(
            [
                uid,
                gid,
                users.first,
                users.count,
                groups.first,
                groups.count,
            ]
            .map(|n| n.to_string()),
        )
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|why| Failure::of("sh", why))?;
    let made = namespace::new_users();
    let told = match (&made, helper.stdin.take()) {
        (Ok(()), Some(mut input)) => input.write_all(b"go\n").is_ok(),
        _ => false,
    };
    let mapped = helper.wait().is_ok_and(|status| status.success());
    made.map_err(|why| {
        Failure::of(
            "user namespace",
            format!("{why}; allow them (sysctl kernel.unprivileged_userns_clone), or run as root"),
        )
    })?;
    if told && mapped {
        Ok(())
    } else {
        Err(Failure::of(
            "user namespace",
            "newuidmap or newgidmap failed; run as root",
        ))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: u32,
    count: u32,
}

/// The first range in `file` of the user, by name or number.
fn range(file: &str, uid: u32) -> Result<Range, Failure> {
    let name = fs::read_to_string("/etc/passwd")
        .ok()
        .and_then(|table| name_of(&table, uid));
    let table = fs::read_to_string(file).unwrap_or_default();
    find(&table, uid, name.as_deref()).ok_or_else(|| {
        let user = name.unwrap_or_else(|| uid.to_string());
        Failure::of(
            file,
            format!("no range of at least 6000 ids for {user}; add one with usermod --add-subuids and --add-subgids, or run as root"),
        )
    })
}

fn name_of(table: &str, uid: u32) -> Option<String> {
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let number = fields.nth(1)?;
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// Boards give cells ids up to 5999.
const ENOUGH: u32 = 6000;

fn find(table: &str, uid: u32, name: Option<&str>) -> Option<Range> {
    table.lines().find_map(|line| {
        let mut fields = line.trim().split(':');
        let user = fields.next()?;
        if Some(user) != name && user.parse() != Ok(uid) {
            return None;
        }
        let range = Range {
            first: fields.next()?.parse().ok()?,
            count: fields.next()?.parse().ok()?,
        };
        (range.count >= ENOUGH).then_some(range)
    })
}

fn in_path(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(tool).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_found_by_name_or_number_and_only_if_it_is_large_enough() {
        let table = "root:1:2\nann:100000:65536\n1007:300000:6000\nbob:5:100\n";
        let ann = Range {
            first: 100_000,
            count: 65_536,
        };
        assert_eq!(find(table, 1000, Some("ann")), Some(ann));
        assert_eq!(
            find(table, 1007, Some("carol")).map(|range| range.first),
            Some(300_000)
        );
        assert_eq!(find(table, 1008, Some("bob")), None);
        assert_eq!(find(table, 1009, None), None);
        let passwd = "root:x:0:0::/:/bin/sh\nann:x:1000:1000::/:/bin/sh\n";
        assert_eq!(name_of(passwd, 1000).as_deref(), Some("ann"));
    }
}
