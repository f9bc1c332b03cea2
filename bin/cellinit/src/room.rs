//! What a cell needs to exist: its mounts, its device nodes, and the kernel's cell.
//!
//! In order: the plan made so on the volumes, the root made read-only where the image has not seen to it, a memory file system at `/dev` with only the
//! listed nodes, the mounts of the definition, the kernel's cell. Undone in reverse. Every step remembers itself, so
//! that what failed half way can be undone, or gone on with.

use cell_abi::{
    Access, CellName, Create, DeviceRule, Devices, Handle, MINOR_ANY, Policy, Refusal, RootPath,
};
use libcell::device::{Buffer, CellDevice, DeviceError};
use libcell::image::{Cell, DeviceNode, Image, MountEntry, MountSource};
use libcell::platform::{Errno, FileKind, Mount, MountFlags, MountKind, Platform};

use crate::fault::{Fault, What, Why};
use crate::path::join;
use crate::plan::{self, Scope};

/// Bytes of the memory file system at `/dev`: it holds nodes, no data.
const DEV_SIZE: u64 = 256 * 1024;

/// How deep mounts that an earlier cellinit left are looked for on one another.
const STALE_DEPTH: usize = 4;

/// Where everything is.
#[derive(Debug)]
pub(crate) struct Site<'a, P: Platform> {
    pub platform: &'a P,
    pub device: &'a CellDevice<'a, P>,
    pub prefix: &'a str,
    pub image: &'a Image<'a>,
}

/// Whether the kernel still makes and ends cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    Open,
    Sealed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    None,
    Ours(Handle),
    /// From an earlier cellinit.
    Inherited(Handle),
}

/// What there is of one cell's surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    root: Done,
    dev: Done,
    terminals: Done,
    /// Mounts of the definition that are made.
    mounts: usize,
    cell: Held,
    /// Mounts of an earlier cellinit may be there.
    stale: Done,
    /// Its plan holds on its volumes.
    planned: Done,
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Yes,
    No,
}

impl Room {
    /// Nothing is there.
    pub(crate) const fn new() -> Self {
        Self {
            root: Done::No,
            dev: Done::No,
            terminals: Done::No,
            mounts: 0,
            cell: Held::None,
            stale: Done::No,
            planned: Done::No,
        }
    }

    /// The cell's handle while the kernel has it.
    pub(crate) const fn handle(&self) -> Handle {
        match self.cell {
            Held::None => Handle::HOST,
            Held::Ours(handle) | Held::Inherited(handle) => handle,
        }
    }

    /// Whether there is nothing to tear down.
    pub(crate) fn is_empty(&self) -> bool {
        let mounts = [self.root, self.dev, self.terminals];
        self.cell == Held::None && self.mounts == 0 && mounts == [Done::No; 3]
    }

