//! Where it is played: directories, cells, ports.
//!
//! Everything is below one directory, on a memory file system of its own: a tree of programs and device nodes, mounted
//! read-only once for each cell, and in each a writable volume (nosuid, nodev) and procfs. On Linux the runner has
//! namespaces of its own, in NetBSD a machine, so that the ports are its, and an attack that succeeds harms nobody.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use cell_abi::{
    Access, CellName, Create, DeviceRule, Handle, Policy, Profile, Protocols, Reservation, RootPath,
};
use libcell::device::{CellDevice, DeviceError};
use libcell::platform::{
    Event, Exit, Mount, MountFlags, MountKind, Open, Pid, Platform, System, signal,
};

use crate::{Failure, place};

/// The uid and gid of every user, in cells and on the host, and of every victim.
pub const USER: u32 = 2001;
/// The sibling's, for TCP.
pub const SIBLING_TCP: u16 = 7001;
/// The sibling's, for UDP.
pub const SIBLING_UDP: u16 = 7002;
/// The sibling's, for both.
pub const SIBLING_RANGE: (u16, u16) = (7010, 7019);
/// The attacker's, for both, and below 1024.
pub const OWN_LOW: u16 = 80;
/// The attacker's, for both.
pub const OWN_RANGE: (u16, u16) = (7100, 7109);
/// Nobody's.
pub const UNRESERVED: u16 = 7200;
/// Processes that the attacker's cell may have.
pub const PROCESSES: u16 = 12;

/// The cell that attacks.
pub const ATTACKER: &str = "attacker";
/// The cell that is attacked.
pub const SIBLING: &str = "sibling";
/// The root of the control runs, which is no cell's.
pub const CONTROL: &str = "control";

/// A scene that has been set.
#[derive(Debug)]
pub struct Scene {
    /// The system, with the device's root below the directory where that is not the machine's.
    pub platform: System,
    /// The directory.
    pub directory: String,
    /// Children that have ended, whom nobody has asked after.
    ended: RefCell<BTreeMap<Pid, Exit>>,
}

/// A moment, in milliseconds of the platform's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline(u64);

impl Scene {
    /// Sets it in `directory`, which is empty, with this file as the attack program. Root.
    ///
    /// # Errors
    /// What could not be made.
    pub fn set(directory: &str, program: &str) -> Result<Self, Failure> {
        let scene = Self {
            platform: place::system(directory),
            directory: directory.to_owned(),
            ended: RefCell::default(),
        };
        scene.platform.watch_signals(&[signal::CHLD])?;
        scene.mount_memory(directory, 64 << 20, 0o755, MountFlags::default())?;
        place::prepare(&scene)?;
        scene.write_file(&scene.path("host-marker"))?;
        scene.plant_tree(program)?;
        Ok(scene)
    }

    /// A path below the directory.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.directory)
    }

    /// Where the cell device is.
    #[must_use]
    pub fn device_path(&self) -> String {
        place::device_path(self)
    }

    /// Where the root of that name is.
    #[must_use]
    pub fn root(&self, name: &str) -> String {
        self.path(&format!("roots/{name}"))
    }

    /// The attack program, as the host sees it.
    #[must_use]
    pub fn program(&self) -> String {
        self.path("tree/attack")
    }

    /// What all roots have in common.
    fn plant_tree(&self, program: &str) -> Result<(), Failure> {
        let tree = self.path("tree");
        self.make_directory(&tree)?;
        place::begin_tree(self, &tree)?;
        for directory in ["roots", "tree/dev", "tree/proc", "tree/volume"] {
            self.make_directory(&self.path(directory))?;
        }
        self.install(program, &self.path("tree/attack"), 0o755)?;
        self.install(program, &self.path("tree/setuid"), 0o4755)?;
        let link = self.path("tree/link");
        self.platform.symlink(&self.path("host-marker"), &link)?;
        place::place_for_device(self, &self.path("tree/dev/cell"))?;
        for name in place::NODES {
            let number = place::device_number(name)?;
            place::make_node(self, &self.path(&format!("tree/dev/{name}")), number)?;
        }
        place::end_tree(self, &tree)
    }

    /// Makes a root: the tree, read-only, with a volume, procfs and, where no definition would have it, the cell
    /// device.
    ///
    /// # Errors
    /// What could not be mounted.
    pub fn make_root(&self, name: &str) -> Result<(), Failure> {
        let root = self.root(name);
        self.make_directory(&root)?;
        let read_only = MountFlags {
            read_only: true,
            ..MountFlags::default()
        };
        let tree = self.path("tree");
        self.mount(MountKind::Null { from: &tree }, &root, read_only)?;
        let volume = format!("{root}/volume");
        let restricted = MountFlags {
            no_suid: true,
            no_dev: true,
            ..MountFlags::default()
        };
        self.mount_memory(&volume, 4 << 20, 0o1777, restricted)?;
        let program = self.program();
        self.install(&program, &format!("{volume}/attack"), 0o755)?;
        self.install(&program, &format!("{volume}/setuid"), 0o4755)?;
        self.make_directory(&format!("{volume}/mount"))?;
        place::mount_processes(self, &format!("{root}/proc"))?;
        place::show_device(self, &format!("{root}/dev/cell"))
    }

    /// Makes the cell of that name, in the root of that name.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn make_cell(
        &self,
        device: &CellDevice<'_, System>,
        name: &str,
        policy: Policy,
    ) -> Result<Handle, DeviceError> {
        let root = self.root(name);
        device.create(Create {
            name: CellName::new(name).expect("the names are good"),
            root: RootPath::new(&root).expect("the directory is short"),
            policy,
        })
    }

    pub(crate) fn mount(
        &self,
        kind: MountKind<'_>,
        target: &str,
        flags: MountFlags,
    ) -> Result<(), Failure> {
        let mount = Mount {
            kind,
            target,
            flags,
        };
        let mounted = self.platform.mount(&mount);
        mounted.map_err(|errno| Failure::of(format!("mount {target}"), errno))
    }

    pub(crate) fn mount_memory(
        &self,
        target: &str,
        size: u64,
        mode: u32,
        flags: MountFlags,
    ) -> Result<(), Failure> {
        let memory = MountKind::Tmpfs {
            size,
            mode,
            uid: 0,
            gid: 0,
        };
        self.mount(memory, target, flags)
    }

    fn make_directory(&self, path: &str) -> Result<(), Failure> {
        let made = self.platform.make_directory(path, 0o755);
        made.map_err(|errno| Failure::of(format!("mkdir {path}"), errno))
    }

    /// Makes an empty file.
    pub(crate) fn write_file(&self, path: &str) -> Result<(), Failure> {
        let made = self.platform.open(path, Open::CreateNew, 0o644);
        made.map(drop)
            .map_err(|errno| Failure::of(format!("open {path}"), errno))
    }

    /// Copies a program of root's.
    fn install(&self, from: &str, to: &str, mode: u32) -> Result<(), Failure> {
        let copied = || {
            let reading = self.platform.open(from, Open::Read, 0)?;
            let writing = self.platform.open(to, Open::CreateNew, 0o700)?;
            let mut buffer = vec![0; 8192];
            loop {
                let used = self.platform.read(&reading, &mut buffer)?;
                let mut rest = buffer.get(..used).unwrap_or_default();
                if rest.is_empty() {
                    break;
                }
                while !rest.is_empty() {
                    let written = self.platform.write(&writing, rest)?;
                    rest = rest.get(written..).unwrap_or_default();
                }
            }
            self.platform.set_owner(to, 0, 0, mode)
        };
        copied().map_err(|errno| Failure::of(format!("copy {from} to {to}"), errno))
    }
}

