//! 64 cells: how long a look takes, and that it does not take longer for having been done before.

use std::process::Command;
use std::time::{Duration, Instant};

use cell_abi::{CellName, Create, Handle, RootPath};
use cell_layer::Answers;
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

/// The best of some runs, because others use the machine too.
fn best(mut run: impl FnMut()) -> Duration {
    let runs = (0..25).map(|_| {
        let begin = Instant::now();
        run();
        begin.elapsed()
    });
    runs.min().unwrap()
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
    let answers = Answers::default();
    let [list, dry] = ["cell list --view merged -T", "apply --dry-run --all"].map(|line| {
        let asking = best(|| assert_eq!(device.run(line).status, 0, "{line}"));
        let knowing = best(|| assert_eq!(device.run_knowing(line, &answers), 0, "{line}"));
        println!("64 cells: {line}: {knowing:?}; {asking:?} with a kernel that is another process");
        knowing
    });
    assert!(list < Duration::from_millis(5) * SLACK, "{list:?}");
    assert!(dry < Duration::from_millis(20) * SLACK, "{dry:?}");
    let memory = memory(&device, "cell list --view merged -T");
    println!("64 cells: list in {memory} KiB of memory of its own");
    assert!(memory <= 2048, "{memory} KiB");
    // nothing is kept of earlier runs
    for _ in 0..100 {
        device.run("apply --dry-run --all");
    }
    let later = best(|| assert_eq!(device.run_knowing("apply --dry-run --all", &answers), 0));
    assert!(later < dry * 2, "{dry:?}, then {later:?}");
    assert_eq!(device.store().unwrap().0, 0);
    let mut handle = Handle::HOST;
    let mut buffer = [0; 1024];
    while let Some(info) = kernel.next(handle, &mut buffer).unwrap() {
        handle = info.handle;
        kernel.destroy(handle).unwrap();
    }
}
