//! The kernel under the front: real processes become processes of [`Kernel`], what they ask becomes its questions.

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use cell_abi::{Access, Handle, Reply, Request, frame};
use cell_core::MountWritable;

use crate::process::facts::{Directories, Facts, Pid};
use crate::process::os::clock;
use crate::process::questions::{About, LimitChange, Question, Verdict, Writable};
use crate::{
    Answer, Bind, Errno, File, IpVersion, Kernel, NodeAccess, Proc, Resource, Trait, Transport,
};

mod words;

/// Numbers for processes whose own is not known: above any of Linux (`PID_MAX_LIMIT`, 2^22).
const UNNUMBERED: Pid = 1 << 24;

/// The kernel.
pub struct Machine {
    kernel: Kernel,
    next: Pid,
    denied: bool,
}

/// A process of the kernel.
#[derive(Debug)]
pub struct Process {
    proc: Proc,
    /// Effective user and group, as the kernel has them.
    ids: (u32, u32),
    cell: Handle,
}

/// An open of the device, and the process that stands for whoever has it.
pub struct Open {
    holder: Proc,
    file: File,
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Open").field(&self.holder).finish()
    }
}

impl Machine {
    /// Boots the kernel with the module. Waits until another one in this process has halted.
    ///
    /// # Errors
    /// Whatever kept the module from loading.
    pub fn boot() -> io::Result<Self> {
        let kernel = Kernel::boot().map_err(|errno| io::Error::from_raw_os_error(errno.0))?;
        Ok(Self {
            kernel,
            next: UNNUMBERED,
            denied: false,
        })
    }

