//! How many descriptors cellinit may have, and its services.

use std::fs;

use libcell::control::State;

use super::device::{Device, can_run, image, script};

/// Fewer than the pipes of the cells below.
const SOFT: u16 = 24;
const STAY: &str = "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done";

#[test]
fn more_cells_run_than_the_soft_limit_of_descriptors_allows_and_the_services_keep_it() {
    if !can_run() {
        return;
    }
    let mut cells: Vec<_> = (0..16)
        .map(|index| script(format!("cell-{index}").leak(), &[], STAY))
        .collect();
    cells[1].limits.nofile = Some(17);
    let mut device = Device::with_descriptors(&image(cells), SOFT);
    let mut control = device.control();
    let pids: Vec<_> = (0..16)
        .map(|index| control.wait(index, State::Ready).pid)
        .collect();
    let (soft, hard) = limits(device.cellinit.id());
    assert_eq!(soft, hard, "its own is raised");
    assert_eq!(limits(pids[0]), (SOFT.to_string(), hard));
    assert_eq!(limits(pids[1]), ("17".into(), "17".into()));
    assert_eq!(device.terminate().code(), Some(0));
}

/// Soft and hard, of open files.
fn limits(pid: u32) -> (String, String) {
    let table = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let mut words = line.unwrap().split_whitespace().map(String::from);
    (words.next().unwrap(), words.next().unwrap())
}