    /// Looks for what an earlier cellinit left: a cell of this name in the kernel.
    pub(crate) fn find<P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'_>,
    ) -> Result<Handle, DeviceError> {
        match site.device.lookup(cell.name, &mut buffer()) {
            Ok(info) => {
                self.cell = Held::Inherited(info.handle);
                self.stale = Done::Yes;
                Ok(info.handle)
            }
            Err(DeviceError::Refused(Refusal::NoSuchCell)) => Ok(Handle::HOST),
            Err(error) => Err(error),
        }
    }

    /// An earlier cellinit did not end in order, so there may be mounts of it.
    pub(crate) const fn suspect(&mut self) {
        self.stale = Done::Yes;
    }

    /// Makes its plan so on its volumes, if that was not done since start. Best done while no cell has a process.
    pub(crate) fn plan<'c, P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'c>,
    ) -> Result<(), Fault<'c>> {
        if self.planned == Done::No {
            plan::converge(site, cell, Scope::Volumes)?;
            self.planned = Done::Yes;
        }
        Ok(())
    }

    /// Makes what is missing. The cell is empty.
    pub(crate) fn set_up<'c, P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'c>,
        kernel: Kernel,
    ) -> Result<Handle, Fault<'c>> {
        match (self.cell, kernel) {
            (Held::Ours(handle), _) => return Ok(handle),
            (Held::Inherited(handle), Kernel::Sealed) => {
                // its mounts cannot be remade under a root that the kernel holds: they are taken as they are
                self.same_policy(site, cell, handle)?;
                self.cell = Held::Ours(handle);
                self.stale = Done::No;
                return Ok(handle);
            }
            (Held::Inherited(handle), Kernel::Open) => {
                destroy(site, handle)?;
                self.cell = Held::None;
            }
            (Held::None, _) => {}
        }
        if self.stale == Done::Yes {
            self.clear_stale(site, cell);
        }
        self.plan(site, cell)?;
        self.protect_root(site, cell)?;
        if !cell.devices.is_empty() && self.dev == Done::No {
            self.make_dev(site, cell)?;
        }
        for entry in cell.mounts.iter().skip(self.mounts) {
            make_mount(site, cell, entry)
                .map_err(|errno| What::Mount(entry.target).failed(errno))?;
            self.mounts += 1;
        }
        plan::converge(site, cell, Scope::Memory)?;
        let handle = create(site, cell)?;
        self.cell = Held::Ours(handle);
        Ok(handle)
    }

    /// Removes everything. The cell is empty. Goes on after a failure; the last one is told.
    pub(crate) fn tear_down<'c, P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'c>,
    ) -> Result<(), Fault<'c>> {
        let mut result = Ok(());
        if let Held::Ours(handle) | Held::Inherited(handle) = self.cell {
            match destroy(site, handle) {
                Ok(()) => self.cell = Held::None,
                // its root is held, so no unmount would succeed
                Err(fault) => return Err(fault),
            }
        }
        if self.stale == Done::Yes {
            self.clear_stale(site, cell);
        }
        while let Some(entry) = self
            .mounts
            .checked_sub(1)
            .and_then(|at| cell.mounts.get(at))
        {
            match unmount(site, cell, entry.target) {
                Ok(()) => self.mounts -= 1,
                Err(fault) => {
                    result = Err(fault);
                    break;
                }
            }
        }
        for (done, target) in [
            (&mut self.terminals, "/dev/pts"),
            (&mut self.dev, "/dev"),
            (&mut self.root, ""),
        ] {
            if *done == Done::Yes && result.is_ok() {
                match unmount(site, cell, target) {
                    Ok(()) => *done = Done::No,
                    Err(fault) => result = Err(fault),
                }
            }
        }
        result
    }

    fn protect_root<'c, P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'c>,
    ) -> Result<(), Fault<'c>> {
        let fail = |errno| What::Root(cell.root.as_str()).failed(errno);
        let root = join(&[site.prefix, cell.root.as_str()]).map_err(fail)?;
        match site.platform.is_read_only(&root) {
            // a system that does not tell has its roots in a read-only image
            Ok(true) | Err(Errno::ENOSYS) => return Ok(()),
            Ok(false) => {}
            Err(errno) => return Err(fail(errno)),
        }
        site.platform
            .mount(&Mount {
                kind: MountKind::Null { from: &root },
                target: &root,
                flags: MountFlags {
                    read_only: true,
                    no_suid: true,
                    no_dev: true,
                    no_exec: false,
                },
            })
            .map_err(fail)?;
        self.root = Done::Yes;
        Ok(())
    }

    fn make_dev<'c, P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'c>,
    ) -> Result<(), Fault<'c>> {
        let fail = |errno| What::Dev.failed(errno);
        let target = join(&[site.prefix, cell.root.as_str(), "/dev"]).map_err(fail)?;
        plain_directory(site, cell, "/dev").map_err(fail)?;
        site.platform
            .mount(&Mount {
                kind: MountKind::Tmpfs {
                    size: DEV_SIZE,
                    mode: 0o755,
                    uid: 0,
                    gid: 0,
                },
                target: &target,
                flags: MountFlags {
                    read_only: false,
                    no_suid: true,
                    no_dev: false,
                    no_exec: true,
                },
            })
            .map_err(fail)?;
        self.dev = Done::Yes;
        for device in &cell.devices {
            if device.any_minor {
                self.make_terminals(site, cell, device)
            } else {
                make_node(site, cell, device)
            }
            .map_err(|errno| What::Device(device.path).failed(errno))?;
        }
        Ok(())
    }

    /// A driver with a node for each user: the nodes are a file system of its own.
    fn make_terminals<P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'_>,
        device: &DeviceNode<'_>,
    ) -> Result<(), Errno> {
        if self.terminals == Done::Yes || number(site, device)?.is_none() {
            return Ok(());
        }
        let target = join(&[site.prefix, cell.root.as_str(), "/dev/pts"])?;
        site.platform.make_directory(&target, 0o755)?;
        site.platform.mount(&Mount {
            kind: MountKind::Ptyfs,
            target: &target,
            flags: MountFlags {
                read_only: false,
                no_suid: true,
                no_dev: false,
                no_exec: true,
            },
        })?;
        self.terminals = Done::Yes;
        Ok(())
    }

    fn same_policy<'c, P: Platform>(
        &self,
        site: &Site<'_, P>,
        cell: &Cell<'c>,
        handle: Handle,
    ) -> Result<(), Fault<'c>> {
        let refused = |error| What::Create.refused(error);
        let enforced = site.device.policy(handle).map_err(refused)?.policy;
        let mut buffer = buffer();
        let info = site
            .device
            .lookup(cell.name, &mut buffer)
            .map_err(refused)?;
        let root = join(&[site.prefix, cell.root.as_str()])
            .map_err(|errno| What::Root(cell.root.as_str()).failed(errno))?;
        if enforced == policy(site, cell)? && info.root.as_str() == root.as_str() {
            Ok(())
        } else {
            Err(Fault {
                what: What::Create,
                why: Why::OtherPolicy,
            })
        }
    }

    /// Unmounts whatever is mounted where this cell's mounts go.
    fn clear_stale<P: Platform>(&mut self, site: &Site<'_, P>, cell: &Cell<'_>) {
        let targets = cell.mounts.iter().rev().map(|entry| entry.target);
        for target in targets.chain(["/dev/pts", "/dev", ""]) {
            for _ in 0..STALE_DEPTH {
                if unmount(site, cell, target).is_err() {
                    break;
                }
            }
        }
        self.stale = Done::No;
    }
}

