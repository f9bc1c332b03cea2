//! A device's data partition in a directory, and what is in volumes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use libcell::archive::{Allow, Origin};
use libcell::backup::{self, Plan, Tight};
use libcell::job::{Found, Job};
use libcell::platform::{Errno, System};
use libcell::problem::{Why, words};
use libcell::progress::{Unwatched, Watch};
use libcell::restore::{self, Order, Resumed};
use powercut::layer::{Hook, Layer};

pub struct World {
    pub directory: tempfile::TempDir,
    pub prefix: String,
    pub system: System,
    /// Not on the data partition.
    pub outside: PathBuf,
    mounted: Option<PathBuf>,
}

impl World {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let prefix: String = directory.path().join("root").to_str().unwrap().into();
        let outside = directory.path().join("outside");
        fs::create_dir_all(format!("{prefix}/volumes")).unwrap();
        fs::create_dir(&outside).unwrap();
        Self {
            system: System::at(&prefix),
            directory,
            prefix,
            outside,
            mounted: None,
        }
    }

    /// With 8 MiB for all volumes.
    pub fn tight() -> Self {
        let mut world = Self::new();
        let volumes = PathBuf::from(format!("{}/volumes", world.prefix));
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(&volumes));
        world.mounted = Some(volumes);
        world
    }

    pub fn volume(&self, name: &str) -> PathBuf {
        Path::new(&self.prefix).join("volumes").join(name)
    }

    pub fn backups(&self) -> String {
        format!("{}{}", self.prefix, backup::DIRECTORY)
    }

    /// Names in the directory of the state.
    pub fn state(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.volume(".state"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub fn plan(volume: &str) -> Plan<'_> {
        Plan {
            volume,
            board: "gateway",
            image: "-",
            directory: None,
            allow: Allow::default(),
            keep: 0,
            tight: Tight::Refuse,
        }
    }

    pub fn save_as(&self, plan: &Plan<'_>) -> Result<Saved, String> {
        let mut watch = Unwatched;
        let mut job = Job::new(&self.system, &self.prefix, &mut watch);
        match backup::create(&mut job, plan) {
            Ok(()) => Ok(Saved {
                path: job.object,
                found: job.found,
            }),
            Err(why) => Err(said(&job, why)),
        }
    }

    pub fn save(&self, volume: &str) -> Saved {
        self.save_as(&Self::plan(volume)).unwrap()
    }

    pub fn order(archive: &str) -> Order<'_> {
        Order::new(archive, Origin::Picocell)
    }

    pub fn restore_as(&self, order: &Order<'_>) -> Result<Found, String> {
        self.restore_watched(order, &mut Unwatched)
    }

    pub fn restore_watched(
        &self,
        order: &Order<'_>,
        watch: &mut dyn Watch,
    ) -> Result<Found, String> {
        let mut job = Job::new(&self.system, &self.prefix, watch);
        match restore::restore(&mut job, order) {
            Ok(()) => Ok(job.found),
            Err(why) => Err(said(&job, why)),
        }
    }

    pub fn restore(&self, archive: &str) -> Result<Found, String> {
        self.restore_as(&Self::order(archive))
    }

    pub fn resume(&self) -> (Resumed, Found) {
        let mut watch = Unwatched;
        let mut job = Job::new(&self.system, &self.prefix, &mut watch);
        (restore::resume(&mut job).unwrap(), job.found)
    }

    pub fn delete(&self, file: &str) -> Result<(), String> {
        let mut watch = Unwatched;
        let mut job = Job::new(&self.system, &self.prefix, &mut watch);
        backup::delete(&mut job, &self.backups(), file).map_err(|why| said(&job, why))
    }
}

/// An archive that was made.
#[derive(Debug)]
pub struct Saved {
    pub path: String,
    pub found: Found,
}

/// What a program would say.
pub fn said<P: libcell::platform::Platform>(job: &Job<'_, P>, why: Why) -> String {
    format!("{}: {}", job.object, words(why))
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(volumes) = &self.mounted {
            let _ = Command::new("umount").arg("-l").arg(volumes).status();
        }
    }
}

pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into()
}

