//! The three profiles, as sets.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{Op, OpSet};

/// Which profile a policy was made from. A label: what is enforced is the policy's set.
///
/// The sets are those of `profiles/*.toml`; cellbake's tests compare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// Process isolation, ports and private sysctl nodes only.
    Low,
    /// No system administration; System V IPC and execution from writable mounts stay.
    Medium,
    /// The least, and the default.
    High,
    /// A set that is none of the three.
    Custom,
}

/// What every cell may ask: about its own processes (another's are refused before this set is read), and what the
/// kernel asks of harmless things.
const COMMON: OpSet = OpSet::of(&[
    Op::ProcessSee,
    Op::ProcessSignal,
    Op::ProcessPtrace,
    Op::ProcessKtrace,
    Op::ProcessProcfs,
    Op::ProcessNice,
    Op::ProcessRlimit,
    Op::ProcessSetid,
    Op::ProcessCorename,
    Op::ProcessStopflag,
    Op::ProcessKevent,
    Op::ProcessGetAffinity,
    Op::ProcessSetAffinity,
    Op::ProcessGetSched,
    Op::ProcessSetSched,
    Op::ProcessFork,
    Op::MountGet,
    Op::SysctlDesc,
    Op::InterfaceGet,
    Op::SocketSee,
    Op::DeviceTtyOpen,
    Op::DeviceRndAdd,
]);

impl Profile {
    /// The three that have a set of their own.
    pub const NAMED: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// What a cell of this profile may still ask of the other security models. Empty for `Custom`.
    #[must_use]
    pub const fn policy(self) -> OpSet {
        match self {
            Self::Low => OpSet::ALL.without(Op::SysctlPrivate),
            Self::Medium => COMMON.union(OpSet::of(&[
                Op::ProcessRaiseLimit,
                Op::SystemSysvipc,
                Op::SystemSemaphore,
                Op::SystemMqueue,
                Op::NetworkBind,
                Op::VnodeExec,
            ])),
            Self::High => COMMON,
            Self::Custom => OpSet::EMPTY,
        }
    }

    /// The profile of that position, which is its number in messages.
    #[must_use]
    pub const fn from_position(position: u8) -> Option<Self> {
        match position {
            0 => Some(Self::Low),
            1 => Some(Self::Medium),
            2 => Some(Self::High),
            3 => Some(Self::Custom),
            _ => None,
        }
    }

    /// The name in definitions and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Custom => "custom",
        }
    }

    /// The named profile of that name; not `custom`, which has no set.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMED
            .into_iter()
            .find(|profile| profile.name() == name)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