/// Room for any reply.
const fn buffer() -> Buffer {
    [0; size_of::<Buffer>()]
}

/// The policy of a cell, its devices by the numbers they have here.
fn policy<'c, P: Platform>(site: &Site<'_, P>, cell: &Cell<'c>) -> Result<Policy, Fault<'c>> {
    let mut devices = Devices::new();
    for device in &cell.devices {
        let fail = |errno| What::Device(device.path).failed(errno);
        let Some(rule) = number(site, device).map_err(fail)? else {
            continue;
        };
        devices.push(rule).map_err(|_| fail(Errno::E2BIG))?;
    }
    Ok(Policy {
        profile: cell.profile,
        may: cell.may,
        reservations: cell.reservations.clone(),
        devices,
        limits: cell.limits,
    })
}

/// The rule for a device; `None` for a driver with a node for each user that this kernel lacks.
fn number<P: Platform>(
    site: &Site<'_, P>,
    device: &DeviceNode<'_>,
) -> Result<Option<DeviceRule>, Errno> {
    let number = match site.platform.device_number(device.path) {
        Err(Errno::ENOENT) if device.any_minor => return Ok(None),
        result => result?,
    };
    let rule = DeviceRule {
        kind: number.kind,
        access: device.access,
        major: u16::try_from(number.major).map_err(|_| Errno::ENXIO)?,
        minor: if device.any_minor {
            MINOR_ANY
        } else {
            number.minor
        },
    };
    Ok(Some(rule))
}

