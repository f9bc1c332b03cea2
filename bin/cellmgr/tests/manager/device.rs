//! A device in a directory.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use cell_abi::{Access, CellName, Limits, Profile, Protocols, Reservation, Reservations, RootPath};
use cell_hosted::process::Running;
use cell_layer::{Answers, Fate, Layer};
use libcell::desired::store::Stored;
use libcell::image::{
    Board, Budget, Cell, DeviceNode, Facility, Image, Level, Log, MountEntry, MountSource,
    Readiness, Restart, RestartPolicy, Volume, write,
};
use libcell::platform::System;

use super::cellinit::{self, Known};

/// One kernel at a time: it is a process' own.
static KERNEL: Mutex<()> = Mutex::new(());

pub struct Device {
    pub directory: tempfile::TempDir,
    pub known: Arc<Mutex<Known>>,
    kernel: Option<Running>,
    _one: MutexGuard<'static, ()>,
}

/// A path, and the content of a file.
type Entry = (PathBuf, Option<Vec<u8>>);

/// What a command left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub status: u8,
    pub out: String,
    pub err: String,
}

pub fn name(text: &str) -> CellName<'_> {
    CellName::new(text).unwrap()
}

pub fn cell(text: &'static str, depends: &[u8]) -> Cell<'static> {
    Cell {
        name: name(text),
        description: "",
        root: RootPath::new(format!("/cells/{text}").leak()).unwrap(),
        autostart: true,
        critical: false,
        profile: Profile::Medium,
        may: Profile::Medium.policy(),
        reservations: Reservations::new(),
        devices: vec![DeviceNode {
            path: "/dev/null",
            access: Access::ReadWrite,
            any_minor: false,
        }],
        limits: Limits {
            processes: Some(8),
            nofile: Some(64),
            address_space_kib: None,
            core_kib: Some(0),
        },
        caps: vec![],
        command: vec!["/bin/httpd", "-f"],
        environment: vec!["PATH=/bin"],
        directory: "/",
        uid: 5000,
        gid: 5000,
        groups: vec![],
        depends: depends.to_vec(),
        restart: Restart {
            policy: RestartPolicy::Always,
            max_failures: 5,
            stable_ms: 30_000,
        },
        stop_grace_ms: 5000,
        readiness: Readiness::Started,
        health: None,
        log: Log {
            facility: Facility(3),
            stdout: Level(6),
            stderr: Level(4),
            tag: text,
            ring: 4096,
        },
        mounts: vec![],
        plan: vec![],
        root_digest: [7; 32],
        root_kib: 12,
    }
}

/// db on a volume, web on another that depends on it, and tool that is not started.
pub fn image() -> Image<'static> {
    let mount = |index| MountEntry {
        source: MountSource::Volume(index),
        target: "/data",
        read_only: false,
        no_exec: true,
    };
    let mut db = cell("db", &[]);
    db.mounts = vec![mount(0)];
    let mut web = cell("web", &[0]);
    web.mounts = vec![mount(1)];
    web.reservations
        .push(Reservation::new(Protocols::Tcp, 80, 80).unwrap())
        .unwrap();
    let mut tool = cell("tool", &[]);
    tool.autostart = false;
    let volume = |text: &'static str| Volume {
        name: name(text),
        path: format!("/volumes/{text}").leak(),
        mode: 0o750,
        uid: 0,
        gid: 0,
        budget_kib: 64,
        allow: libcell::image::Allow::default(),
    };
    Image {
        board: Board {
            name: "desk",
            arch: "amd64",
            sealed: false,
            signed: false,
            rescue: false,
            watchdog: None,
            ram_kib: 0,
            flash_kib: 0,
            roots_kib: 0,
            system_ram_kib: 0,
            budget: Budget::default(),
            syslog: "/var/run/log",
            recovery: false,
        },
        volumes: vec![volume("dbdata"), volume("site")],
        cells: vec![db, web, tool],
    }
}

impl Device {
    /// Of this image, with everything running that is to.
    pub fn of(image: &Image<'_>) -> Self {
        let one = KERNEL.lock().unwrap_or_else(|broken| broken.into_inner());
        let directory = tempfile::tempdir().unwrap();
        let prefix = directory.path().to_path_buf();
        for path in ["dev", "etc", "volumes", "var/run"] {
            fs::create_dir_all(prefix.join(path)).unwrap();
        }
        for cell in &image.cells {
            let root = prefix.join(cell.root.as_str().trim_start_matches('/'));
            for path in ["bin", "data", "other"] {
                fs::create_dir_all(root.join(path)).unwrap();
            }
            fs::write(root.join("bin/httpd"), "").unwrap();
            fs::write(root.join("bin/check"), "").unwrap();
        }
        fs::write(prefix.join("etc/cells.bin"), write(image).unwrap()).unwrap();
        let kernel = cell_hosted::process::start(&prefix.join("dev/cell")).unwrap();
        let device = Self {
            known: Arc::default(),
            directory,
            kernel: Some(kernel),
            _one: one,
        };
        device.boot(image);
        cellinit::serve(&prefix, &device.known);
        device
    }

