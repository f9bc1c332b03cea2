//! A device: a directory, the hosted kernel under it, cellctl on it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cell_hosted::process::Running;

/// A prefix with a kernel at `dev/cell` and a root that busybox fills.
pub struct Device {
    prefix: PathBuf,
    pub root: String,
    kernel: Option<Running>,
    _directory: tempfile::TempDir,
}

impl Device {
    /// `None`, and says why, where the machine does not let this run.
    pub fn boot() -> Option<Self> {
        let missing = if fs::metadata("/proc/self").map_or(1, |of| of.uid()) != 0 {
            "not root"
        } else if !Path::new("/bin/busybox").exists() {
            "no /bin/busybox"
        } else {
            ""
        };
        if !missing.is_empty() {
            eprintln!("skipped: {missing}");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let prefix = directory.path().to_path_buf();
        fs::set_permissions(&prefix, fs::Permissions::from_mode(0o755)).unwrap();
        let root = prefix.join("cells/web");
        fs::create_dir_all(root.join("bin")).unwrap();
        fs::create_dir_all(prefix.join("dev")).unwrap();
        fs::copy("/bin/busybox", root.join("bin/busybox")).unwrap();
        for applet in ["sh", "sleep", "env", "id", "pwd", "ls", "chroot"] {
            fs::hard_link(root.join("bin/busybox"), root.join("bin").join(applet)).unwrap();
        }
        fs::write(root.join("bin/text"), "no program\n").unwrap();
        let kernel = cell_hosted::process::start(&prefix.join("dev/cell")).unwrap();
        Some(Self {
            root: root.to_str().unwrap().to_owned(),
            prefix,
            kernel: Some(kernel),
            _directory: directory,
        })
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cellctl"));
        command
            .args(words)
            .env("PICOCELL_PREFIX", &self.prefix)
            .env("SECRET", "of the operator")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Expects status 0 and nothing on standard error; what it printed.
    pub fn done(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), err.as_str()),
            (Some(0), ""),
            "{words:?}"
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Expects this status and this line on standard error.
    pub fn fails(&self, words: &[&str], status: i32, line: &str) {
        let output = self.run(words);
        let err = String::from_utf8(output.stderr).unwrap();
        let expected = (Some(status), format!("cellctl: {line}\n"));
        assert_eq!((output.status.code(), err), expected, "{words:?}");
    }

    /// Makes the cell; its number.
    pub fn create(&self, options: &[&str]) -> String {
        let mut words = vec!["create", "-n", "web"];
        words.extend(options);
        words.push(&self.root);
        let said = self.done(&words);
        let number = said.strip_prefix("cell ").unwrap().trim_end();
        assert!(number.parse::<u32>().unwrap() >= 256);
        number.to_owned()
    }

    /// A field of the cell's line of a table.
    pub fn field(&self, table: &str, heading: &str) -> String {
        let text = self.done(&[table, "-T"]);
        let mut lines = text
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>());
        let headings = lines.next().unwrap();
        let at = headings.iter().position(|name| *name == heading).unwrap();
        lines.next().unwrap()[at].to_owned()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let left = self.kernel.take().map(Running::stop).unwrap_or_default();
        assert!(left.is_empty() || std::thread::panicking(), "left in cells");
    }
}
