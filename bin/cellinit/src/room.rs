//! What a cell needs to exist: its mounts, its device nodes, and the kernel's cell.
//!
//! In order: the plan made so on the volumes, the root made read-only where the image has not seen to it, a memory file
//! system at `/dev` with only the listed nodes, the mounts of the definition, the kernel's cell. Undone in reverse. Every
//! step remembers itself, so that what failed half way can be undone, or gone on with.

mod kernel;
mod mounts;

use cell_abi::{Handle, Refusal};
use libcell::converge::Scope;
use libcell::device::{CellDevice, DeviceError};
use libcell::image::{Cell, DeviceNode, Image};
use libcell::platform::{Errno, Mount, MountFlags, MountKind, Platform};
use libcell::policy::rule;
use libcell::{converge, state};

use crate::fault::{Fault, What, Why};
use crate::path::{Path, join};
use crate::plan;
use kernel::{buffer, create, destroy, policy};
use mounts::{make_mount, make_node, plain_directory, unmount};

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

impl<P: Platform> Site<'_, P> {
    /// A path in the root of a cell.
    pub(crate) fn in_root(&self, cell: &Cell<'_>, path: &str) -> Result<Path, Errno> {
        let [root, name] = state::root(cell);
        join(&[self.prefix, root, name, path])
    }
}

/// Makes the directory that the root of a cell is seen at which has another one's.
#[inline(never)]
fn make_place<P: Platform>(site: &Site<'_, P>, cell: &Cell<'_>) -> Result<(), Errno> {
    let inside = join(&[state::ROOTS, cell.name.as_str(), "/"])?;
    converge::make_parents(site.platform, site.prefix, &inside)
}

/// Whether a cell is seen at its root and nowhere else.
fn is_at_home(cell: &Cell<'_>) -> bool {
    let [root, _] = state::root(cell);
    root == cell.root.as_str()
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
    /// And over the root too: the kernel still had its cell, so it was set up since boot. Without that, what is mounted
    /// on the root may be the system's own.
    stale_root: Done,
    /// Its plan holds on its volumes.
    planned: Done,
    /// Steps of its plan that changed something and were not told yet.
    changed: u16,
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
            stale_root: Done::No,
            planned: Done::No,
            changed: 0,
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

    /// The definition is another from now on, and its plan with it.
    pub(crate) const fn plan_again(&mut self) {
        self.planned = Done::No;
    }

    /// Steps of its plan that changed something since this was asked last.
    pub(crate) const fn take_changed(&mut self) -> u16 {
        core::mem::replace(&mut self.changed, 0)
    }

    /// Whether all its mounts are made.
    pub(crate) fn is_mounted(&self, cell: &Cell<'_>) -> bool {
        self.mounts == cell.mounts.len()
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
                self.stale_root = Done::Yes;
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
            self.changed += plan::converge(site, cell, Scope::Volumes)?;
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
        self.changed += plan::converge(site, cell, Scope::Memory)?;
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
        if self.stale == Done::Yes && result.is_ok() {
            self.clear_stale(site, cell);
        }
        result
    }

    #[inline(never)]
    fn protect_root<'c, P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'c>,
    ) -> Result<(), Fault<'c>> {
        let fail = |errno| What::Root(cell.root.as_str()).failed(errno);
        let root = site.in_root(cell, "").map_err(fail)?;
        if is_at_home(cell) {
            match site.platform.is_read_only(&root) {
                // a system that does not tell has its roots in a read-only image
                Ok(true) | Err(Errno::ENOSYS) => return Ok(()),
                Ok(false) => {}
                Err(errno) => return Err(fail(errno)),
            }
        } else if self.root == Done::No {
            make_place(site, cell).map_err(fail)?;
        } else {
            return Ok(());
        }
        let from = join(&[site.prefix, cell.root.as_str()]).map_err(fail)?;
        site.platform
            .mount(&Mount {
                kind: MountKind::Null { from: &from },
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

    #[inline(never)]
    fn make_dev<'c, P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'c>,
    ) -> Result<(), Fault<'c>> {
        let fail = |errno| What::Dev.failed(errno);
        let target = site.in_root(cell, "/dev").map_err(fail)?;
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
    #[inline(never)]
    fn make_terminals<P: Platform>(
        &mut self,
        site: &Site<'_, P>,
        cell: &Cell<'_>,
        device: &DeviceNode<'_>,
    ) -> Result<(), Errno> {
        if self.terminals == Done::Yes || rule(site.platform, device)?.is_none() {
            return Ok(());
        }
        let target = site.in_root(cell, "/dev/pts")?;
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

    #[inline(never)]
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
        let root = site
            .in_root(cell, "")
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
    #[inline(never)]
    fn clear_stale<P: Platform>(&mut self, site: &Site<'_, P>, cell: &Cell<'_>) {
        let targets = cell.mounts.iter().rev().map(|entry| entry.target);
        let root = (self.stale_root == Done::Yes || !is_at_home(cell)).then_some("");
        for target in targets.chain(["/dev/pts", "/dev"]).chain(root) {
            for _ in 0..STALE_DEPTH {
                match unmount(site, cell, target) {
                    Ok(()) => {}
                    // somebody still looks at it; it is tried again when the cell is torn down
                    Err(Fault {
                        why: Why::System(Errno::EBUSY),
                        ..
                    }) => return,
                    Err(_) => break,
                }
            }
        }
        self.stale = Done::No;
        self.stale_root = Done::No;
    }
}
