//! How many descriptors cellinit may have, and its services.

use std::fs;
use std::process::Command;
use std::time::Duration;

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

#[test]
fn a_client_for_whom_there_is_no_descriptor_is_let_in_later_and_meanwhile_costs_nothing() {
    if !can_run() {
        return;
    }
    let mut device = Device::boot(&image(vec![script("stay", &[], STAY)]));
    device.control().wait(0, State::Ready);
    let pid = device.cellinit.id();
    // fewer than it has open: it gets no other
    allow(pid, 1);
    let mut client = device.control();
    let before = ticks(pid);
    std::thread::sleep(Duration::from_millis(500));
    let used = ticks(pid) - before;
    assert!(used <= 3, "{used} of 50 ticks");
    allow(pid, 1024);
    assert_eq!(client.status(0).state, State::Ready);
    assert_eq!(device.terminate().code(), Some(0));
}

/// Changes the soft limit of a running process.
fn allow(pid: u32, soft: u16) {
    let status = Command::new("prlimit")
        .args([format!("--pid={pid}"), format!("--nofile={soft}:")])
        .status();
    assert!(status.unwrap().success());
}

/// CPU time it has used, in hundredths of a second.
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<_> = rest.split(' ').collect();
    fields[11..13]
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum()
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
