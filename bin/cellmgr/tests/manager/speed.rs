//! 64 cells: how long a look takes, and that it does not take longer for having been done before.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use cell_abi::{CellName, Create, Denials, Handle, Policy, PolicyReport, Profile, RootPath};
use libcell::device::CellDevice;
use libcell::image::Image;
use libcell::platform::System;

use super::device::{Device, image};

fn full() -> Image<'static> {
    let mut image = image();
    let db = image.cells[0].clone();
    image.cells = (0..64)
        .map(|number| {
            let name: &'static str = format!("cell{number:02}").leak();
            let mut cell = db.clone();
            cell.name = CellName::new(name).unwrap();
            cell.log.tag = name;
            cell.root = RootPath::new(format!("/cells/{name}").leak()).unwrap();
            cell.uid = 5000 + number;
            cell
        })
        .collect();
    image
}

/// How long this thread had a processor so far.
fn own() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let first = text.split(' ').next().unwrap();
    Duration::from_nanos(first.parse().unwrap())
}

/// What something takes: time, and of that the time that this thread had a processor. The best of some runs each, because
/// others use the machine too.
fn best(mut run: impl FnMut()) -> [Duration; 2] {
    let runs = (0..25).map(|_| {
        let (begin, before) = (Instant::now(), own());
        run();
        (begin.elapsed(), own() - before)
    });
    let (times, owns): (Vec<_>, Vec<_>) = runs.unzip();
    [times, owns].map(|all| all.into_iter().min().unwrap())
}

/// Asks the kernel what a list of all cells asks it.
fn walk(kernel: &CellDevice<'_, System>) {
    let mut handle = Handle::HOST;
    let mut buffer = [0; 1024];
    kernel.hello().unwrap();
    while let Some(info) = kernel.next(handle, &mut buffer).unwrap() {
        handle = info.handle;
        kernel.stats(handle).unwrap();
        let mut report = PolicyReport {
            policy: Policy::of(Profile::Custom),
            denials: Denials::new(),
        };
        kernel.policy_into(handle, &mut report).unwrap();
    }
}

/// KiB of memory of its own, its stack aside, with which the program manages: the least in steps of 64.
fn memory(device: &Device, line: &str) -> u32 {
    let manages = |kib: &u32| {
        Command::new("sh")
            .args(["-c", "ulimit -d $0 && exec \"$@\""])
            .arg(kib.to_string())
            .arg(env!("CARGO_BIN_EXE_cellmgr"))
            .args(line.split(' '))
            .env("PICOCELL_PREFIX", device.prefix())
            .output()
            .is_ok_and(|ran| {
                ran.status.success() && ran.stdout.split(|b| *b == b'\n').count() == 66
            })
    };
    (64..8192).step_by(64).find(manages).unwrap()
}

/// The bounds are those of a release build on a quiet machine; without optimisation there is more to do.
const SLACK: u32 = if cfg!(debug_assertions) { 6 } else { 1 };

#[test]
fn sixty_four_cells_are_looked_at_in_milliseconds() {
    let device = Device::of(&full());
    device.done("apply --all");
    // the kernel has all of them too
    let system = System::at(device.prefix());
    let path = device.path("dev/cell");
    let kernel = CellDevice::open(&system, path.to_str().unwrap()).unwrap();
    for cell in &full().cells {
        let root = device.path(cell.root.as_str().trim_start_matches('/'));
        kernel
            .create(Create {
                name: cell.name,
                root: RootPath::new(root.to_str().unwrap()).unwrap(),
                policy: libcell::policy::policy(&system, cell).unwrap(),
            })
            .unwrap();
    }
    let look = |line: &str| best(|| assert_eq!(device.run(line).status, 0, "{line}"));
    let [list, own_list] = look("cell list --view merged -T");
    let [dry, own_dry] = look("apply --dry-run --all");
    let [walk, own_walk] = best(|| walk(&kernel));
    println!(
        "64 cells: list {list:?}, of its own {own_list:?}; dry run {dry:?}, of its own {own_dry:?}"
    );
    println!("64 cells: asking the kernel {walk:?}, of its own {own_walk:?}");
    // the kernel is another process here, and a call to it some messages
    let list = own_list.saturating_sub(own_walk);
    assert!(list < Duration::from_millis(5) * SLACK, "{list:?}");
    assert!(own_dry < Duration::from_millis(20) * SLACK, "{own_dry:?}");
    let memory = memory(&device, "cell list --view merged -T");
    println!("64 cells: list in {memory} KiB of memory of its own");
    assert!(memory <= 2048, "{memory} KiB");
    // nothing is kept of earlier runs
    for _ in 0..100 {
        device.run("apply --dry-run --all");
    }
    let [_, later] = look("apply --dry-run --all");
    assert!(later < own_dry * 2, "{own_dry:?}, then {later:?}");
    assert_eq!(device.store().unwrap().0, 0);
    let mut handle = Handle::HOST;
    let mut buffer = [0; 1024];
    while let Some(info) = kernel.next(handle, &mut buffer).unwrap() {
        handle = info.handle;
        kernel.destroy(handle).unwrap();
    }
}
