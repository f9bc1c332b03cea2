//! A device: a directory with roots, volumes and an image, the hosted kernel under it, cellinit on it.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use cell_abi::{Access, CellName};
use cell_hosted::process::Running;
use libcell::image::{Cell, DeviceNode, Image, MountEntry, MountSource, Volume, write};

use super::control::Control;
use super::define;

/// How long anything may take that should be at once.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Device {
    pub prefix: PathBuf,
    pub syslog: UnixDatagram,
    passed: RefCell<Vec<String>>,
    pub cellinit: Child,
    kernel: Option<Running>,
    directory: Option<tempfile::TempDir>,
}

/// Whether this machine lets the test run; says why not.
pub fn can_run() -> bool {
    let missing = if euid() != 0 {
        "not root"
    } else if !Path::new("/bin/busybox").exists() {
        "no /bin/busybox"
    } else if !Command::new("unshare")
        .args(["--mount", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        "mount namespaces are not permitted"
    } else {
        return true;
    };
    eprintln!("skipped: {missing}");
    false
}

fn euid() -> u32 {
    fs::metadata("/proc/self").map_or(1, |of| of.uid())
}

/// A cell that runs a script, with the volume that all share at /shared.
pub fn script(name: &'static str, depends: &[u8], script: &'static str) -> Cell<'static> {
    let mut cell = define::cell(name, depends);
    cell.command = shell(script);
    cell.devices = ["/dev/null", "/dev/zero"]
        .map(|path| DeviceNode {
            path,
            access: Access::ReadWrite,
            any_minor: false,
        })
        .into();
    cell.mounts = vec![MountEntry {
        source: MountSource::Volume(0),
        target: "/shared",
        read_only: false,
        no_exec: true,
    }];
    cell.log.ring = 4096;
    cell.stop_grace_ms = 1000;
    cell
}

