//! The same with the real program and a real file system.
//!
//! - [`killed`]: the program is killed by strace(1) at every system call that changes or opens something
//! - [`cut`]: an image of a file system is copied after every call that changes or syncs something: what the kernel has not
//!   written to it by then is lost

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libcell::archive::Origin;
use libcell::backup::{self, Plan, Tight};
use libcell::job::Job;
use libcell::platform::System;
use libcell::problem::words;
use libcell::progress::Unwatched;
use libcell::restore::{self, Order, Resumed};

use crate::layer::{Call, Effect, Hook, Layer};
use crate::volume::{self, Age};

/// System calls that change something, or open it.
const CALLS: [&str; 22] = [
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
    "rmdir",
    "unlink",
    "unlinkat",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "mknodat",
    "fchownat",
    "fchmodat",
    "utimensat",
    "ftruncate",
    "close",
];

/// What is kept of a file.
type Kept = (u32, u32, u32, i64, i64, Vec<u8>);

/// What is in a directory, by name; `None` if it is not there.
type Tree = Option<BTreeMap<PathBuf, Kept>>;

fn tree(top: &Path) -> Tree {
    let mut all = BTreeMap::new();
    let mut left = vec![PathBuf::new()];
    while let Some(name) = left.pop() {
        let path = top.join(&name);
        let of = fs::symlink_metadata(&path).ok()?;
        let content = if of.is_file() {
            fs::read(&path).ok()?
        } else if of.is_symlink() {
            fs::read_link(&path)
                .ok()?
                .into_os_string()
                .into_encoded_bytes()
        } else {
            Vec::new()
        };
        let kept = (
            of.mode(),
            of.uid(),
            of.gid(),
            of.mtime(),
            of.mtime_nsec(),
            content,
        );
        if of.is_dir() {
            for entry in fs::read_dir(&path).ok()? {
                left.push(name.join(entry.ok()?.file_name()));
            }
        }
        all.insert(name, kept);
    }
    Some(all)
}

/// Runs a command that must succeed.
fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8_lossy(&output.stdout).trim().into()
}

/// Makes an archive of the new volume outside, and an old volume.
fn begin(prefix: &Path, outside: &Path) -> (String, Tree, Tree) {
    fs::create_dir_all(prefix.join("volumes")).unwrap();
    let text = prefix.to_str().unwrap();
    let system = System::at(text);
    volume::make(&system, text, "v", Age::New);
    let new = tree(&prefix.join("volumes/v"));
    let plan = Plan {
        volume: "v",
        board: "-",
        image: "-",
        directory: outside.to_str(),
        allow: Default::default(),
        keep: 0,
        tight: Tight::Refuse,
    };
    let mut watch = Unwatched;
    let mut job = Job::new(&system, text, &mut watch);
    backup::create(&mut job, &plan).unwrap();
    let archive = job.object;
    fs::remove_dir_all(prefix.join("volumes/v")).unwrap();
    volume::make(&system, text, "v", Age::Old);
    (archive, tree(&prefix.join("volumes/v")), new)
}

/// Goes on after a cut: old or new.
fn holds(prefix: &Path, old: &Tree, new: &Tree, what: &str) -> bool {
    let text = prefix.to_str().unwrap();
    let system = System::at(text);
    let mut watch = Unwatched;
    let mut job = Job::new(&system, text, &mut watch);
    let resumed = restore::resume(&mut job)
        .unwrap_or_else(|why| panic!("{what}: {}: {}", job.object, words(why)));
    let there = tree(&prefix.join("volumes/v"));
    let is_new = there == *new;
    assert!(is_new || there == *old, "{what}: neither old nor new");
    match resumed {
        Resumed::New => assert!(is_new, "{what}: not the new one"),
        Resumed::Old => assert!(!is_new, "{what}: not the old one"),
        Resumed::Clean => {}
        Resumed::NeedArchive => panic!("{what}: given up"),
    }
    for beside in ["staging", "aside"] {
        assert!(
            !prefix.join("volumes/.state").join(beside).exists(),
            "{what}: {beside} is left"
        );
    }
    is_new
}

