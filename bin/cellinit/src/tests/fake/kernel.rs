//! The cells of the made-up system.

use std::collections::{BTreeMap, BTreeSet};
use std::panic;
use std::prelude::rust_2024::*;

use cell_abi::{
    CellInfo, CellName, CellState, Handle, Hello, Policy, PolicyReport, Reply, Request, RootPath,
    frame,
};
use libcell::platform::{Errno, Exit, Pid};

use super::World;

#[derive(Default)]
pub(in crate::tests) struct Kernel {
    pub(in crate::tests) cells: BTreeMap<Handle, Inside>,
    pub(in crate::tests) sealed: bool,
    made: u32,
}

pub(in crate::tests) struct Inside {
    pub(in crate::tests) name: String,
    root: String,
    policy: Policy,
    pub(in crate::tests) members: BTreeSet<Pid>,
}

impl Kernel {
    pub(super) fn enter(&mut self, handle: Handle, pid: Pid) -> Result<(), Errno> {
        let inside = self.cells.get_mut(&handle).ok_or(Errno::ESTALE)?;
        inside.members.insert(pid);
        Ok(())
    }

    pub(super) fn leave(&mut self, pid: Pid) {
        for inside in self.cells.values_mut() {
            inside.members.remove(&pid);
        }
    }

    pub(in crate::tests) fn named(&self, name: &str) -> Option<(Handle, &Inside)> {
        let mut cells = self.cells.iter();
        cells
            .find(|(_, inside)| inside.name == name)
            .map(|(handle, inside)| (*handle, inside))
    }

    /// A cell as an earlier cellinit would have left it.
    pub(in crate::tests) fn leave_behind(&mut self, name: &str, policy: Policy, members: &[Pid]) {
        self.made += 1;
        let inside = Inside {
            name: name.into(),
            root: format!("/cells/{name}"),
            policy,
            members: members.iter().copied().collect(),
        };
        self.cells.insert(Handle::new(0, self.made), inside);
    }
}

impl World {
    pub(super) fn ioctl(&mut self, buffer: &mut [u8]) -> Result<(), Errno> {
        let request = buffer.to_vec();
        let request: Request<'_> = frame::read(&request).map_err(|_| Errno::EINVAL)?;
        self.log.push(format!("{request:?}"));
        let (name, root);
        let reply = match request {
            Request::Hello => Reply::Hello(Hello {
                version: cell_abi::VERSION,
                operations: 80,
                max_cells: 64,
                cells: 0,
                sealed: self.kernel.sealed,
                caller: Handle::HOST,
            }),
            Request::Create(create) => {
                if self.kernel.sealed {
                    return Err(Errno::EPERM);
                }
                if self.kernel.named(create.name.as_str()).is_some() {
                    return Err(Errno::EEXIST);
                }
                self.kernel
                    .leave_behind(create.name.as_str(), create.policy, &[]);
                Reply::Created(Handle::new(0, self.kernel.made))
            }
            Request::Destroy(handle) => {
                let inside = self.kernel.cells.get(&handle).ok_or(Errno::ESTALE)?;
                if self.kernel.sealed {
                    return Err(Errno::EPERM);
                }
                if !inside.members.is_empty() {
                    return Err(Errno::EBUSY);
                }
                self.kernel.cells.remove(&handle);
                Reply::Done
            }
            Request::Kill { cell, signal } => {
                let inside = self.kernel.cells.get(&cell).ok_or(Errno::ESTALE)?;
                let members = inside.members.clone();
                for pid in &members {
                    self.end(*pid, Exit::Signal(signal));
                }
                Reply::Killed(u32::try_from(members.len()).expect("few"))
            }
            Request::Lookup(wanted) => {
                let (handle, inside) = self.kernel.named(wanted.as_str()).ok_or(Errno::ENOENT)?;
                (name, root) = (inside.name.clone(), inside.root.clone());
                Reply::Cell(CellInfo {
                    handle,
                    name: CellName::new(&name).expect("a name"),
                    root: RootPath::new(&root).expect("a root"),
                    profile: inside.policy.profile,
                    state: CellState::Active,
                    processes: 0,
                    credentials: 0,
                    age_s: 0,
                    limits: inside.policy.limits,
                })
            }
            Request::Policy(handle) => {
                let inside = self.kernel.cells.get(&handle).ok_or(Errno::ESTALE)?;
                Reply::Policy(PolicyReport {
                    policy: inside.policy.clone(),
                    denials: cell_abi::Denials::new(),
                })
            }
            Request::Seal => {
                self.kernel.sealed = true;
                Reply::Done
            }
            Request::Enter(_) | Request::List(_) | Request::Stats(_) => {
                panic!("cellinit does not ask this: {request:?}")
            }
        };
        frame::write(&reply, buffer).map_err(|_| Errno::EMSGSIZE)?;
        Ok(())
    }
}
