//! Questions, put as NetBSD's system calls put them.

use core::ptr;

use crate::errno::Errno;
use crate::ffi;
use crate::kauth::{self, Action, Request};
use crate::kernel::Kernel;
use crate::proc::{Credential, Proc};

/// IP version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpVersion {
    /// 4
    V4,
    /// 6
    V6,
}

impl IpVersion {
    const fn family(self) -> i32 {
        match self {
            Self::V4 => libc::AF_INET,
            Self::V6 => libc::AF_INET6,
        }
    }
}

/// Protocol over IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP
    Tcp,
    /// UDP
    Udp,
    /// One with ports that is neither.
    Sctp,
}

impl Transport {
    const fn number(self) -> i32 {
        match self {
            Self::Tcp => libc::IPPROTO_TCP,
            Self::Udp => libc::IPPROTO_UDP,
            Self::Sctp => libc::IPPROTO_SCTP,
        }
    }
}

/// A bind(2) of an internet socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind {
    /// IP version.
    pub version: IpVersion,
    /// Protocol.
    pub transport: Transport,
    /// Port in host byte order.
    pub port: u16,
}

/// How a device node is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeAccess {
    /// To read.
    Read,
    /// To write.
    Write,
    /// Both.
    ReadWrite,
}

/// What setrlimit(2) sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `RLIMIT_*` of Linux.
    pub which: i32,
    /// Soft limit.
    pub soft: u64,
    /// Hard limit.
    pub hard: u64,
}

/// What the module's listeners said, before NetBSD's other models were heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Allow,
    /// No, and that is the end of it.
    Deny,
    /// As the others say.
    Defer,
}

pub(crate) fn plain(proc: Proc, action: Action, request: Option<Request>) -> Result<(), Errno> {
    ask(proc, None, action, request, None)
}

fn ask(
    proc: Proc,
    credential: Option<&Credential<'_>>,
    action: Action,
    request: Option<Request>,
    target: Option<Proc>,
) -> Result<(), Errno> {
    let request = request.map_or(0, |request| request.value);
    // SAFETY: live processes of the kernel and a credential that is held. In the process scope the C side passes the
    // target; the other scopes get integers.
    Errno::check(unsafe {
        ffi::hosted_ask(
            proc.live(),
            credential.map_or(ptr::null_mut(), |credential| credential.raw),
            action.scope.id().as_ptr(),
            action.value,
            request,
            target.map_or(ptr::null_mut(), Proc::raw),
        )
    })
}

fn target_of(proc: Proc, action: Action) -> Option<Proc> {
    (action.scope == kauth::Scope::Process).then_some(proc)
}

impl Kernel {
    /// What the module said to the question asked last, by whichever function.
    #[must_use]
    pub fn last_answer(&self) -> Answer {
        // SAFETY: reads a number.
        match unsafe { ffi::hosted_said() } {
            0 => Answer::Allow,
            1 => Answer::Deny,
            _ => Answer::Defer,
        }
    }

    /// Asks about an action; in the process scope about the process itself. For what needs arguments of its own there
    /// are the functions below.
    ///
    /// # Errors
    /// `EPERM`.
    pub fn ask(&self, proc: Proc, action: Action, request: Option<Request>) -> Result<(), Errno> {
        ask(proc, None, action, request, target_of(proc, action))
    }

    /// Asks in the process scope about another process. kill(2) asks so for SIGNAL: `request` is none.
    ///
    /// # Errors
    /// `EPERM`.
    pub fn ask_about(
        &self,
        proc: Proc,
        action: Action,
        request: Option<Request>,
        target: Proc,
    ) -> Result<(), Errno> {
        ask(proc, None, action, request, Some(target))
    }

    /// As [`Kernel::ask`], with a credential that is not the process': one of an open file, say.
    ///
    /// # Errors
    /// `EPERM`.
    pub fn ask_with(
        &self,
        proc: Proc,
        credential: &Credential<'_>,
        action: Action,
        request: Option<Request>,
    ) -> Result<(), Errno> {
        ask(
            proc,
            Some(credential),
            action,
            request,
            target_of(proc, action),
        )
    }

    /// What execve(2) asks about the number of its user's processes.
    ///
    /// # Errors
    /// `EAGAIN` when there are more than the limit.
    pub fn may_exec(&self, proc: Proc) -> Result<(), Errno> {
        // SAFETY: a live process of the kernel.
        Errno::check(unsafe { ffi::hosted_ask_exec(proc.live()) })
    }

