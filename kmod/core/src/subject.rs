//! Who asks, and when.

use cell_abi::{Handle, Refusal};

/// A credential, as far as cells are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The cell it carries; [`Handle::HOST`] for the host.
    pub cell: Handle,
    /// Whether its effective user is 0.
    pub root: bool,
}

impl Subject {
    /// Root outside every cell: never restricted, except by *seal*.
    pub const HOST_ROOT: Self = Self {
        cell: Handle::HOST,
        root: true,
    };

    /// Whether this is the host's root.
    #[must_use]
    pub const fn is_host_root(self) -> bool {
        self.root && self.cell.is_host()
    }

    pub(crate) const fn require_host_root(self) -> Result<(), Refusal> {
        if self.is_host_root() {
            Ok(())
        } else {
            Err(Refusal::NotPermitted)
        }
    }

    pub(crate) const fn require_host(self) -> Result<(), Refusal> {
        if self.cell.is_host() {
            Ok(())
        } else {
            Err(Refusal::NotPermitted)
        }
    }
}

/// The process that something happens in, and the second it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Process.
    pub pid: u32,
    /// Seconds since boot.
    pub uptime_s: u32,
}
