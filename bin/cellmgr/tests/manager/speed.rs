//! 64 cells: how long a look takes, and that it does not take longer for having been done before.

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

/// How long it takes to ask the kernel for all cells and their policies.
fn walk(kernel: &CellDevice<'_, System>) -> Duration {
    let begin = Instant::now();
    let mut handle = Handle::HOST;
    let mut buffer = [0; 1024];
    while let Some(info) = kernel.next(handle, &mut buffer).unwrap() {
        handle = info.handle;
        let mut report = PolicyReport {
            policy: Policy::of(Profile::Custom),
            denials: Denials::new(),
        };
        kernel.policy_into(handle, &mut report).unwrap();
    }
    begin.elapsed()
}

/// The median of some runs.
fn median(device: &Device, line: &str) -> Duration {
    let mut times: Vec<Duration> = (0..15)
        .map(|_| {
            let begin = Instant::now();
            assert_eq!(device.run(line).status, 0, "{line}");
            begin.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// The bounds are those of a release build on a quiet machine; without optimisation there is more to do.
const SLACK: u32 = if cfg!(debug_assertions) { 12 } else { 2 };

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
    // the kernel is another process here: what that takes is no part of it
    let mut walks: Vec<Duration> = (0..15).map(|_| walk(&kernel)).collect();
    walks.sort();
    let walk = walks[walks.len() / 2];
    let list = median(&device, "cell list --view merged -T").saturating_sub(walk);
    let dry = median(&device, "apply --dry-run --all").saturating_sub(walk);
    println!("64 cells: list {list:?}, dry run {dry:?}, and {walk:?} the kernel's process");
    assert!(list < Duration::from_millis(5) * SLACK, "{list:?}");
    assert!(dry < Duration::from_millis(20) * SLACK, "{dry:?}");
    // nothing is kept of earlier runs
    for _ in 0..100 {
        device.run("apply --dry-run --all");
    }
    let later = median(&device, "apply --dry-run --all").saturating_sub(walk);
    assert!(
        later < dry * 2 + Duration::from_millis(5),
        "{dry:?}, then {later:?}"
    );
    assert_eq!(device.store().unwrap().0, 0);
    let mut handle = Handle::HOST;
    let mut buffer = [0; 1024];
    while let Some(info) = kernel.next(handle, &mut buffer).unwrap() {
        handle = info.handle;
        kernel.destroy(handle).unwrap();
    }
}
