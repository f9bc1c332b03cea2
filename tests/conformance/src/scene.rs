//! Where it is played: directories, cells, ports.
//!
//! Everything is below one directory, on a memory file system of its own: a tree of programs and device nodes, mounted
//! read-only once for each cell, and in each a writable volume (nosuid, nodev) and procfs. The runner has namespaces of
//! its own, so that the ports are its, and an attack that succeeds harms nobody.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::process::{Command, Stdio};

use cell_abi::{
    Access, CellName, Create, DeviceKind, DeviceRule, Handle, Policy, Profile, Protocols,
    Reservation, RootPath,
};
use libcell::device::{CellDevice, DeviceError};
use libcell::platform::{Exit, Mount, MountFlags, MountKind, Pid, Platform, System};

use crate::ATTACK_PROGRAM;

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
    /// The system, with the device's root below the directory.
    pub platform: System,
    /// The directory.
    pub directory: String,
    /// Children that have ended, whom nobody has asked after.
    pub(crate) ended: RefCell<HashMap<Pid, Exit>>,
}

impl Scene {
    /// Sets it in `directory`, which is empty. Root, in a mount namespace of its own.
    ///
    /// # Errors
    /// What could not be made.
    pub fn set(directory: &str) -> io::Result<Self> {
        let scene = Self {
            platform: System::at(directory),
            directory: directory.to_owned(),
            ended: RefCell::default(),
        };
        // the second is where shm_open(3) makes its objects
        for (target, mode) in [(directory, 0o755), ("/dev/shm", 0o1777)] {
            let memory = MountKind::Tmpfs {
                size: 64 << 20,
                mode,
                uid: 0,
                gid: 0,
            };
            scene.mount(memory, target, MountFlags::default())?;
        }
        fs::create_dir(scene.path("dev"))?;
        fs::write(scene.path("host-marker"), "")?;
        scene.plant_tree()?;
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
        self.path("dev/cell")
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
    fn plant_tree(&self) -> io::Result<()> {
        for directory in ["tree", "roots", "tree/dev", "tree/proc", "tree/volume"] {
            fs::create_dir(self.path(directory))?;
        }
        install(&self.path("tree/attack"), 0o755)?;
        install(&self.path("tree/setuid"), 0o4755)?;
        symlink(self.path("host-marker"), self.path("tree/link"))?;
        fs::write(self.path("tree/dev/cell"), "")?;
        for name in ["null", "zero", "full", "urandom"] {
            let path = self.path(&format!("tree/dev/{name}"));
            let made = self
                .platform
                .make_device(&path, &format!("/dev/{name}"), 0o666, 0, 0);
            made.map_err(|errno| io::Error::other(format!("{path}: {errno}")))?;
        }
        node(&self.path("tree/dev/kernel"), ["c", "1", "11"])?;
        node(&self.path("tree/dev/disk"), ["b", "7", "0"])
    }

    /// Makes a root: the tree, read-only, with a volume, procfs and, where no definition would have it, the cell
    /// device.
    ///
    /// # Errors
    /// What could not be mounted.
    pub fn make_root(&self, name: &str) -> io::Result<()> {
        let root = self.root(name);
        fs::create_dir(&root)?;
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
        let memory = MountKind::Tmpfs {
            size: 4 << 20,
            mode: 0o1777,
            uid: 0,
            gid: 0,
        };
        self.mount(memory, &volume, restricted)?;
        install(&format!("{volume}/attack"), 0o755)?;
        install(&format!("{volume}/setuid"), 0o4755)?;
        fs::create_dir(format!("{volume}/mount"))?;
        let proc = MountKind::Null { from: "/proc" };
        self.mount(proc, &format!("{root}/proc"), MountFlags::default())?;
        let device = self.device_path();
        let device = MountKind::Null { from: &device };
        self.mount(device, &format!("{root}/dev/cell"), MountFlags::default())
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

    fn mount(&self, kind: MountKind<'_>, target: &str, flags: MountFlags) -> io::Result<()> {
        let mount = Mount {
            kind,
            target,
            flags,
        };
        self.platform
            .mount(&mount)
            .map_err(|errno| io::Error::other(format!("mount {target}: {errno}")))
    }
}

fn install(path: &str, mode: u32) -> io::Result<()> {
    fs::copy(ATTACK_PROGRAM, path)?;
    chown(path, Some(0), Some(0))?;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// mknod(1): type, major, minor.
fn node(path: &str, of: [&str; 3]) -> io::Result<()> {
    let status = Command::new("mknod")
        .args(["-m", "666", path])
        .args(of)
        .stdin(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("mknod {path}: {status}")))
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
#[must_use]
pub fn attacker_policy(profile: Profile) -> Policy {
    let mut policy = Policy::of(profile);
    policy.limits.processes = Some(PROCESSES);
    reserve(&mut policy, Protocols::Both, (OWN_LOW, OWN_LOW));
    reserve(&mut policy, Protocols::Both, OWN_RANGE);
    // null, zero, urandom, as Linux numbers them
    for (access, minor) in [
        (Access::ReadWrite, 3),
        (Access::ReadWrite, 5),
        (Access::Read, 9),
    ] {
        policy
            .devices
            .push(DeviceRule {
                kind: DeviceKind::Char,
                access,
                major: 1,
                minor,
            })
            .expect("there are few of them");
    }
    policy
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