/// A command that runs a script.
pub fn shell(script: &'static str) -> Vec<&'static str> {
    vec!["/bin/sh", "-c", script]
}

pub fn image(cells: Vec<Cell<'static>>) -> Image<'static> {
    let mut image = define::image(cells);
    image.volumes = vec![Volume {
        name: CellName::new("shared").unwrap(),
        path: "/volumes/shared",
        mode: 0o777,
        uid: 0,
        gid: 0,
        budget_kib: 0,
        allow: libcell::image::Allow::default(),
    }];
    image
}

impl Device {
    /// Boots a device with this image.
    pub fn boot(image: &Image<'_>) -> Self {
        Self::prepare(image, |_| {})
    }

    /// Boots it after a change to its files.
    pub fn prepare(image: &Image<'_>, change: impl FnOnce(&Path)) -> Self {
        Self::start(image, change, cellinit)
    }

    /// Boots it with a soft limit of so many descriptors for cellinit.
    pub fn with_descriptors(image: &Image<'_>, soft: u16) -> Self {
        Self::start(image, |_| {}, |prefix| limited(prefix, soft))
    }

    fn start(
        image: &Image<'_>,
        change: impl FnOnce(&Path),
        cellinit: impl FnOnce(&Path) -> Child,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let prefix = directory.path().to_path_buf();
        fs::set_permissions(&prefix, fs::Permissions::from_mode(0o755)).unwrap();
        for path in ["dev", "etc", "volumes", "var/run", "cells"] {
            fs::create_dir_all(prefix.join(path)).unwrap();
        }
        fs::copy("/bin/busybox", prefix.join("busybox")).unwrap();
        for cell in &image.cells {
            let root = prefix.join(cell.root.as_str().trim_start_matches('/'));
            for path in ["bin", "dev", "shared"] {
                fs::create_dir_all(root.join(path)).unwrap();
            }
            for applet in ["busybox", "sh", "sleep", "touch", "setsid"] {
                fs::hard_link(prefix.join("busybox"), root.join("bin").join(applet)).unwrap();
            }
        }
        fs::write(prefix.join("etc/cells.bin"), write(image).unwrap()).unwrap();
        change(&prefix);
        let syslog = UnixDatagram::bind(prefix.join("var/run/log")).unwrap();
        syslog.set_read_timeout(Some(PATIENCE)).unwrap();
        let kernel = cell_hosted::process::start(&prefix.join("dev/cell")).unwrap();
        let cellinit = cellinit(&prefix);
        Self {
            prefix,
            syslog,
            passed: RefCell::default(),
            cellinit,
            kernel: Some(kernel),
            directory: Some(directory),
        }
    }

    /// A connection to its control socket.
    pub fn control(&self) -> Control {
        let path = self.prefix.join("var/run/cellinit.sock");
        eventually("the control socket", || Control::connect(&path).ok())
    }

    /// A file of the shared volume, once it is there.
    pub fn shared(&self, name: &str) -> String {
        let path = self.prefix.join("volumes/shared").join(name);
        eventually(name, || {
            fs::read_to_string(&path)
                .ok()
                .filter(|text| text.ends_with('\n'))
        })
    }

    /// The next line that syslogd gets and that contains `text`. Lines of different streams come in any order: what was
    /// passed over is looked at first.
    pub fn syslog_line(&self, text: &str) -> String {
        let mut passed = self.passed.borrow_mut();
        if let Some(at) = passed.iter().position(|line| line.contains(text)) {
            return passed.remove(at);
        }
        let mut bytes = [0; 2048];
        loop {
            let count = match self.syslog.recv(&mut bytes) {
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => panic!("no line with {text:?}: {error}"),
            };
            let line = String::from_utf8_lossy(&bytes[..count]).into_owned();
            if line.contains(text) {
                return line;
            }
            passed.push(line);
        }
    }

    /// Asks it to stop and waits until it has.
    pub fn terminate(&mut self) -> ExitStatus {
        signal(self.cellinit.id(), "TERM");
        let status = eventually("the end of cellinit", || self.cellinit.try_wait().unwrap());
        // shown when the test fails
        println!("cellinit: {status}");
        print!(
            "{}",
            fs::read_to_string(self.prefix.join("stderr")).unwrap()
        );
        status
    }

    /// What cellinit complained of on standard error.
    pub fn complaints(&self) -> String {
        define::complaints(&fs::read_to_string(self.prefix.join("stderr")).unwrap())
    }

    /// Everything below the prefix that is mounted.
    pub fn mounts(&self) -> Vec<String> {
        let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let targets = table.lines().filter_map(|line| line.split(' ').nth(4));
        targets
            .filter(|target| Path::new(target).starts_with(&self.prefix))
            .map(String::from)
            .collect()
    }

    /// Starts cellinit again on what there is.
    pub fn start_again(&mut self) {
        self.cellinit = cellinit(&self.prefix);
    }

    /// Processes left in cells when the kernel stops.
    pub fn survivors(&mut self) -> usize {
        self.kernel.take().map_or(0, |kernel| kernel.stop().len())
    }
}

fn cellinit(prefix: &Path) -> Child {
    spawn(prefix, &mut Command::new(env!("CARGO_BIN_EXE_cellinit")))
}

fn limited(prefix: &Path, soft: u16) -> Child {
    let script = format!(
        "ulimit -S -n {soft} && exec {}",
        env!("CARGO_BIN_EXE_cellinit")
    );
    spawn(prefix, Command::new("sh").args(["-c", &script]))
}

fn spawn(prefix: &Path, command: &mut Command) -> Child {
    command
        .env("PICOCELL_PREFIX", prefix)
        .stdin(Stdio::null())
        .stderr(fs::File::create(prefix.join("stderr")).unwrap())
        .spawn()
        .unwrap()
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.cellinit.kill();
        let _ = self.cellinit.wait();
        if let Some(kernel) = self.kernel.take() {
            kernel.stop();
        }
        for target in self.mounts().iter().rev() {
            let _ = Command::new("umount").args(["-l", target]).status();
        }
        if std::thread::panicking() {
            let stderr = fs::read_to_string(self.prefix.join("stderr"));
            eprintln!("cellinit said: {}", stderr.unwrap_or_default());
        }
        drop(self.directory.take());
    }
}

/// Sends a signal.
pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// Whether a process runs. One that nobody reaps does not.
pub fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// Tries until it is so.
pub fn eventually<T>(what: &str, mut so: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(result) = so() {
            return result;
        }
        assert!(start.elapsed() < PATIENCE, "{what}: it does not come about");
        std::thread::sleep(Duration::from_millis(5));
    }
}
