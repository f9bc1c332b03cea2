//! The decisions. No lock, and nothing is written but the place that a fork takes.
//!
//! A credential that carries a handle exists only between publish and the last drop, and holds the slot for all of that
//! time (`life.rs`). So a decider compares its handle with the slot's live one (acquire, which pairs with publish) and
//! then reads policy words that nobody writes while it holds the credential. If the cell is destroyed in the meantime
//! the answer is that of a moment before.

use core::sync::atomic::Ordering;

use cell_abi::{Access, DeviceKind, Handle, Op, Protocols};

use crate::slot::Slot;
use crate::{Kernel, Subject};

/// What a listener answers. The numbers are in `cell_ops.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    /// Yes, whatever the others say short of no.
    Allow = 0,
    /// No.
    Deny = 1,
    /// As the other security models say.
    Defer = 2,
}

impl Verdict {
    /// The number in `cell_ops.h`.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// Whether the mount that a file is executed from can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountWritable {
    /// It can.
    Yes,
    /// It is read-only.
    No,
}

/// Who chose a port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PortFrom {
    Asker,
    Kernel,
}

/// On whose behalf a decision is made.
enum Asker<'k> {
    HostRoot,
    HostUser,
    Member(&'k Slot),
    /// Of a dying cell, or with a handle that is no cell's.
    Gone,
}

impl Kernel {
    fn asker(&self, who: Subject) -> Asker<'_> {
        if who.cell.is_host() {
            return if who.root {
                Asker::HostRoot
            } else {
                Asker::HostUser
            };
        }
        let index = who.cell.slot();
        match (self.live.get(index), self.slots.get(index)) {
            (Some(live), Some(slot)) if live.load(Ordering::Acquire) == who.cell.raw() => {
                Asker::Member(slot)
            }
            _ => Asker::Gone,
        }
    }

    /// Whether the subject may do `op`, where nothing but the operation counts. No lock.
    #[must_use]
    pub fn ask(&self, who: Subject, op: Op) -> Verdict {
        match self.asker(who) {
            Asker::HostRoot | Asker::HostUser => Verdict::Defer,
            Asker::Member(slot) => policy(slot, op),
            Asker::Gone => Verdict::Deny,
        }
    }

    /// Whether it may do `op` to a process of `target`. A host's user is kept from every cell, a member from every
    /// other cell and from the host. No lock.
    #[must_use]
    pub fn ask_process(&self, who: Subject, op: Op, target: Handle) -> Verdict {
        match self.asker(who) {
            Asker::HostRoot => Verdict::Defer,
            Asker::HostUser if target.is_host() => Verdict::Defer,
            Asker::Member(slot) if target == who.cell => policy(slot, op),
            Asker::HostUser | Asker::Member(_) | Asker::Gone => Verdict::Deny,
        }
    }

    /// Whether it may bind `port`; 0 is any. `Allow` for a reservation of its own, so that a member needs no root for a
    /// port below 1024; `Deny` for another cell's. `Both` asks for a protocol that is neither TCP nor UDP: only a
    /// reservation for both is one's own then, and any reservation is another's. No lock.
    #[must_use]
    pub fn ask_bind(&self, who: Subject, protocols: Protocols, port: u16) -> Verdict {
        self.ask_port(who, protocols, port, PortFrom::Asker)
    }

    /// Whether the kernel may bind `port` for it, which it picked where the subject asked for any: permitted as port 0
    /// is, unless it is reserved for another cell. No lock.
    #[must_use]
    pub fn ask_picked(&self, who: Subject, protocols: Protocols, port: u16) -> Verdict {
        self.ask_port(who, protocols, port, PortFrom::Kernel)
    }

    fn ask_port(&self, who: Subject, protocols: Protocols, port: u16, from: PortFrom) -> Verdict {
        let slot = match self.asker(who) {
            Asker::HostRoot => return Verdict::Defer,
            Asker::Gone => return Verdict::Deny,
            Asker::HostUser => None,
            Asker::Member(slot) => Some(slot),
        };
        if port == 0 {
            return Verdict::Defer;
        }
        if let Some(slot) = slot {
            if slot.rules.ports.cover(protocols, port) {
                return Verdict::Allow;
            }
            if from == PortFrom::Asker && policy(slot, Op::NetworkBind) == Verdict::Deny {
                return Verdict::Deny;
            }
        }
        if self.reserved_by_other(who.cell, protocols, port) {
            Verdict::Deny
        } else {
            Verdict::Defer
        }
    }

    /// Whether it may open that device node so. No lock.
    #[must_use]
    pub fn ask_device(
        &self,
        who: Subject,
        kind: DeviceKind,
        major: u32,
        minor: u32,
        access: Access,
    ) -> Verdict {
        match self.asker(who) {
            Asker::HostRoot | Asker::HostUser => Verdict::Defer,
            Asker::Member(slot) if slot.rules.devices.permit(kind, major, minor, access) => {
                Verdict::Defer
            }
            Asker::Member(slot) => policy(slot, Op::DeviceOpen),
            Asker::Gone => Verdict::Deny,
        }
    }

    /// Whether it may fork: the limit on processes; and no if its cell is being killed, so that the killing ends. A member that is not refused has taken a place in its cell, and
    /// keeps it until [`Kernel::process_forked`] or [`Kernel::fork_abandoned`]. No lock.
    #[must_use = "a member that is not refused has taken a place"]
    pub fn ask_fork(&self, who: Subject) -> Verdict {
        match self.asker(who) {
            Asker::HostRoot | Asker::HostUser => Verdict::Defer,
            Asker::Member(slot)
                if slot.doomed.load(Ordering::Relaxed) != who.cell.raw()
                    && slot.rules.may.contain(Op::ProcessFork)
                    && slot.places.take(slot.rules.limits.processes()) =>
            {
                Verdict::Defer
            }
            Asker::Member(_) | Asker::Gone => Verdict::Deny,
        }
    }

    /// Whether it may execute a file of such a mount. No lock.
    #[must_use]
    pub fn ask_exec(&self, who: Subject, writable: MountWritable) -> Verdict {
        match (self.asker(who), writable) {
            (Asker::HostRoot | Asker::HostUser, _) | (Asker::Member(_), MountWritable::No) => {
                Verdict::Defer
            }
            (Asker::Member(slot), MountWritable::Yes) => policy(slot, Op::VnodeExec),
            (Asker::Gone, _) => Verdict::Deny,
        }
    }
}

fn policy(slot: &Slot, op: Op) -> Verdict {
    if slot.rules.may.contain(op) {
        Verdict::Defer
    } else {
        Verdict::Deny
    }
}
