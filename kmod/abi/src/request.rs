//! What `/dev/cell` is asked.

use serde::{Deserialize, Serialize};

use crate::{CellName, Handle, Policy, RootPath};

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
    /// Move the calling process into a cell and its root. Host root, one thread, no open directory; refused where the
    /// cell has as many processes as it may have.
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
