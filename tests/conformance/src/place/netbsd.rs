//! NetBSD: the kernel under test is the one that runs, with the module loaded or built in.

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;

use cell_abi::DeviceKind;
use libcell::platform::{DeviceNumber, Errno, MountFlags, Pid, Platform, System};

use crate::Failure;
use crate::attacks::os::{self, Node};
use crate::attacks::{self, Arguments};
use crate::scene::Scene;

/// Longest that any attack may take: processors are emulated, and kernels check their locks.
pub(crate) const PATIENCE_MS: u64 = 60_000;

/// The system.
pub(crate) fn system(_: &str) -> System {
    System
}

/// Where the cell device is.
pub(crate) fn device_path(_: &Scene) -> String {
    libcell::device::PATH.into()
}

/// What the host needs before anything else: a place where shm_open(3) makes its objects.
pub(crate) fn prepare(scene: &Scene) -> Result<(), Failure> {
    const SHARED: &str = "/var/shm";
    match scene.platform.make_directory(SHARED, 0o755) {
        Ok(()) | Err(Errno::EEXIST) => {}
        Err(errno) => return Err(Failure::of(SHARED, errno)),
    }
    scene.mount_memory(SHARED, 1 << 20, 0o1777, MountFlags::default())
}

/// The device under test is this machine's; loopback is up, whoever booted it.
///
/// # Errors
/// There is no cell device.
pub fn start(scene: &Scene) -> Result<Kernel, Failure> {
    let device = scene.device_path();
    scene
        .platform
        .device_number(&device)
        .map_err(|errno| Failure::of(device, errno))?;
    os::change_interface().map_err(|errno| Failure::of("lo0", errno))?;
    Ok(Kernel)
}

/// The kernel that runs.
#[derive(Debug)]
pub struct Kernel;

/// Makes the tree's place a file system of its own: what decides on execution sees the one below the null mounts.
pub(crate) fn begin_tree(scene: &Scene, tree: &str) -> Result<(), Failure> {
    scene.mount_memory(tree, 16 << 20, 0o755, MountFlags::default())
}

/// Makes it read-only.
pub(crate) fn end_tree(_: &Scene, tree: &str) -> Result<(), Failure> {
    let sealed = os::forbid_writing(&c(tree)?);
    sealed.map_err(|errno| Failure::of(format!("mount {tree}"), errno))
}

/// Every device node of a root, by its name.
pub(crate) const NODES: &[&str] = &[
    "null", "zero", "full", "urandom", "kernel", "disk", "bpf", "npf",
];

/// Where npf(4) is in every machine's table (sys/conf/majors), for kernels that have none: they ask before they look.
const NPF: u32 = 198;

/// The number that one has: of `kernel` /dev/mem, of `disk` a memory disk or the first that there is.
pub(crate) fn device_number(name: &str) -> Result<DeviceNumber, Failure> {
    let disk = || {
        let known = [&b"md"[..], b"ld", b"wd", b"vnd"];
        known.into_iter().find_map(os::block_major)
    };
    let (kind, major, minor) = match name {
        "null" => (DeviceKind::Char, os::major(b"mem"), 2),
        "zero" => (DeviceKind::Char, os::major(b"mem"), 12),
        "full" => (DeviceKind::Char, os::major(b"mem"), 11),
        "kernel" => (DeviceKind::Char, os::major(b"mem"), 0),
        "urandom" => (DeviceKind::Char, os::major(b"rnd"), 1),
        "bpf" => (DeviceKind::Char, os::major(b"bpf"), 0),
        "npf" => (DeviceKind::Char, Some(os::major(b"npf").unwrap_or(NPF)), 0),
        "disk" => (DeviceKind::Block, disk(), 0),
        _ => (DeviceKind::Char, None, 0),
    };
    let major = major.ok_or_else(|| Failure::of(name, "this kernel has no driver for it"))?;
    Ok(DeviceNumber { kind, major, minor })
}

fn c(path: &str) -> Result<CString, Failure> {
    CString::new(path).map_err(|error| Failure::of(path, error))
}

/// Makes a node that everybody may open.
pub(crate) fn make_node(scene: &Scene, path: &str, number: DeviceNumber) -> Result<(), Failure> {
    let kind = match number.kind {
        DeviceKind::Char => Node::Character,
        DeviceKind::Block => Node::Block,
    };
    let made = os::make_node(&c(path)?, kind, number.major, number.minor);
    made.map_err(|errno| Failure::of(format!("mknod {path}"), errno))?;
    // whatever the file mode creation mask is
    Ok(scene.platform.set_owner(path, 0, 0, 0o666)?)
}

/// Makes the cell device's node where a root has it.
pub(crate) fn place_for_device(scene: &Scene, path: &str) -> Result<(), Failure> {
    let device = scene.device_path();
    let number = scene.platform.device_number(&device);
    let number = number.map_err(|errno| Failure::of(device, errno))?;
    make_node(scene, path, number)?;
    // root's, as the host's is
    Ok(scene.platform.set_owner(path, 0, 0, 0o600)?)
}

/// It is there already.
pub(crate) fn show_device(_: &Scene, _: &str) -> Result<(), Failure> {
    Ok(())
}

/// Mounts procfs.
pub(crate) fn mount_processes(_: &Scene, target: &str) -> Result<(), Failure> {
    let mounted = os::mount_processes(&c(target)?);
    mounted.map_err(|errno| Failure::of(format!("mount {target}"), errno))
}

/// The kernel is asked about everybody.
pub(crate) fn host_user_command(_: &Scene) -> Result<Vec<String>, Errno> {
    Ok(Vec::new())
}

/// All of a process that an attack can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    nice: u8,
    traced: bool,
    stopped: bool,
    recorded: i32,
    policy: Option<[i32; 1]>,
    affinity: Option<[u32; 1]>,
    limit: Option<[u64; 2]>,
}

/// Of struct kinfo_proc2 (sys/sys/sysctl.h), sched_getparam(3) and `proc.<pid>.rlimit`. `None` for one that has ended.
pub(crate) fn state_of(pid: Pid) -> Option<State> {
    /// As much of the structure as is looked at.
    const SIZE: usize = 376;
    const STOPPED: u8 = 4;
    const ZOMBIE: u8 = 5;
    const DEAD: u8 = 6;
    const TRACED: i32 = 0x800;
    // kern.proc2, by pid, this much of one
    let name = [1, 47, 1, pid, SIZE as i32, 1];
    let mut entry = [0; SIZE];
    let used = os::setting(&name, &mut entry, &[]).ok()?;
    if used < SIZE {
        return None;
    }
    let number = |at: usize| Some(i32::from_ne_bytes(entry.get(at..at + 4)?.try_into().ok()?));
    let status = entry[360];
    if matches!(status, ZOMBIE | DEAD) {
        return None;
    }
    Some(State {
        nice: entry[363],
        traced: number(112)? & TRACED != 0,
        stopped: status == STOPPED,
        recorded: number(288)?,
        policy: os::policy(pid).ok(),
        affinity: os::affinity(pid).ok(),
        limit: os::limit(pid).ok(),
    })
}

/// Is the attack program: its arguments without its name.
#[must_use]
pub fn attack(words: &[&str]) -> u8 {
    os::survive_missing_calls();
    let texts: Result<Vec<CString>, _> = words.iter().map(|word| CString::new(*word)).collect();
    let Ok(texts) = texts else {
        return libcell::entry::USAGE;
    };
    let texts: Vec<&CStr> = texts.iter().map(CString::as_c_str).collect();
    attacks::main(Arguments::new(&texts))
}