    /// setrlimit(2): asked, and set if granted.
    ///
    /// # Errors
    /// `EPERM`.
    pub fn set_limit(&self, proc: Proc, target: Proc, limit: Resource) -> Result<(), Errno> {
        // SAFETY: live processes of the kernel; the C side checks `which`.
        Errno::check(unsafe {
            ffi::hosted_ask_rlimit(
                proc.live(),
                target.live(),
                kauth::REQ_PROCESS_RLIMIT_SET.value,
                limit.which,
                limit.soft,
                limit.hard,
            )
        })
    }

    /// socket(2), with the numbers of Linux; 117 and 134 are BSD's `PF_OROUTE` and `PF_ROUTE`.
    ///
    /// # Errors
    /// `EPERM`.
    pub fn socket(&self, proc: Proc, domain: i32, kind: i32, protocol: i32) -> Result<(), Errno> {
        // SAFETY: a live process of the kernel and integers.
        Errno::check(unsafe { ffi::hosted_ask_socket(proc.live(), domain, kind, protocol) })
    }

    /// bind(2).
    ///
    /// # Errors
    /// `EACCES`.
    pub fn bind(&self, proc: Proc, bind: Bind) -> Result<(), Errno> {
        // SAFETY: a live process of the kernel and integers.
        Errno::check(unsafe {
            ffi::hosted_ask_bind(
                proc.live(),
                bind.version.family(),
                bind.transport.number(),
                bind.port,
            )
        })
    }

    /// bind(2) of port 0 or connect(2), where the kernel finds `bind.port` free and asks about it as it does: in an address
    /// whose family is `garbage`.
    ///
    /// # Errors
    /// `EACCES`: not that port. The kernel would try another.
    pub fn autobind(&self, proc: Proc, bind: Bind, garbage: u8) -> Result<(), Errno> {
        // SAFETY: a live process of the kernel and integers.
        Errno::check(unsafe {
            ffi::hosted_ask_autobind(
                proc.live(),
                bind.version.family(),
                bind.transport.number(),
                bind.port,
                garbage.into(),
            )
        })
    }

    /// open(2) of a device node, by its numbers as the kernel has them.
    ///
    /// # Errors
    /// `EPERM`.
    pub fn open_node(
        &self,
        proc: Proc,
        node: (cell_abi::DeviceKind, u32, u32),
        access: NodeAccess,
    ) -> Result<(), Errno> {
        let (kind, major, minor) = node;
        let request = match access {
            NodeAccess::Read => kauth::REQ_DEVICE_RAWIO_SPEC_READ,
            NodeAccess::Write => kauth::REQ_DEVICE_RAWIO_SPEC_WRITE,
            NodeAccess::ReadWrite => kauth::REQ_DEVICE_RAWIO_SPEC_RW,
        };
        // SAFETY: a live process of the kernel and integers.
        Errno::check(unsafe {
            ffi::hosted_ask_device(
                proc.live(),
                (kind == cell_abi::DeviceKind::Block).into(),
                major,
                minor,
                request.value as i32,
            )
        })
    }

    /// VOP_ACCESS(9) of a file, `action` being bits of [`kauth`]. `mode` is what its mode bits answer, 0 or an errno.
    ///
    /// # Errors
    /// `EACCES`.
    pub fn access_file(
        &self,
        proc: Proc,
        action: u64,
        writable: cell_core::MountWritable,
        mode: Result<(), Errno>,
    ) -> Result<(), Errno> {
        access(proc, action, 0, writable, mode)
    }

    /// VOP_ACCESS(9) of a directory.
    ///
    /// # Errors
    /// `EACCES`.
    pub fn access_directory(
        &self,
        proc: Proc,
        action: u64,
        writable: cell_core::MountWritable,
        mode: Result<(), Errno>,
    ) -> Result<(), Errno> {
        access(proc, action, 1, writable, mode)
    }
}

fn access(
    proc: Proc,
    action: u64,
    directory: i32,
    writable: cell_core::MountWritable,
    mode: Result<(), Errno>,
) -> Result<(), Errno> {
    let readonly = match writable {
        cell_core::MountWritable::Yes => 0,
        cell_core::MountWritable::No => 1,
    };
    let mode = mode.map_or_else(|errno| errno.0, |()| 0);
    // SAFETY: a live process of the kernel and integers.
    Errno::check(unsafe { ffi::hosted_ask_vnode(proc.live(), action, directory, readonly, mode) })
}
