//! What every attack must come to.
//!
//! The one table of this crate. Its outcomes are those of NetBSD's kernel, read off its sources, and the hosted kernel must
//! give the same. A row is an attack, by whom, on what; a column is a profile. Rows that this kernel cannot run are in
//! [`IMPOSSIBLE`], each with its reason.

mod files;
mod ipc;
#[cfg_attr(target_os = "linux", path = "table/linux.rs")]
#[cfg_attr(target_os = "netbsd", path = "table/netbsd.rs")]
mod kernel;
mod network;
mod process;
mod system;

pub use kernel::IMPOSSIBLE;

use alloc::vec::Vec;
use core::fmt;

use cell_abi::Profile;

use crate::attacks::Outcome;
use crate::attacks::os::Errno;

pub(crate) const OK: Outcome = Outcome::Done;
pub(crate) const PERMITTED: Outcome = Outcome::Permitted;
pub(crate) const CONTAINED: Outcome = Outcome::Contained;
pub(crate) const EPERM: Outcome = Outcome::Refused(Errno::EPERM);
pub(crate) const EACCES: Outcome = Outcome::Refused(Errno::EACCES);
pub(crate) const EAGAIN: Outcome = Outcome::Refused(Errno::EAGAIN);
pub(crate) const ENOENT: Outcome = Outcome::Refused(Errno::ENOENT);
pub(crate) const ENXIO: Outcome = Outcome::Refused(Errno::ENXIO);
pub(crate) const ESRCH: Outcome = Outcome::Refused(Errno::ESRCH);
#[cfg(target_os = "linux")]
pub(crate) const ENOTTY: Outcome = Outcome::Refused(Errno::ENOTTY);
#[cfg(target_os = "linux")]
pub(crate) const EPROTONOSUPPORT: Outcome = Outcome::Refused(Errno::EPROTONOSUPPORT);
pub(crate) const ENOSYS: Outcome = Outcome::Refused(Errno::ENOSYS);
#[cfg(target_os = "netbsd")]
pub(crate) const EINVAL: Outcome = Outcome::Refused(Errno::EINVAL);
#[cfg(target_os = "netbsd")]
pub(crate) const EOPNOTSUPP: Outcome = Outcome::Refused(Errno::EOPNOTSUPP);

/// Who attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Root in a cell.
    Root,
    /// A user in a cell, of the same uid as the targets, so that no other rule refuses him first.
    User,
    /// The same user on the host.
    HostUser,
}

/// Whose process, port or object is attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The machine.
    System,
    /// The host's.
    Host,
    /// Another cell's.
    Sibling,
    /// The attacker's own cell's: must work, or a cell is no place to run anything in.
    Own,
}

/// An argument of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The pid of the target's victim.
    Pid,
    /// The uid of all victims.
    Uid,
    /// A key of the target's System V objects.
    Key,
    /// The id of an object that this part makes for the target.
    Id(&'static str),
    /// The name of an object that this part makes for the target.
    Name(&'static str),
    /// The path of the marker on the host.
    Link,
    /// The cell device, as it is in the attacker's root.
    Device,
    /// The bytes of a request about the sibling.
    Request(Asked),
    /// A port.
    Port(u16),
    /// Itself.
    Text(&'static str),
}

/// A request of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Create.
    Create,
    /// Enter.
    Enter,
    /// Kill.
    Kill,
    /// Destroy.
    Destroy,
    /// List.
    List,
    /// Seal.
    Seal,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The attack's name.
    pub attack: &'static str,
    /// What it is told.
    pub arguments: Vec<Argument>,
    /// Who.
    pub by: By,
    /// Whose.
    pub on: On,
    /// Under low, medium, high.
    pub expected: [Outcome; 3],
    /// Without a cell, in the same root and as the same user: it must succeed, or it proves nothing.
    pub control: Control,
}

/// What the same attack comes to without a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// It succeeds.
    Succeeds,
    /// The kernel itself refuses or contains it, in this way, and for this reason; cells have their own.
    Itself(Outcome, &'static str),
    /// It cannot be run without a cell, for this reason.
    None(&'static str),
}

impl Row {
    fn new(attack: &'static str, by: By, on: On, expected: [Outcome; 3]) -> Self {
        Self {
            attack,
            arguments: Vec::new(),
            by,
            on,
            expected,
            control: Control::Succeeds,
        }
    }

    fn with(mut self, arguments: &[Argument]) -> Self {
        self.arguments = arguments.to_vec();
        self
    }

    fn control(mut self, control: Control) -> Self {
        self.control = control;
        self
    }

    /// What is expected under that profile.
    #[must_use]
    pub fn expected(&self, profile: Profile) -> Outcome {
        let [low, medium, high] = self.expected;
        match profile {
            Profile::Low => low,
            Profile::Medium => medium,
            Profile::High | Profile::Custom => high,
        }
    }
}

/// By whom, on whose.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = match self.by {
            By::Root => "root",
            By::User => "user",
            By::HostUser => "host user",
        };
        let on = match self.on {
            On::System => "",
            On::Host => " > host",
            On::Sibling => " > sibling",
            On::Own => " > own",
        };
        write!(f, "{by}{on}")
    }
}

/// The whole table.
#[must_use]
pub fn rows() -> Vec<Row> {
    let mut rows = [
        process::rows(),
        network::rows(),
        files::rows(),
        system::rows(),
        ipc::rows(),
    ]
    .concat();
    for row in &mut rows {
        let of_row = |one: &&Own| one.attack == row.attack && one.by.is_none_or(|by| by == row.by);
        if let Some(own) = kernel::OWN_CONTROLS.iter().find(of_row) {
            row.control = own.control;
        }
    }
    rows
}

/// What an attack comes to without a cell in this kernel, where the table's rows have it otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    attack: &'static str,
    /// Only by these, or by all.
    by: Option<By>,
    control: Control,
}

/// Which outcomes another one may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Success: whoever is permitted is let through to a kernel that has no such thing. Refusals stay as expected.
    OfSuccess,
    /// Every one.
    Always,
}

/// An attack that this kernel cannot be put to, and why. Looked at only when the control run has that outcome.
#[derive(Clone, Copy, Debug)]
pub struct Impossible {
    /// Its name.
    pub attack: &'static str,
    /// What it comes to.
    pub outcome: Outcome,
    /// And instead of what.
    pub instead: Instead,
    /// Why.
    pub why: &'static str,
}

const fn missing(attack: &'static str, outcome: Outcome, why: &'static str) -> Impossible {
    Impossible {
        attack,
        outcome,
        instead: Instead::OfSuccess,
        why,
    }
}

/// One line for each kind of process attack: what it comes to on another's process, then on one of the own cell as root and as user.
type Foreign = (&'static str, Outcome, Outcome, Outcome);