fn create<'c, P: Platform>(site: &Site<'_, P>, cell: &Cell<'c>) -> Result<Handle, Fault<'c>> {
    let what = What::Root(cell.root.as_str());
    let path = join(&[site.prefix, cell.root.as_str()]).map_err(|errno| what.failed(errno))?;
    let root = RootPath::new(&path).map_err(|error| Fault {
        what,
        why: Why::Path(error),
    })?;
    let create = Create {
        name: CellName::new(cell.name.as_str()).map_err(|error| Fault {
            what: What::Create,
            why: Why::Path(error),
        })?,
        root,
        policy: policy(site, cell)?,
    };
    site.device
        .create(create)
        .map_err(|error| What::Create.refused(error))
}

fn destroy<'c, P: Platform>(site: &Site<'_, P>, handle: Handle) -> Result<(), Fault<'c>> {
    match site.device.destroy(handle) {
        // somebody else did it
        Ok(()) | Err(DeviceError::Refused(Refusal::Stale | Refusal::NoSuchCell)) => Ok(()),
        Err(error) => Err(What::Destroy.refused(error)),
    }
}

fn make_node<P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'_>,
    device: &DeviceNode<'_>,
) -> Result<(), Errno> {
    // the directories on the way, below /dev
    for (at, _) in device.path.match_indices('/').skip(2) {
        let directory = device.path.get(..at).unwrap_or_default();
        let directory = join(&[site.prefix, cell.root.as_str(), directory])?;
        match site.platform.make_directory(&directory, 0o755) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    let path = join(&[site.prefix, cell.root.as_str(), device.path])?;
    let mode = match device.access {
        Access::Read => 0o444,
        Access::Write => 0o222,
        Access::ReadWrite => 0o666,
    };
    site.platform.make_device(&path, device.path, mode, 0, 0)
}

fn make_mount<P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'_>,
    entry: &MountEntry<'_>,
) -> Result<(), Errno> {
    plain_directory(site, cell, entry.target)?;
    let target = join(&[site.prefix, cell.root.as_str(), entry.target])?;
    let from;
    let kind = match &entry.source {
        MountSource::Volume(index) => {
            let volume = site.image.volumes.get(usize::from(*index));
            from = join(&[site.prefix, volume.ok_or(Errno::EINVAL)?.path])?;
            MountKind::Null { from: &from }
        }
        MountSource::Tmpfs { size_kib, mode } => MountKind::Tmpfs {
            size: u64::from(*size_kib) * 1024,
            mode: *mode,
            uid: cell.uid,
            gid: cell.gid,
        },
    };
    site.platform.mount(&Mount {
        kind,
        target: &target,
        flags: MountFlags {
            read_only: entry.read_only,
            no_suid: true,
            no_dev: true,
            no_exec: entry.no_exec,
        },
    })
}

/// Whether every step from the root to `target` is a directory: mount(2) would follow a link out of the root.
fn plain_directory<P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'_>,
    target: &str,
) -> Result<(), Errno> {
    let steps = target.match_indices('/').map(|(at, _)| at).skip(1);
    for end in steps.chain([target.len()]) {
        let step = target.get(..end).unwrap_or_default();
        let path = join(&[site.prefix, cell.root.as_str(), step])?;
        match site.platform.metadata(&path)?.kind {
            FileKind::Directory => {}
            FileKind::Link => return Err(Errno::ELOOP),
            FileKind::File | FileKind::Device | FileKind::Socket | FileKind::Other => {
                return Err(Errno::ENOTDIR);
            }
        }
    }
    Ok(())
}

fn unmount<'c, P: Platform>(
    site: &Site<'_, P>,
    cell: &Cell<'_>,
    target: &'c str,
) -> Result<(), Fault<'c>> {
    let what = What::Unmount(if target.is_empty() { "/" } else { target });
    join(&[site.prefix, cell.root.as_str(), target])
        .and_then(|path| site.platform.unmount(&path))
        .map_err(|errno| what.failed(errno))
}