    pub fn new() -> Self {
        Self::of(&image())
    }

    fn boot(&self, image: &Image<'_>) {
        let mut known = self.known.lock().unwrap();
        known.reload(self.prefix()).unwrap();
        let cells = image.cells.iter().filter(|cell| cell.autostart);
        let names: Vec<&str> = cells.map(|cell| cell.name.as_str()).collect();
        known.boot(&names);
    }

    pub fn prefix(&self) -> &str {
        self.directory.path().to_str().unwrap()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    pub fn run(&self, line: &str) -> Ran {
        self.run_with(line, None).0
    }

    pub fn words(&self, words: &[&str]) -> Ran {
        self.layered(words, None).0
    }

    /// Runs it with something that is to happen; and how many calls changed something, and whether it was killed.
    pub fn run_with(&self, line: &str, fate: Option<(usize, Fate)>) -> (Ran, usize, bool) {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        self.layered(&words, fate)
    }

    /// Runs it with the kernel's answers at hand; its status.
    pub fn run_knowing(&self, line: &str, answers: &Answers) -> u8 {
        let system = System::at(self.prefix());
        let layer = Layer::new(&system, None).with_answers(answers);
        let words: Vec<&str> = ["cellmgr"].into_iter().chain(line.split(' ')).collect();
        cellmgr::run(&layer, &words)
    }

    fn layered(&self, words: &[&str], fate: Option<(usize, Fate)>) -> (Ran, usize, bool) {
        let system = System::at(self.prefix());
        let layer = Layer::new(&system, fate);
        let mut all = vec!["cellmgr"];
        all.extend(words);
        let status = cellmgr::run(&layer, &all);
        let [out, err] = layer.said();
        (Ran { status, out, err }, layer.calls(), layer.is_dead())
    }

    /// Expects status 0 and nothing on standard error; what it printed.
    pub fn done(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(
            (ran.status, ran.err.as_str()),
            (0, ""),
            "{line}: {}",
            ran.out
        );
        ran.out
    }

    /// Expects this status and this line on standard error, and that nothing in the store and the volumes is changed.
    #[track_caller]
    pub fn refuses(&self, line: &str, status: u8, why: &str) {
        let before = (self.store(), tree(&self.path("volumes")));
        let ran = self.run(line);
        let expected = format!("cellmgr: {why}\n");
        assert_eq!(
            (ran.status, ran.err),
            (status, expected),
            "{line}: {}",
            ran.out
        );
        assert_eq!(
            (self.store(), tree(&self.path("volumes"))),
            before,
            "{line}"
        );
    }

    /// What is in the store, or why it cannot be read.
    pub fn store(&self) -> Result<(u32, String), String> {
        let stored = Stored::load(&System::at(self.prefix()), self.prefix());
        stored
            .map(|stored| (stored.generation, format!("{:?}", stored.overrides())))
            .map_err(|why| why.to_string())
    }

    /// Files of the volumes and the state, to be put back.
    pub fn snapshot(&self) -> (Vec<Entry>, Known) {
        (
            tree(&self.path("volumes")),
            self.known.lock().unwrap().clone(),
        )
    }

    pub fn restore(&self, (files, known): &(Vec<Entry>, Known)) {
        fs::remove_dir_all(self.path("volumes")).unwrap();
        for (path, bytes) in files {
            match bytes {
                None => fs::create_dir(path).unwrap(),
                Some(bytes) => fs::write(path, bytes).unwrap(),
            }
        }
        *self.known.lock().unwrap() = known.clone();
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        if let Some(kernel) = self.kernel.take() {
            kernel.stop();
        }
    }
}

/// Every file and directory below, parents first.
pub fn tree(path: &std::path::Path) -> Vec<Entry> {
    let mut all = vec![];
    if path.is_dir() {
        all.push((path.to_owned(), None));
        let mut inside: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        inside.sort();
        for path in inside {
            all.extend(tree(&path));
        }
    } else if path.is_file() {
        all.push((path.to_owned(), Some(fs::read(path).unwrap())));
    }
    all
}

/// Text in which numbers of operations are all the same.
pub fn masked(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let line = match line.strip_prefix("op ") {
            Some(rest) => format!("op ########{}", &rest[8..]),
            None => line.to_owned(),
        };
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}

/// Whether a line on standard error says how far something is.
pub fn is_progress(line: &str) -> bool {
    let words = ["save ", "restore ", "verify "];
    words.iter().any(|word| line.starts_with(word)) && line.contains(" % ")
}