/// Time, and children.
impl Scene {
    /// As long from now as anything may take.
    pub(crate) fn patience(&self) -> Deadline {
        self.after_ms(place::PATIENCE_MS)
    }

    pub(crate) fn after_ms(&self, ms: u64) -> Deadline {
        Deadline(self.platform.monotonic_ms() + ms)
    }

    pub(crate) fn is_past(&self, deadline: Deadline) -> bool {
        self.platform.monotonic_ms() >= deadline.0
    }

    /// Waits until something happens, at most until then; what did.
    pub(crate) fn wait(&self, deadline: Deadline) -> Vec<Event> {
        /// In case a child is one that has ended a little after its signal comes.
        const SLICE_MS: u64 = 100;
        let left = deadline.0.saturating_sub(self.platform.monotonic_ms());
        let mut events = [Event::Readable(u32::MAX); 8];
        let count = self.platform.wait(&mut events, Some(left.min(SLICE_MS)));
        events
            .get(..count.unwrap_or(0))
            .unwrap_or_default()
            .to_vec()
    }

    /// A moment, in which what is ending may end.
    pub(crate) fn pause_ms(&self, ms: u64) {
        let deadline = self.after_ms(ms);
        while !self.is_past(deadline) {
            self.wait(deadline);
        }
    }

    /// Whether that child has ended; it is remembered until [`Self::reap`].
    pub(crate) fn has_ended(&self, pid: Pid) -> bool {
        while let Ok(Some((ended, exit))) = self.platform.reap() {
            self.ended.borrow_mut().insert(ended, exit);
        }
        self.ended.borrow().contains_key(&pid)
    }

    /// Waits for a child to end; whether it did.
    pub(crate) fn wait_for_end(&self, pid: Pid, deadline: Deadline) -> bool {
        while !self.has_ended(pid) {
            if self.is_past(deadline) {
                return false;
            }
            self.wait(deadline);
        }
        true
    }

    /// Waits for a child to end and forgets it.
    pub(crate) fn reap(&self, pid: Pid, deadline: Deadline) -> Option<Exit> {
        self.wait_for_end(pid, deadline);
        self.ended.borrow_mut().remove(&pid)
    }
}

fn reserve(policy: &mut Policy, protocols: Protocols, (first, last): (u16, u16)) {
    let reservation = Reservation::new(protocols, first, last).expect("the ports are in order");
    policy
        .reservations
        .push(reservation)
        .expect("there are few of them");
}

/// What the attacker may, beside its profile: ports, a few device nodes, a few processes.
///
/// # Errors
/// This kernel has no such device.
pub fn attacker_policy(profile: Profile) -> Result<Policy, Failure> {
    let mut policy = Policy::of(profile);
    policy.limits.processes = Some(PROCESSES);
    reserve(&mut policy, Protocols::Both, (OWN_LOW, OWN_LOW));
    reserve(&mut policy, Protocols::Both, OWN_RANGE);
    for (name, access) in [
        ("null", Access::ReadWrite),
        ("zero", Access::ReadWrite),
        ("urandom", Access::Read),
    ] {
        let number = place::device_number(name)?;
        policy
            .devices
            .push(DeviceRule {
                kind: number.kind,
                access,
                major: number.major.try_into().expect("drivers are few"),
                minor: number.minor,
            })
            .expect("there are few of them");
    }
    Ok(policy)
}

/// What the sibling has.
#[must_use]
pub fn sibling_policy() -> Policy {
    let mut policy = Policy::of(Profile::High);
    reserve(&mut policy, Protocols::Tcp, (SIBLING_TCP, SIBLING_TCP));
    reserve(&mut policy, Protocols::Udp, (SIBLING_UDP, SIBLING_UDP));
    reserve(&mut policy, Protocols::Both, SIBLING_RANGE);
    policy
}
