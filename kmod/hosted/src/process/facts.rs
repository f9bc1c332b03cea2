//! What Linux knows of a process, from /proc.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// A process by the number that this process' pid namespace gives it.
pub type Pid = i32;

/// A namespace, by its inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NamespaceId(u64, u64);

/// Of `/proc/<pid>/status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The process (a thread's is that of its group).
    pub pid: Pid,
    /// Its parent.
    pub parent: Pid,
    /// Real, effective and saved user.
    pub uid: [u32; 3],
    /// Real, effective and saved group.
    pub gid: [u32; 3],
    /// Threads.
    pub threads: u32,
    /// Who traces it; 0 is nobody.
    pub tracer: Pid,
    /// It has ended and nobody has asked how.
    pub zombie: bool,
    /// Its number in its own pid namespace.
    pub inner_pid: Pid,
    /// Its program's name.
    pub name: String,
}

/// Whether the process lets go of nothing that leads out of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directories {
    /// It has a directory open.
    Open,
    /// It has none open.
    None,
}

/// Reads the facts about a process or a thread.
#[must_use]
pub fn of(id: Pid) -> Option<Facts> {
    parse(&fs::read_to_string(format!("/proc/{id}/status")).ok()?)
}

fn parse(status: &str) -> Option<Facts> {
    let mut facts = Facts::default();
    for line in status.lines() {
        let (key, value) = line.split_once(':')?;
        let value = value.trim();
        match key {
            "Name" => value.clone_into(&mut facts.name),
            "State" => facts.zombie = value.starts_with(['Z', 'X']),
            "Tgid" => facts.pid = value.parse().ok()?,
            "PPid" => facts.parent = value.parse().ok()?,
            "TracerPid" => facts.tracer = value.parse().ok()?,
            "Uid" => facts.uid = three(value)?,
            "Gid" => facts.gid = three(value)?,
            "NStgid" => facts.inner_pid = value.split_whitespace().last()?.parse().ok()?,
            "Threads" => {
                facts.threads = value.parse().ok()?;
                // the last of those asked for
                return Some(facts);
            }
            _ => {}
        }
    }
    None
}

fn three(value: &str) -> Option<[u32; 3]> {
    let mut words = value.split_whitespace().map(str::parse);
    Some([
        words.next()?.ok()?,
        words.next()?.ok()?,
        words.next()?.ok()?,
    ])
}

/// Whether a process has directories open.
#[must_use]
pub fn directories(pid: Pid) -> Directories {
    let open = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| fs::metadata(entry.path()).is_ok_and(|file| file.is_dir()));
    if open {
        Directories::Open
    } else {
        Directories::None
    }
}

/// Every process there is.
pub fn all() -> impl Iterator<Item = Pid> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The children of a thread that live.
#[must_use]
pub fn children(process: Pid, thread: Pid) -> Vec<Pid> {
    fs::read_to_string(format!("/proc/{process}/task/{thread}/children"))
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// A namespace of a process: `uts`, `user`, `pid`, `mnt`.
#[must_use]
pub fn namespace(pid: Pid, kind: &str) -> Option<NamespaceId> {
    let file = fs::metadata(namespace_path(pid, kind)).ok()?;
    Some(NamespaceId(file.dev(), file.ino()))
}

/// Where a namespace of a process is opened.
#[must_use]
pub fn namespace_path(pid: Pid, kind: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/ns/{kind}"))
}

/// Process group and session.
#[must_use]
pub fn group(pid: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name is in parentheses and may hold anything
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(2)?.parse().ok()
}

/// Resident and whole address space in KiB.
#[must_use]
pub fn memory_kib(pid: Pid) -> Option<(u32, u32)> {
    const PAGE_KIB: u32 = 4;
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let mut words = statm.split_whitespace().map(str::parse::<u32>);
    let whole = words.next()?.ok()?;
    let resident = words.next()?.ok()?;
    Some((
        resident.saturating_mul(PAGE_KIB),
        whole.saturating_mul(PAGE_KIB),
    ))
}

/// The process of that number in the pid namespace of `asker`.
#[must_use]
pub fn seen_from(asker: Pid, number: Pid) -> Option<Pid> {
    let theirs = namespace(asker, "pid")?;
    let own = namespace(Pid::try_from(std::process::id()).ok()?, "pid")?;
    if theirs == own {
        return fs::exists(format!("/proc/{number}"))
            .ok()?
            .then_some(number);
    }
    all().find(|pid| {
        of(*pid).is_some_and(|facts| facts.inner_pid == number)
            && namespace(*pid, "pid") == Some(theirs)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_finds_the_facts_about_itself() {
        let own = Pid::try_from(std::process::id()).unwrap();
        let facts = of(own).unwrap();
        assert_eq!(facts.pid, own);
        assert_eq!(facts.inner_pid, own);
        assert_eq!(facts.tracer, 0);
        assert!(facts.threads >= 1);
        assert!(!facts.zombie);
        assert!(all().any(|pid| pid == own));
        assert_eq!(seen_from(own, own), Some(own));
        assert_eq!(group(own), group(own));
    }

    #[test]
    fn an_open_directory_is_noticed() {
        let own = Pid::try_from(std::process::id()).unwrap();
        let _held = fs::File::open("/").unwrap();
        assert_eq!(directories(own), Directories::Open);
    }

    #[test]
    fn a_truncated_status_is_nothing() {
        assert_eq!(parse("Name:\tx\nTgid:\t1\n"), None);
        assert_eq!(parse("garbage"), None);
    }
}