/// Something of every kind.
pub fn populate(volume: &Path) {
    let make = |path: &str, bytes: &[u8]| fs::write(volume.join(path), bytes).unwrap();
    fs::create_dir_all(volume.join("etc/deep/er/and/deeper")).unwrap();
    fs::create_dir(volume.join("empty")).unwrap();
    make("etc/hosts", b"127.0.0.1 localhost\n");
    make("etc/empty", b"");
    let lines: Vec<u8> = (0..20_000)
        .flat_map(|line| format!("line {line}\n").into_bytes())
        .collect();
    make("etc/deep/er/lines", &lines);
    make("etc/deep/er/and/deeper/x", &[0; 70_000]);
    make("naïve name with blanks\tand a tab", "€".as_bytes());
    make(&"n".repeat(200), b"long");
    fs::hard_link(volume.join("etc/hosts"), volume.join("another name")).unwrap();
    symlink("etc/hosts", volume.join("link")).unwrap();
    symlink("/nowhere/".repeat(30), volume.join("long link")).unwrap();
    let sparse = fs::File::create(volume.join("sparse")).unwrap();
    sparse.write_all_at(b"first", 40_960).unwrap();
    sparse.write_all_at(&[b'x'; 5000], 1 << 20).unwrap();
    sparse.set_len(3 << 20).unwrap();
    let hole = fs::File::create(volume.join("hole")).unwrap();
    hole.set_len(123_456).unwrap();
    run(Command::new("mkfifo").arg(volume.join("pipe")));
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(volume.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("etc/hosts", 0o600);
    mode("empty", 0o1777);
    mode("etc/deep/er", 0o550);
    mode("etc/empty", 0);
    for (path, uid, gid) in [
        ("etc/hosts", 5001, 5002),
        ("link", 7, 8),
        ("etc", 4_000_000, 1),
    ] {
        std::os::unix::fs::lchown(volume.join(path), Some(uid), Some(gid)).unwrap();
    }
    for (path, time) in [
        ("etc/hosts", "@1234567890.123456789"),
        ("etc/deep/er/and", "@1.5"),
        ("etc/empty", "@-5"),
        ("link", "@1000000000"),
        (".", "@1700000000"),
    ] {
        run(Command::new("touch")
            .args(["-h", "-d", time])
            .arg(volume.join(path)));
    }
}

/// All that is to be kept of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    kind: char,
    pub mode: u32,
    owner: (u32, u32),
    modified: (i64, i64),
    size: u64,
    /// Its hash.
    pub content: u64,
    /// The first name of the same file.
    same: Option<String>,
    pub is_sparse: bool,
}

fn hash(bytes: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Everything in a directory, by name, without whether it takes less than its size.
pub fn without_holes(top: &Path) -> BTreeMap<String, Kept> {
    let mut all = snapshot(top);
    all.values_mut().for_each(|kept| kept.is_sparse = false);
    all
}

/// Everything in a directory, by name.
pub fn snapshot(top: &Path) -> BTreeMap<String, Kept> {
    let mut all = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    look(top, "", &mut all, &mut numbers);
    all
}

fn look(
    top: &Path,
    name: &str,
    all: &mut BTreeMap<String, Kept>,
    numbers: &mut BTreeMap<u64, String>,
) {
    let path = top.join(name);
    let of = fs::symlink_metadata(&path).unwrap();
    let kind = of.file_type();
    let (letter, content) = if kind.is_dir() {
        ('d', Vec::new())
    } else if kind.is_symlink() {
        (
            'l',
            fs::read_link(&path)
                .unwrap()
                .into_os_string()
                .into_encoded_bytes(),
        )
    } else if kind.is_fifo() {
        ('p', Vec::new())
    } else if kind.is_socket() {
        ('s', Vec::new())
    } else if kind.is_file() {
        ('-', fs::read(&path).unwrap())
    } else {
        ('n', of.rdev().to_string().into_bytes())
    };
    let size = if kind.is_dir() { 0 } else { of.size() };
    let kept = Kept {
        kind: letter,
        mode: of.mode() & 0o7777,
        owner: (of.uid(), of.gid()),
        modified: (of.mtime(), of.mtime_nsec()),
        size,
        content: hash(&content),
        same: numbers.get(&of.ino()).cloned(),
        is_sparse: kind.is_file() && of.blocks() * 512 + 8192 < size,
    };
    numbers.entry(of.ino()).or_insert_with(|| name.into());
    all.insert(name.into(), kept);
    if kind.is_dir() {
        let mut names: Vec<_> = fs::read_dir(&path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        for below in names {
            let below = below.into_string().unwrap();
            let name = if name.is_empty() {
                below
            } else {
                format!("{name}/{below}")
            };
            look(top, &name, all, numbers);
        }
    }
}

/// Says which entry is not the same.
pub fn same(one: &BTreeMap<String, Kept>, other: &BTreeMap<String, Kept>) {
    for (name, kept) in one {
        assert_eq!(Some(kept), other.get(name), "{name}");
    }
    assert_eq!(one.len(), other.len());
}

/// A medium that cannot be read any further once so many bytes were read.
pub struct Failing(std::cell::Cell<u64>);

impl Hook for Failing {
    fn read(&self, bytes: usize) -> Result<usize, Errno> {
        match self.0.get() {
            0 => Err(Errno::EIO),
            left => {
                let count = left.min(bytes as u64);
                self.0.set(left - count);
                Ok(count as usize)
            }
        }
    }
}

impl Failing {
    pub fn after(system: &System, bytes: u64) -> Layer<'_, System, Self> {
        Layer {
            inner: system,
            hook: Self(std::cell::Cell::new(bytes)),
        }
    }
}
