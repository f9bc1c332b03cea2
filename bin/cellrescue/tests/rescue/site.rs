//! A device in a directory, and sticks in loop devices.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub struct Site {
    pub directory: tempfile::TempDir,
    pub prefix: PathBuf,
    loops: Vec<String>,
    // loop devices are the whole machine's
    _turn: MutexGuard<'static, ()>,
}

pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8_lossy(&output.stdout).into()
}

impl Site {
    pub fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = tempfile::tempdir().unwrap();
        let prefix = directory.path().join("root");
        for below in ["dev", "etc", "volumes", "var/run"] {
            fs::create_dir_all(prefix.join(below)).unwrap();
        }
        Self {
            directory,
            prefix,
            loops: Vec::new(),
            _turn: turn,
        }
    }

    pub fn volume(&self, name: &str) -> PathBuf {
        self.prefix.join("volumes").join(name)
    }

    /// A stick with a file system that `mkfs` makes, its node called `name`.
    pub fn stick(&mut self, name: &str, mkfs: &[&str]) {
        let image = self.directory.path().join(name);
        let file = fs::File::create(&image).unwrap();
        file.set_len(4 << 20).unwrap();
        run(Command::new(mkfs[0]).args(&mkfs[1..]).arg(&image));
        let device = run(Command::new("losetup").args(["-f", "--show"]).arg(&image));
        let device = device.trim().to_string();
        let number = fs::metadata(&device).unwrap().rdev();
        let (major, minor) = (number >> 8 & 0xfff, number & 0xff);
        run(Command::new("mknod")
            .arg(self.prefix.join("dev").join(name))
            .args(["b", &major.to_string(), &minor.to_string()]));
        self.loops.push(device);
    }

    pub fn ext2(&mut self, name: &str) {
        self.stick(name, &["mkfs.ext2", "-q", "-L", "stick"]);
    }

    /// What is on a stick, while it is mounted elsewhere.
    pub fn on_stick<T>(&self, name: &str, look: impl FnOnce(&Path) -> T) -> T {
        let at = self.directory.path().join("look");
        fs::create_dir_all(&at).unwrap();
        run(Command::new("mount")
            .arg(self.prefix.join("dev").join(name))
            .arg(&at));
        let seen = look(&at);
        run(Command::new("umount").arg(&at));
        seen
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cellrescue"));
        command
            .args(arguments)
            .env("PICOCELL_PREFIX", &self.prefix)
            .env_remove("TERM")
            .stdin(Stdio::null());
        command
    }

    /// Exit status, standard output and error.
    pub fn rescue(&self, arguments: &[&str]) -> (i32, String, String) {
        self.answered(arguments, "")
    }

    /// The same, with something on standard input.
    pub fn answered(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().unwrap();
        // whatever came of it
        self.is_unmounted();
        (
            status.code().unwrap_or(-1),
            String::from_utf8_lossy(&stdout).into(),
            String::from_utf8_lossy(&stderr).into(),
        )
    }

    /// That nothing is mounted below the device's root.
    pub fn is_unmounted(&self) {
        let mounts = fs::read_to_string("/proc/mounts").unwrap();
        let root = self.prefix.to_str().unwrap();
        assert!(!mounts.contains(root), "{mounts}");
    }

    pub fn ok(&self, arguments: &[&str]) -> String {
        let (status, output, error) = self.rescue(arguments);
        assert_eq!(status, 0, "{error}");
        output
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for device in &self.loops {
            let _ = Command::new("losetup").args(["-d", device]).status();
        }
    }
}

/// Names and content of a directory.
pub fn content(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut left = vec![path.to_path_buf()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let entry = entry.unwrap().path();
            let name = entry.strip_prefix(path).unwrap().to_str().unwrap().into();
            if entry.is_dir() {
                left.push(entry);
                all.push((name, Vec::new()));
            } else {
                all.push((name, fs::read(&entry).unwrap()));
            }
        }
    }
    all.sort();
    all
}

/// A volume with some files.
pub fn populate(path: &Path) {
    fs::create_dir_all(path.join("etc")).unwrap();
    fs::write(path.join("etc/hosts"), "127.0.0.1 localhost\n").unwrap();
    let noise: Vec<u8> = (0..300_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761).wrapping_mul(at) >> 15) as u8)
        .collect();
    fs::write(path.join("noise"), noise).unwrap();
}
