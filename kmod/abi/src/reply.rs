//! What `/dev/cell` answers.

use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::{CellName, Handle, Op, Policy, Profile, RootPath};

/// What the kernel is and who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`](crate::VERSION) of the kernel.
    pub version: u16,
    /// Operations the kernel knows.
    pub operations: u8,
    /// Cells it has room for.
    pub max_cells: u8,
    /// Cells there are, dying ones included.
    pub cells: u8,
    /// Whether it is sealed.
    pub sealed: bool,
    /// The cell of the caller.
    pub caller: Handle,
}

/// Where a cell is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CellState {
    /// Can be entered.
    Active,
    /// Destroyed, but a credential of it lives on in an open file or a socket. Everything is denied to it.
    Dying,
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellInfo<'a> {
    /// Its handle.
    pub handle: Handle,
    /// Its name.
    #[serde(borrow)]
    pub name: CellName<'a>,
    /// Its root, as it was given at create.
    #[serde(borrow)]
    pub root: RootPath<'a>,
    /// Where its policy came from.
    pub profile: Profile,
    /// Where it is in its life.
    pub state: CellState,
    /// Members: processes that have not exited. A zombie is none; its credential is counted below.
    pub processes: u32,
    /// Credentials that carry its handle.
    pub credentials: u32,
    /// Seconds since create.
    pub age_s: u32,
    /// Its limits.
    pub limits: crate::Limits,
}

/// What a cell uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Members: processes that have not exited. A zombie is none; its credential is counted below.
    pub processes: u32,
    /// Credentials that carry its handle.
    pub credentials: u32,
    /// Seconds since create.
    pub age_s: u32,
    /// CPU time of members that live and that have exited, in microseconds; never decreases.
    pub cpu_us: u64,
    /// Resident memory of live members in KiB; shared pages count once for each.
    pub resident_kib: u32,
    /// Address space of live members in KiB.
    pub virtual_kib: u32,
    /// Forks by members since create.
    pub forks: u32,
    /// Denials since create.
    pub denials: u32,
}

/// Denials by operation, only those above zero, by number. The kernel counts to 16,777,215 and stays there.
pub type Denials = Vec<(Op, u32), { Op::COUNT }>;

/// What is enforced and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyReport {
    /// As it was created.
    pub policy: Policy,
    /// What was denied since.
    pub denials: Denials,
}

/// One reply. The tag is the position; new ones are appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::large_enum_variant,
    reason = "no allocation; the kernel writes the large ones field by field"
)]
pub enum Reply<'a> {
    /// It was done.
    Done,
    /// To Hello.
    Hello(Hello),
    /// The new cell.
    Created(Handle),
    /// How many processes were signalled.
    Killed(u32),
    /// To Lookup and List.
    #[serde(borrow)]
    Cell(CellInfo<'a>),
    /// To Stats.
    Stats(Stats),
    /// To Policy.
    Policy(PolicyReport),
}