    /// Ends the cells, of which nobody is left a member, as the control plane would; then the kernel. A sealed one keeps
    /// its cells until this process ends.
    pub fn halt(self) {
        const SIZE: usize = 128;
        let Ok(file) = self.kernel.open_nonblocking(Proc::INIT) else {
            return;
        };
        let mut after = Handle::HOST;
        let ask = |request: &Request<'_>| {
            let mut buffer = [0; SIZE];
            frame::write(request, &mut buffer).ok()?;
            self.kernel.ioctl(Proc::INIT, file, &mut buffer).ok()?;
            match frame::read(&buffer) {
                Ok(Reply::Cell(info)) => Some(info.handle),
                Ok(_) | Err(_) => None,
            }
        };
        while let Some(cell) = ask(&Request::List(after)) {
            ask(&Request::Destroy(cell));
            after = cell;
        }
        self.kernel.close(Proc::INIT, file);
    }

    /// Sets the kernel's clock.
    pub fn tick(&self) {
        self.kernel.set_uptime(clock::uptime_s());
    }

    /// What the kernel has logged since.
    pub fn take_log(&self) -> Vec<String> {
        self.kernel.take_log()
    }

    fn number(&mut self) -> Pid {
        self.next += 1;
        self.next
    }

    /// A process of the host, with its root and whatever matters for entering.
    pub fn appear(&mut self, facts: &Facts, directories: Directories) -> Process {
        let number = match self.kernel.find(facts.pid) {
            None => facts.pid,
            Some(_) => self.number(),
        };
        let ids = (facts.uid[1], facts.gid[1]);
        let proc = self.kernel.process(number, ids.0, ids.1);
        self.kernel
            .set_trait(proc, Trait::Threads(facts.threads.max(1)));
        if facts.tracer != 0 {
            self.kernel.set_trait(proc, Trait::Traced);
        }
        if directories == Directories::Open {
            // which one does not matter
            let _ = self.kernel.open_directory(proc, Path::new("/"));
        }
        // its own mounts too; a process that is gone keeps the kernel's
        let root = format!("/proc/{}/root", facts.pid);
        let _ = self.kernel.chroot(proc, Path::new(&root));
        Process {
            proc,
            ids,
            cell: Handle::HOST,
        }
    }

    /// Makes its credential what Linux has now.
    pub fn update(&mut self, process: &mut Process, facts: &Facts) {
        let ids = (facts.uid[1], facts.gid[1]);
        if ids != process.ids {
            self.kernel.set_ids(process.proc, ids.0, ids.1);
            process.ids = ids;
        }
    }

    /// What it uses.
    pub fn set_use(&mut self, process: &Process, cpu_us: u64, kib: (u32, u32)) {
        const PAGE_KIB: u32 = 4;
        let (resident, whole) = kib;
        for what in [
            Trait::CpuMicroseconds(cpu_us),
            Trait::ResidentPages((resident / PAGE_KIB).into()),
            Trait::VirtualBytes(u64::from(whole) * 1024),
        ] {
            self.kernel.set_trait(process.proc, what);
        }
    }

    /// The child of a fork that was allowed.
    pub fn fork(&mut self, parent: &Process) -> Process {
        let number = self.number();
        Process {
            proc: self.kernel.forked(parent.proc, number),
            ids: parent.ids,
            cell: parent.cell,
        }
    }

    /// Its number is known now.
    pub fn set_pid(&mut self, process: &mut Process, pid: Pid) {
        if self.kernel.find(pid).is_none() {
            process.proc = self.kernel.set_pid(process.proc, pid);
        }
    }

    /// It executes a program.
    pub fn exec(&mut self, process: &Process) {
        self.kernel.exec(process.proc);
    }

    /// It has ended and is waited for.
    pub fn exit(&mut self, process: Process, cpu_us: u64) {
        self.kernel.exit(process.proc, cpu_us);
        self.kernel.reap(process.proc);
    }

    /// The cell it is in.
    pub fn cell_of(&self, process: &Process) -> Handle {
        process.cell
    }

    /// The kernel has let it in.
    pub fn entered(&mut self, process: &mut Process, cell: Handle) {
        process.cell = cell;
    }

    /// Its root, as the kernel holds it.
    ///
    /// # Errors
    /// EMFILE; ENOENT for one that has none of its own.
    pub fn root_of(&self, process: &Process) -> io::Result<OwnedFd> {
        match self.kernel.root(process.proc) {
            Some(root) => root.try_clone_to_owned(),
            None => Err(io::Error::from_raw_os_error(libc::ENOENT)),
        }
    }

    /// Opens the device in the name of a process.
    ///
    /// # Errors
    /// EPERM from inside a cell.
    pub fn open(&mut self, process: &Process) -> Result<Open, i32> {
        if !process.cell.is_host() {
            // as the open says, which only the process itself could ask for
            return match self.kernel.open_nonblocking(process.proc) {
                Ok(file) => {
                    self.kernel.close(process.proc, file);
                    Err(libc::EPERM)
                }
                Err(Errno(errno)) => Err(errno),
            };
        }
        let number = self.number();
        let holder = self.kernel.process(number, process.ids.0, process.ids.1);
        match self.kernel.open_nonblocking(holder) {
            Ok(file) => Ok(Open { holder, file }),
            Err(Errno(errno)) => {
                self.kernel.exit(holder, 0);
                self.kernel.reap(holder);
                Err(errno)
            }
        }
    }

    /// Closes it.
    pub fn close(&mut self, open: Open) {
        self.kernel.exit(open.holder, 0);
        self.kernel.reap(open.holder);
    }

    /// The ioctl, in the context of `process`.
    ///
    /// # Errors
    /// errno of the refusal; the buffer is as it was.
    pub fn ioctl(&mut self, process: &Process, open: &Open, buffer: &mut [u8]) -> Result<(), i32> {
        let result = self
            .kernel
            .give(open.holder, open.file, process.proc)
            .and_then(|()| {
                let result = self.kernel.ioctl(process.proc, open.file, buffer);
                self.kernel.close(process.proc, open.file);
                result
            });
        result.map_err(|Errno(errno)| errno)
    }

    /// The next event frame, if there is one.
    pub fn read(&mut self, open: &Open) -> Option<Vec<u8>> {
        let mut frame = vec![0; frame::EVENT_MAX];
        let length = self.kernel.read(open.holder, open.file, &mut frame).ok()?;
        frame.truncate(length);
        Some(frame)
    }

    /// Whether the kernel has sent the process a signal since.
    pub fn was_signalled(&mut self, process: &Process) -> bool {
        !self.kernel.take_signals(process.proc).is_empty()
    }

    /// Whether anything was denied since this was last asked.
    pub fn denied_something(&mut self) -> bool {
        std::mem::take(&mut self.denied)
    }

    /// Asks about a process.
    pub fn ask_about(&mut self, asker: &Process, about: About, target: &Process) -> Verdict {
        match about {
            About::Fork => {
                let _ = self.kernel.may_fork(asker.proc);
            }
            About::SetLimit(change) => self.ask_limit(asker, change, target),
            other => {
                let (action, request) = words::about(other);
                let _ = self
                    .kernel
                    .ask_about(asker.proc, action, request, target.proc);
            }
        }
        self.verdict()
    }

    fn ask_limit(&mut self, asker: &Process, change: LimitChange, target: &Process) {
        let limit = |(soft, hard)| Resource {
            which: change.resource.cast_signed(),
            soft,
            hard,
        };
        self.kernel.assume_limit(target.proc, limit(change.from));
        let _ = self
            .kernel
            .set_limit(asker.proc, target.proc, limit(change.to));
    }

    /// Asks about anything else.
    pub fn ask(&mut self, asker: &Process, question: Question) -> Verdict {
        let proc = asker.proc;
        match question {
            Question::Socket {
                domain,
                kind,
                protocol,
            } => {
                let _ = self.kernel.socket(proc, domain, kind, protocol);
            }
            Question::Bind {
                transport,
                version,
                port,
            } => {
                let bind = Bind {
                    version: match version {
                        libc::AF_INET6 => IpVersion::V6,
                        _ => IpVersion::V4,
                    },
                    transport: match transport {
                        libc::IPPROTO_TCP => Transport::Tcp,
                        libc::IPPROTO_UDP => Transport::Udp,
                        _ => Transport::Sctp,
                    },
                    port,
                };
                let _ = self.kernel.bind(proc, bind);
            }
            Question::Device {
                kind,
                major,
                minor,
                access,
            } => {
                let access = match access {
                    Access::Read => NodeAccess::Read,
                    Access::Write => NodeAccess::Write,
                    Access::ReadWrite => NodeAccess::ReadWrite,
                };
                let _ = self.kernel.open_node(proc, (kind, major, minor), access);
            }
            Question::Execute(writable) => {
                let writable = match writable {
                    Writable::Yes => MountWritable::Yes,
                    Writable::No => MountWritable::No,
                };
                let action = crate::kauth::VNODE_EXECUTE | crate::kauth::VNODE_IS_EXEC;
                let _ = self.kernel.access_file(proc, action, writable, Ok(()));
            }
            Question::Plain(action, request) => {
                let _ = self.kernel.ask(proc, action, request);
            }
        }
        self.verdict()
    }

    /// Only what the module said counts: in the place of NetBSD's other models there is Linux.
    fn verdict(&mut self) -> Verdict {
        match self.kernel.last_answer() {
            Answer::Allow => Verdict::Allow,
            Answer::Defer => Verdict::Defer,
            Answer::Deny => {
                self.denied = true;
                Verdict::Deny
            }
        }
    }
}
