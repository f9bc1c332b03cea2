//! Linux: the kernel under test is the hosted one, a process beside this.

mod kernel;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use std::env;
use std::fs;
use std::process::{Command, Stdio};

use cell_abi::DeviceKind;
use libcell::platform::{DeviceNumber, Errno, MountFlags, MountKind, Pid, Platform, System};

use crate::Failure;
use crate::scene::Scene;

pub use kernel::{Kernel, become_host_user, serve, start};

/// Longest that any attack may take.
pub(crate) const PATIENCE_MS: u64 = 5000;

/// The system, with the device's root below the directory.
pub(crate) fn system(directory: &str) -> System {
    System::at(directory)
}

/// Where the cell device is.
pub(crate) fn device_path(scene: &Scene) -> String {
    scene.path("dev/cell")
}

/// What the host needs before anything else: a place where shm_open(3) makes its objects.
pub(crate) fn prepare(scene: &Scene) -> Result<(), Failure> {
    scene.platform.make_directory(&scene.path("dev"), 0o755)?;
    scene.mount_memory("/dev/shm", 64 << 20, 0o1777, MountFlags::default())
}

/// The tree is a directory: its mounts are what is asked about.
pub(crate) fn begin_tree(_: &Scene, _: &str) -> Result<(), Failure> {
    Ok(())
}

/// Nothing more.
pub(crate) fn end_tree(_: &Scene, _: &str) -> Result<(), Failure> {
    Ok(())
}

/// Every device node of a root, by its name.
pub(crate) const NODES: &[&str] = &["null", "zero", "full", "urandom", "kernel", "disk"];

/// The number that one has: of `kernel` the kernel's log, of `disk` a loop device.
pub(crate) fn device_number(name: &str) -> Result<DeviceNumber, Failure> {
    let (kind, major, minor) = match name {
        "null" => (DeviceKind::Char, 1, 3),
        "zero" => (DeviceKind::Char, 1, 5),
        "full" => (DeviceKind::Char, 1, 7),
        "urandom" => (DeviceKind::Char, 1, 9),
        "kernel" => (DeviceKind::Char, 1, 11),
        "disk" => (DeviceKind::Block, 7, 0),
        _ => return Err(Failure::of(name, "no such device")),
    };
    Ok(DeviceNumber { kind, major, minor })
}

/// Makes a node that everybody may open.
pub(crate) fn make_node(_: &Scene, path: &str, number: DeviceNumber) -> Result<(), Failure> {
    let kind = match number.kind {
        DeviceKind::Char => "c",
        DeviceKind::Block => "b",
    };
    let status = Command::new("mknod")
        .args(["-m", "666", path, kind])
        .args([number.major.to_string(), number.minor.to_string()])
        .stdin(Stdio::null())
        .status()
        .map_err(|error| Failure::of("mknod", error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::of(format!("mknod {path}"), status))
    }
}

/// Where a root has the cell device, the file that it is shown on.
pub(crate) fn place_for_device(scene: &Scene, path: &str) -> Result<(), Failure> {
    scene.write_file(path)
}

/// Shows it there, once the kernel is up.
pub(crate) fn show_device(scene: &Scene, path: &str) -> Result<(), Failure> {
    let device = scene.device_path();
    scene.mount(
        MountKind::Null { from: &device },
        path,
        MountFlags::default(),
    )
}

/// Mounts procfs: this namespace's.
pub(crate) fn mount_processes(scene: &Scene, target: &str) -> Result<(), Failure> {
    let host = MountKind::Null { from: "/proc" };
    scene.mount(host, target, MountFlags::default())
}

/// The words before a command that make its process one that the kernel is asked about: this program, which attaches
/// itself to the kernel and then executes the command as the user.
pub(crate) fn host_user_command(scene: &Scene) -> Result<Vec<String>, Errno> {
    let own = env::current_exe().map_err(|_| Errno::ENOENT)?;
    let own = own.to_str().ok_or(Errno::EINVAL)?;
    Ok(vec![
        own.to_owned(),
        "host-user".to_owned(),
        scene.device_path(),
    ])
}

/// All of a process that an attack can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State([String; 5]);

/// Of proc(5): nice, policy; tracer and CPUs; descriptor limit. `None` for one that has ended.
pub(crate) fn state_of(pid: Pid) -> Option<State> {
    let read = |entry: &str| fs::read_to_string(format!("/proc/{pid}/{entry}")).ok();
    let line = |text: String, start: &str| {
        text.lines()
            .find(|line| line.starts_with(start))
            .map(str::to_owned)
    };
    let stat = read("stat")?;
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    if words.next()? == "Z" {
        return None;
    }
    // nice is word 19 of the manual, policy 41; the state was 3
    let nice = words.nth(15)?.to_owned();
    let policy = words.nth(21)?.to_owned();
    Some(State([
        nice,
        policy,
        line(read("status")?, "TracerPid:")?,
        line(read("status")?, "Cpus_allowed:")?,
        line(read("limits")?, "Max open files")?,
    ]))
}
