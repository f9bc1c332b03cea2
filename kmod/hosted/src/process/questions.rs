//! What the front asks the kernel, in the words of kauth(9).

use cell_abi::{Access, DeviceKind};

use crate::kauth::{Action, Request};

/// What the module said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Granted, whatever Linux would say.
    Allow,
    /// Linux decides, in the place of NetBSD's other security models.
    Defer,
    /// Refused.
    Deny,
}

/// A question about a process: the action of the process scope, with its request where it has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// `CANSEE`, its entry.
    See,
    /// `SIGNAL`
    Signal,
    /// `PTRACE`
    Trace,
    /// `PROCFS`
    Procfs(Access),
    /// `NICE`
    Nice,
    /// `RLIMIT`, get.
    ReadLimit,
    /// `RLIMIT`, set.
    SetLimit(LimitChange),
    /// `SCHEDULER_GETAFFINITY`
    ReadAffinity,
    /// `SCHEDULER_SETAFFINITY`
    SetAffinity,
    /// `SCHEDULER_GETPARAM`
    ReadScheduling,
    /// `SCHEDULER_SETPARAM`
    SetScheduling,
    /// `FORK`
    Fork,
    /// `KEVENT_FILTER`
    Watch,
    /// `KTRACE`
    Record,
}

/// A limit that is to be, and the one that is: (soft, hard).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// `RLIMIT_*` of Linux.
    pub resource: u32,
    /// As it is.
    pub from: (u64, u64),
    /// As it is to be.
    pub to: (u64, u64),
}

/// A question about anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// An action, and its request where it has several, that carries nothing else.
    Plain(Action, Option<Request>),
    /// `NETWORK_SOCKET`, open: numbers of Linux.
    Socket {
        /// `AF_*`
        domain: i32,
        /// `SOCK_*`
        kind: i32,
        /// `IPPROTO_*`
        protocol: i32,
    },
    /// `NETWORK_BIND`
    Bind {
        /// `IPPROTO_*`
        transport: i32,
        /// `AF_INET` or `AF_INET6`
        version: i32,
        /// In host order.
        port: u16,
    },
    /// `DEVICE_RAWIO_SPEC`
    Device {
        /// Character or block.
        kind: DeviceKind,
        /// Driver.
        major: u32,
        /// Unit.
        minor: u32,
        /// What it is opened for.
        access: Access,
    },
    /// `VNODE_EXECUTE` of a regular file.
    Execute(Writable),
}

/// Whether a mount can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writable {
    /// It can.
    Yes,
    /// It is read-only.
    No,
}
