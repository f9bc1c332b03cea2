//! What `/dev/cell` is asked.

use serde::{Deserialize, Serialize};

use crate::{CellName, DeviceRule, Handle, Limits, OpSet, Policy, Profile, Reservation, RootPath};

/// A cell to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create<'a> {
    /// Its name; no two cells that are not dying have the same.
    #[serde(borrow)]
    pub name: CellName<'a>,
    /// Its root directory, resolved in the caller's root and held until the cell is destroyed.
    #[serde(borrow)]
    pub root: RootPath<'a>,
    /// What is enforced on it.
    pub policy: Policy,
}

/// What a cell is made from: a [`Create`], or one as it lies in its buffer.
pub trait CellPlan {
    /// The bytes of its name, which is a [`CellName`].
    fn name(&self) -> &[u8];
    /// The bytes of its root, which is a [`RootPath`].
    fn root(&self) -> &[u8];
    /// Where its policy came from.
    fn profile(&self) -> Profile;
    /// What members may still ask.
    fn may(&self) -> OpSet;
    /// Ports that are the cell's.
    fn reservations(&self) -> impl Iterator<Item = Reservation> + Clone;
    /// Devices that members may open.
    fn devices(&self) -> impl Iterator<Item = DeviceRule> + Clone;
    /// Limits.
    fn limits(&self) -> &Limits;
}

impl CellPlan for Create<'_> {
    fn name(&self) -> &[u8] {
        self.name.as_str().as_bytes()
    }

    fn root(&self) -> &[u8] {
        self.root.as_str().as_bytes()
    }

    fn profile(&self) -> Profile {
        self.policy.profile
    }

    fn may(&self) -> OpSet {
        self.policy.may
    }

    fn reservations(&self) -> impl Iterator<Item = Reservation> + Clone {
        self.policy.reservations.iter().copied()
    }

    fn devices(&self) -> impl Iterator<Item = DeviceRule> + Clone {
        self.policy.devices.iter().copied()
    }

    fn limits(&self) -> &Limits {
        &self.policy.limits
    }
}

/// One request. The tag is the position; new ones are appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "no allocation; a request is decoded once and handed on by reference"
)]
pub enum Request<'a> {
    /// What the kernel is and who the caller is. Anyone. → [`Reply::Hello`](crate::Reply::Hello)
    Hello,
    /// Make a cell, all or nothing. Host root, not sealed. → [`Reply::Created`](crate::Reply::Created)
    #[serde(borrow)]
    Create(Create<'a>),
    /// End a cell that has no members. Host root, not sealed. → [`Reply::Done`](crate::Reply::Done)
    Destroy(Handle),
    /// Move the calling process into a cell and its root. Host root, one thread, no open directory.
    /// → [`Reply::Done`](crate::Reply::Done)
    Enter(Handle),
    /// Send a signal to every member. Host root. → [`Reply::Killed`](crate::Reply::Killed)
    Kill {
        /// The cell.
        cell: Handle,
        /// Signal number of this kernel; 0 only counts.
        signal: u8,
    },
    /// The cell of that name, not dying. Host. → [`Reply::Cell`](crate::Reply::Cell)
    #[serde(borrow)]
    Lookup(CellName<'a>),
    /// The first cell, dying or not, in the slots after that of this handle; [`Handle::HOST`] begins.
    /// ENOENT ends. Host. → [`Reply::Cell`](crate::Reply::Cell)
    List(Handle),
    /// What a cell uses. Host. → [`Reply::Stats`](crate::Reply::Stats)
    Stats(Handle),
    /// What is enforced on a cell and what was denied. Host. → [`Reply::Policy`](crate::Reply::Policy)
    Policy(Handle),
    /// Until reboot, refuse to make, end or change a cell. Host root. → [`Reply::Done`](crate::Reply::Done)
    Seal,
}
