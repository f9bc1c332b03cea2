//! A tree that stands for a release's, to try a board where there is none: something at each path that is copied, programs
//! with an interpreter and a library to be found, and nothing in any of them to run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::board::{self, LoadError};
use crate::elf::{self, Elf};
use crate::failure::Failure;
use crate::files::Files;
use crate::report::Report;
use crate::resolve::{Definitions, Machine};

/// What every program of it needs.
const LINKER: &str = "/libexec/ld.elf_so";
const LIBRARY: &str = "/lib/libc.so.0.0";
const LIBRARY_NAME: &str = "libc.so.0";

/// Directories of programs.
const PROGRAMS: [&str; 7] = [
    "/bin/",
    "/sbin/",
    "/libexec/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/libexec/",
    "/usr/pkg/bin/",
];

/// What stands at a path.
enum Stands {
    File(u32, Vec<u8>),
    Link(&'static str),
}

/// Makes `into/root` and `into/kernel`; how many files.
pub(crate) fn make(directory: &Path, into: &Path) -> Result<usize, Failure> {
    let files = Files::default();
    let report = Report::new(&files);
    let definitions = board::read(directory, &files, &report, &mut Vec::new())
        .map_err(|why| Failure::load(directory, why))?;
    if !report.is_empty() {
        let mistakes = LoadError::Mistakes(report.into_mistakes());
        return Err(Failure::load(directory, mistakes));
    }
    let arch = definitions.board.arch.as_deref().unwrap_or_default();
    let machine = Machine::of(arch)
        .ok_or_else(|| Failure::at(directory, "stand-in", &"its architecture is not known"))?;
    let mut tree = BTreeMap::new();
    for path in copied(&definitions) {
        tree.insert(format!("/root{path}"), stands(&path, machine));
    }
    let plain = Elf {
        machine: machine.machine,
        big_endian: machine.big_endian,
        ..Elf::default()
    };
    for path in [LINKER, LIBRARY] {
        tree.insert(
            format!("/root{path}"),
            Stands::File(0o555, elf::make(&plain)),
        );
    }
    tree.insert(
        format!("/root/lib/{LIBRARY_NAME}"),
        Stands::Link("libc.so.0.0"),
    );
    tree.insert(
        "/root/usr/lib/libc.so.0".to_owned(),
        Stands::Link("../../lib/libc.so.0.0"),
    );
    tree.insert(
        "/root/dev/MAKEDEV".to_owned(),
        Stands::File(0o555, makedev(&definitions).into_bytes()),
    );
    if let Some(kernel) = &definitions.board.device.kernel {
        let path = format!("/kernel/{}", kernel.file.value);
        tree.insert(path, Stands::File(0o755, elf::make(&plain)));
    }
    fs::create_dir(into).map_err(|why| Failure::write(into, &why))?;
    for (path, stands) in &tree {
        let on_host = into.join(path.trim_start_matches('/'));
        put(&on_host, stands).map_err(|why| Failure::write(&on_host, &why))?;
    }
    Ok(tree.len())
}

fn put(path: &Path, stands: &Stands) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match stands {
        Stands::Link(target) => symlink(target, path),
        Stands::File(mode, bytes) => {
            fs::write(path, bytes)?;
            fs::set_permissions(path, Permissions::from_mode(*mode))
        }
    }
}

/// What cells and the system copy; `*` stands for something.
fn copied(definitions: &Definitions) -> BTreeSet<String> {
    let cells = definitions.cells.iter().map(|cell| &cell.contents);
    let system = definitions
        .board
        .device
        .system
        .iter()
        .map(|system| &system.contents);
    cells
        .chain(system)
        .flat_map(|contents| &contents.copy)
        .filter(|path| crate::paths::fault(&path.value).is_none())
        .map(|path| path.value.replace('*', "0"))
        .collect()
}

fn stands(path: &str, machine: Machine) -> Stands {
    let library = path.contains(".so");
    let program = PROGRAMS.iter().any(|directory| path.starts_with(directory));
    if !library && !program {
        return Stands::File(0o444, format!("stands for {path}\n").into_bytes());
    }
    let elf = Elf {
        machine: machine.machine,
        big_endian: machine.big_endian,
        interpreter: (!library).then(|| LINKER.to_owned()),
        libraries: if library {
            Vec::new()
        } else {
            vec![LIBRARY_NAME.to_owned()]
        },
        search: if library {
            Vec::new()
        } else {
            vec!["/lib".to_owned()]
        },
    };
    Stands::File(0o555, elf::make(&elf))
}

/// A MAKEDEV(8) that gives every node of the board a number of its own.
fn makedev(definitions: &Definitions) -> String {
    let mut names: BTreeSet<String> = [
        "console", "constty", "tty", "null", "zero", "full", "random", "urandom", "stdin",
        "stdout", "stderr", "klog", "ptm", "ptmx",
    ]
    .map(str::to_owned)
    .into();
    let board = &definitions.board;
    let cells = definitions.cells.iter().flat_map(|cell| &cell.devices);
    let paths = cells
        .map(|device| &device.path)
        .chain(board.watchdog.iter().map(|(device, _)| device));
    names.extend(paths.filter_map(|path| Some(path.value.strip_prefix("/dev/")?.to_owned())));
    names.extend(
        board
            .device
            .console
            .iter()
            .map(|console| console.device.value.clone()),
    );
    let disk = board
        .device
        .storage
        .iter()
        .filter_map(|storage| storage.disk.as_ref());
    for disk in disk.map(|disk| disk.value.as_str()) {
        for part in 'a'..='h' {
            names.extend([format!("{disk}{part}"), format!("r{disk}{part}")]);
        }
        for number in 0..4 {
            names.extend([format!("dk{number}"), format!("rdk{number}")]);
        }
    }
    let mut text =
        "#!/bin/sh\n# stands for a release's: -s all\ncat <<'END'\n. type=dir optional\n"
            .to_owned();
    for (number, name) in (1..).zip(names) {
        // a String takes everything
        let _ = writeln!(
            text,
            "./{name} type=char device=netbsd,{number},0 mode=600 gid=0 uid=0"
        );
    }
    text.push_str("END\n");
    text
}
