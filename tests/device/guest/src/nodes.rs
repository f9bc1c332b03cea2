//! The device nodes: numbers differ between machines and come from `kern.drivers`.

use alloc::vec::Vec;

use libcell::platform::Errno;

use crate::os;

/// `CTL_KERN`, `KERN_DRIVERS` (sys/sys/sysctl.h).
const DRIVERS: [i32; 2] = [1, 75];

/// One node: its name in /dev, its driver, kind, minor and mode.
type Wanted<'a> = (&'a str, &'a str, u32, u32, u32);

const C: u32 = os::CHARACTER;
const B: u32 = os::BLOCK;

/// What is made of the drivers that the kernel has.
#[rustfmt::skip]
const NODES: &[Wanted<'_>] = &[
    ("console",  "cons",   C, 0,  0o600),
    ("tty",      "ctty",   C, 0,  0o666),
    ("mem",      "mem",    C, 0,  0o640),
    ("kmem",     "mem",    C, 1,  0o640),
    ("null",     "mem",    C, 2,  0o666),
    ("full",     "mem",    C, 11, 0o666),
    ("zero",     "mem",    C, 12, 0o666),
    ("random",   "rnd",    C, 0,  0o444),
    ("urandom",  "rnd",    C, 1,  0o644),
    ("ptmx",     "ptm",    C, 0,  0o666),
    ("ptm",      "ptm",    C, 1,  0o666),
    ("ptyp0",    "ptc",    C, 0,  0o666),
    ("ttyp0",    "pts",    C, 0,  0o666),
    ("bpf",      "bpf",    C, 0,  0o600),
    ("ksyms",    "ksyms",  C, 0,  0o440),
    ("sysmon",   "sysmon", C, 0,  0o666),
    ("watchdog", "sysmon", C, 1,  0o666),
    ("ld0a",     "ld",     B, 0,  0o640),
    ("rld0a",    "ld",     C, 0,  0o640),
    ("wd0a",     "wd",     B, 0,  0o640),
    ("rwd0a",    "wd",     C, 0,  0o640),
    ("md0a",     "md",     B, 0,  0o640),
    ("rmd0a",    "md",     C, 0,  0o640),
    ("vnd0a",    "vnd",    B, 0,  0o640),
    ("rvnd0a",   "vnd",    C, 0,  0o640),
    ("cell",     "cell",   C, 0,  0o600),
];

/// The units of a disk's raw partition, one more row each: which partition it is differs (`kern.rawpartition`).
const DISKS: [&str; 4] = ["ld", "wd", "md", "vnd"];

/// USB disks, with each of their first partitions: which one has the file system depends on what else is on the disk.
const STICKS: u32 = 6;
const PARTITIONS: u32 = 8;

/// What the minor numbers of two units differ by (`DISKUNIT` of sys/sys/disklabel.h): ARM had eight partitions once.
const UNIT: u32 = if cfg!(any(target_arch = "arm", target_arch = "aarch64")) {
    8
} else {
    16
};

/// struct kinfo_drivers: two majors, -1 for none, and a name.
struct Driver<'a> {
    character: i32,
    block: i32,
    name: &'a [u8],
}

fn drivers(bytes: &[u8]) -> impl Iterator<Item = Driver<'_>> {
    let number = |bytes: &[u8]| bytes.try_into().map_or(-1, i32::from_ne_bytes);
    bytes.chunks_exact(32).map(move |entry| {
        let (character, rest) = entry.split_at(4);
        let (block, name) = rest.split_at(4);
        let end = name.iter().position(|byte| *byte == 0);
        Driver {
            character: number(character),
            block: number(block),
            name: name.get(..end.unwrap_or(name.len())).unwrap_or_default(),
        }
    })
}

fn major(bytes: &[u8], driver: &str, kind: u32) -> Option<u32> {
    drivers(bytes)
        .find(|known| known.name == driver.as_bytes())
        .and_then(|known| {
            let number = if kind == B {
                known.block
            } else {
                known.character
            };
            u32::try_from(number).ok()
        })
}

/// Makes, in `directory`, the nodes of the drivers that there are now; those that exist stay.
///
/// # Errors
/// Of asking for the drivers, or of the first node that cannot be made.
pub fn make(directory: &str) -> Result<(), Errno> {
    let drivers = os::sysctl(&DRIVERS, &[])?;
    for &(name, driver, kind, minor, mode) in NODES {
        one(&drivers, directory, (name, driver, kind, minor, mode))?;
    }
    let raw = raw_partition();
    for disk in DISKS {
        let names = [
            alloc::format!("{disk}0{}", letter(raw)),
            alloc::format!("r{disk}0{}", letter(raw)),
        ];
        for (name, kind) in names.iter().zip([B, C]) {
            if let Some(major) = major(&drivers, disk, kind) {
                node(directory, name, kind, 0o640, (major, raw))?;
            }
        }
    }
    for unit in 0..STICKS {
        for partition in 0..PARTITIONS {
            let name = alloc::format!("sd{unit}{}", letter(partition));
            let minor = unit * UNIT + partition;
            one(&drivers, directory, (&name, "sd", B, minor, 0o640))?;
            let name = alloc::format!("r{name}");
            one(&drivers, directory, (&name, "sd", C, minor, 0o640))?;
        }
    }
    Ok(())
}

fn one(drivers: &[u8], directory: &str, wanted: Wanted<'_>) -> Result<(), Errno> {
    let (name, driver, kind, minor, mode) = wanted;
    match major(drivers, driver, kind) {
        Some(major) => node(directory, name, kind, mode, (major, minor)),
        None => Ok(()),
    }
}

fn node(
    directory: &str,
    name: &str,
    kind: u32,
    mode: u32,
    number: (u32, u32),
) -> Result<(), Errno> {
    let path = alloc::format!("{directory}/{name}");
    os::mask(0);
    let made = os::make_node(&path, kind, mode, number.0, number.1);
    os::mask(0o022);
    match made {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// `kern.rawpartition`; 3 where there is none, as on most.
fn raw_partition() -> u32 {
    let ask = || -> Result<Vec<u8>, Errno> {
        let name = os::sysctl_by_name(&["kern", "rawpartition"])?;
        os::sysctl(&name, &[])
    };
    ask()
        .ok()
        .and_then(|bytes| bytes.as_slice().try_into().ok())
        .map_or(3, u32::from_ne_bytes)
}

fn letter(partition: u32) -> char {
    char::from(b'a' + (partition & 15) as u8)
}