/// Kills `program` (cellrescue) at every point of a restore; how many there were.
pub fn killed(program: &Path, scratch: &Path) -> usize {
    let outside = scratch.join("outside");
    fs::create_dir_all(&outside).unwrap();
    let origin = scratch.join("origin");
    let (archive, old, new) = begin(&origin, &outside);
    let prefix = scratch.join("device");
    let mut points = 0;
    let mut ends = [false; 2];
    // strace counts each call by itself
    for call in CALLS {
        let mut was_new = false;
        for when in 1.. {
            let _ = fs::remove_dir_all(&prefix);
            run(Command::new("cp").arg("-a").arg(&origin).arg(&prefix));
            let status = Command::new("strace")
                .args(["-qq", "-o", "/dev/null", "-e"])
                .arg(format!("trace={call}"))
                .arg("-e")
                .arg(format!("inject={call}:signal=KILL:when={when}"))
                .arg(program)
                .args(["restore", "-y", &archive])
                .env("PICOCELL_PREFIX", &prefix)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap_or_else(|error| panic!("strace: {error}"));
            let was_killed = status.signal() == Some(9) || status.code() == Some(137);
            let is_new = holds(&prefix, &old, &new, &format!("killed at {call} {when}"));
            // once it is the new one it stays so
            assert!(is_new || !was_new, "killed at {call} {when}: old again");
            was_new = is_new;
            ends[usize::from(is_new)] = true;
            if !was_killed {
                assert!(status.success() && is_new, "{status}");
                break;
            }
            points += 1;
        }
    }
    assert_eq!(ends, [true; 2], "both were seen");
    points
}

/// Copies an image after each call.
struct Copies<'c> {
    image: &'c Path,
    copies: RefCell<Vec<(&'static str, PathBuf)>>,
}

impl Hook for Copies<'_> {
    fn after(&self, call: Call) {
        if call.effect != Effect::Reads {
            let mut copies = self.copies.borrow_mut();
            let copy = self.image.with_extension(copies.len().to_string());
            fs::copy(self.image, &copy).unwrap();
            copies.push((call.name, copy));
        }
    }
}

/// A file system in a file, mounted as long as this is there.
struct Mounted {
    device: String,
    at: PathBuf,
}

impl Mounted {
    fn new(image: &Path, at: &Path) -> Self {
        fs::create_dir_all(at).unwrap();
        let device = run(Command::new("losetup").args(["-f", "--show"]).arg(image));
        run(Command::new("mount").arg(&device).arg(at));
        Self {
            device,
            at: at.into(),
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.at).status();
        let _ = Command::new("losetup").args(["-d", &self.device]).status();
    }
}

/// Restores on a file system that `mkfs` makes, and cuts it after every call; how many there were.
pub fn cut(scratch: &Path, mkfs: &[&str], check: &[&str]) -> usize {
    let outside = scratch.join("outside");
    fs::create_dir_all(&outside).unwrap();
    let image = scratch.join("image");
    fs::File::create(&image).unwrap().set_len(4 << 20).unwrap();
    run(Command::new(mkfs[0]).args(&mkfs[1..]).arg(&image));
    let prefix = scratch.join("device");
    let mounted = Mounted::new(&image, &prefix.join("volumes"));
    let (archive, old, new) = begin(&prefix, &outside);
    run(&mut Command::new("sync"));
    let text = prefix.to_str().unwrap();
    let system = System::at(text);
    let layer = Layer {
        inner: &system,
        hook: Copies {
            image: &image,
            copies: RefCell::default(),
        },
    };
    let mut watch = Unwatched;
    let mut job = Job::new(&layer, text, &mut watch);
    restore::restore(&mut job, &Order::new(&archive, Origin::Picocell)).unwrap();
    drop(mounted);
    let copies = layer.hook.copies.into_inner();
    let mut is_new = Vec::new();
    for (index, (call, copy)) in copies.iter().enumerate() {
        if let Some((program, arguments)) = check.split_first() {
            // 1: errors were corrected
            let status = Command::new(program)
                .args(arguments)
                .arg(copy)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            assert!(
                status.is_ok_and(|status| matches!(status.code(), Some(0 | 1))),
                "{program}"
            );
        }
        let mounted = Mounted::new(copy, &prefix.join("volumes"));
        is_new.push(holds(
            &prefix,
            &old,
            &new,
            &format!("cut after {call}, call {index}"),
        ));
        drop(mounted);
        fs::remove_file(copy).unwrap();
    }
    assert!(is_new.is_sorted(), "{is_new:?}");
    assert!(!is_new[0] && is_new[is_new.len() - 1]);
    copies.len()
}
