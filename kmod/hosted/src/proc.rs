//! Processes.

use std::ffi::CString;
use std::marker::PhantomData;
use std::os::fd::{BorrowedFd, RawFd};
use std::path::Path;

use crate::errno::Errno;
use crate::ffi::{self, RawCred, RawProc};
use crate::kernel::Kernel;

/// A process by its number. Using one that is gone panics: the caller keeps the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proc(i32);

/// What a process may be besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// It has so many threads.
    Threads(u32),
    /// A debugger has it.
    Traced,
    /// It was made by vfork(2) and has not called exec(3).
    VforkChild,
    /// Its descriptor table is another's too.
    SharedFiles,
    /// Its root and working directory are another's too.
    SharedCwd,
    /// Its memory is another's too.
    SharedMemory,
    /// It used so many microseconds of CPU.
    CpuMicroseconds(u64),
    /// It has so many pages of 4 KiB resident.
    ResidentPages(u64),
    /// It has so many bytes mapped.
    VirtualBytes(u64),
}

/// A credential that something else than a process holds: an open file, a socket.
pub struct Credential<'k> {
    pub(crate) raw: *mut RawCred,
    kernel: PhantomData<&'k Kernel>,
}

impl Drop for Credential<'_> {
    fn drop(&mut self) {
        // SAFETY: one reference is this value's.
        unsafe { ffi::kauth_cred_free(self.raw) }
    }
}

impl Proc {
    /// init: root of the host, there from boot to the end.
    pub const INIT: Self = Self(1);

    /// Its number.
    #[must_use]
    pub const fn pid(self) -> i32 {
        self.0
    }

    fn find(self) -> Option<*mut RawProc> {
        // SAFETY: walks the kernel's lists, which only this thread changes.
        let raw = unsafe { ffi::hosted_proc_find(self.0) };
        (!raw.is_null()).then_some(raw)
    }

    pub(crate) fn of(pid: i32) -> Option<Self> {
        Self(pid).find().map(|_| Self(pid))
    }

    pub(crate) fn raw(self) -> *mut RawProc {
        match self.find() {
            Some(raw) => raw,
            None => panic!("process {} is gone", self.0),
        }
    }

    /// Alive and no zombie.
    pub(crate) fn live(self) -> *mut RawProc {
        let raw = self.raw();
        // SAFETY: `raw` is on the kernel's lists.
        assert!(
            unsafe { ffi::hosted_is_zombie(raw) } == 0,
            "process {} has exited",
            self.0
        );
        raw
    }

    pub(crate) fn may_fork(self) -> Result<(), Errno> {
        // SAFETY: a live process of the kernel.
        Errno::check(unsafe { ffi::hosted_fork_ask(self.live()) })
    }

    pub(crate) fn forked(self, pid: i32) -> Self {
        // SAFETY: a live process of the kernel; the C side checks that the number is free.
        unsafe { ffi::hosted_fork(self.live(), pid) };
        Self(pid)
    }

    pub(crate) fn exit(self, cpu_us: u64) {
        // SAFETY: a live process of the kernel.
        unsafe { ffi::hosted_exit(self.live(), cpu_us) }
    }

    pub(crate) fn clear_trait(self, what: Trait) {
        let (which, value) = match what {
            Trait::Threads(_) => (0, 1),
            Trait::Traced => (1, 0),
            Trait::VforkChild => (2, 0),
            Trait::SharedFiles => (3, 0),
            Trait::SharedCwd => (4, 0),
            Trait::SharedMemory => (5, 0),
            Trait::CpuMicroseconds(_) => (6, 0),
            Trait::ResidentPages(_) => (7, 0),
            Trait::VirtualBytes(_) => (8, 0),
        };
        // SAFETY: a live process of the kernel.
        unsafe { ffi::hosted_set_trait(self.live(), which, value) }
    }

    pub(crate) fn take_signals(self) -> Vec<i32> {
        // SAFETY: a process of the kernel.
        let set = unsafe { ffi::hosted_take_signals(self.raw()) };
        (1..64).filter(|signal| set >> signal & 1 == 1).collect()
    }
}

impl Kernel {
    /// A process of the host that nobody forked.
    #[must_use]
    pub fn process(&self, pid: i32, uid: u32, gid: u32) -> Proc {
        // SAFETY: the C side checks that the number is free.
        unsafe { ffi::hosted_proc_new(pid, uid, gid) };
        Proc(pid)
    }

    /// The process of that number, zombies included.
    #[must_use]
    pub fn find(&self, pid: i32) -> Option<Proc> {
        Proc::of(pid)
    }

    /// fork(2): asked, then done.
    ///
    /// # Errors
    /// `EAGAIN`: the limit of its cell.
    pub fn fork(&self, parent: Proc, pid: i32) -> Result<Proc, Errno> {
        self.may_fork(parent)?;
        Ok(self.forked(parent, pid))
    }

    /// Asks whether it may fork.
    ///
    /// # Errors
    /// `EAGAIN`.
    pub fn may_fork(&self, parent: Proc) -> Result<(), Errno> {
        parent.may_fork()
    }

    /// It did: the child is a member of whatever the parent is one of.
    #[must_use]
    pub fn forked(&self, parent: Proc, pid: i32) -> Proc {
        parent.forked(pid)
    }

    /// It exits, having used that much CPU, and is a zombie.
    pub fn exit(&self, proc: Proc, cpu_us: u64) {
        proc.exit(cpu_us);
    }

    /// Somebody waited for it: it is gone, and its credential with it if nothing else has that.
    pub fn reap(&self, proc: Proc) {
        // SAFETY: a process of the kernel; the C side checks that it is a zombie.
        unsafe { ffi::hosted_reap(proc.raw()) }
    }

    /// Gives it another number: one that was made before its number was known.
    #[must_use]
    pub fn set_pid(&self, proc: Proc, pid: i32) -> Proc {
        // SAFETY: a process of the kernel; the C side checks that the number is free.
        unsafe { ffi::hosted_set_pid(proc.raw(), pid) };
        Proc(pid)
    }

    /// Its resource limit is that, not asked.
    pub fn assume_limit(&self, proc: Proc, limit: crate::Resource) {
        // SAFETY: a live process of the kernel; the C side checks `which`.
        unsafe { ffi::hosted_set_rlimit(proc.live(), limit.which, limit.soft, limit.hard) }
    }

    /// setuid(2) and setgid(2), not asked: a new credential.
    pub fn set_ids(&self, proc: Proc, uid: u32, gid: u32) {
        // SAFETY: a live process of the kernel.
        unsafe { ffi::hosted_setid(proc.live(), uid, gid) }
    }

    /// execve(2) of a program that is not set-id, not asked.
    pub fn exec(&self, proc: Proc) {
        // SAFETY: a live process of the kernel.
        unsafe { ffi::hosted_exec(proc.live()) }
    }

    /// Makes it what it is told to be.
    pub fn set_trait(&self, proc: Proc, what: Trait) {
        let (which, value) = match what {
            Trait::Threads(count) => (0, count.into()),
            Trait::Traced => (1, 1),
            Trait::VforkChild => (2, 1),
            Trait::SharedFiles => (3, 1),
            Trait::SharedCwd => (4, 1),
            Trait::SharedMemory => (5, 1),
            Trait::CpuMicroseconds(us) => (6, us),
            Trait::ResidentPages(pages) => (7, pages),
            Trait::VirtualBytes(bytes) => (8, bytes),
        };
        // SAFETY: a live process of the kernel.
        unsafe { ffi::hosted_set_trait(proc.live(), which, value) }
    }

    /// Takes back what [`Kernel::set_trait`] made of it.
    pub fn clear_trait(&self, proc: Proc, what: Trait) {
        proc.clear_trait(what);
    }

    /// Whether it counts as set-id (`P_SUGID`): nobody but root may trace it.
    #[must_use]
    pub fn is_sugid(&self, proc: Proc) -> bool {
        // SAFETY: a process of the kernel.
        unsafe { ffi::hosted_is_sugid(proc.raw()) != 0 }
    }

    /// Takes the signals that the kernel sent it, for the front to deliver. `SIGKILL` stays pending until it exits, so it
    /// is given each time.
    #[must_use]
    pub fn take_signals(&self, proc: Proc) -> Vec<i32> {
        proc.take_signals()
    }

    /// Its root as the O_PATH descriptor that the kernel holds; `None` for the system's root.
    #[must_use]
    pub fn root(&self, proc: Proc) -> Option<BorrowedFd<'_>> {
        // SAFETY: a live process of the kernel.
        borrow(unsafe { ffi::hosted_root_fd(proc.live()) })
    }

    /// Its working directory, likewise.
    #[must_use]
    pub fn cwd(&self, proc: Proc) -> Option<BorrowedFd<'_>> {
        // SAFETY: a live process of the kernel.
        borrow(unsafe { ffi::hosted_cwd_fd(proc.live()) })
    }

    /// chroot(2), not asked.
    ///
    /// # Errors
    /// Those of open(2).
    pub fn chroot(&self, proc: Proc, path: &Path) -> Result<(), Errno> {
        let path = c_path(path)?;
        // SAFETY: a live process of the kernel and a terminated string.
        Errno::check(unsafe { ffi::hosted_chroot(proc.live(), path.as_ptr()) })
    }

    /// Its credential, held.
    #[must_use]
    pub fn credential(&self, proc: Proc) -> Credential<'_> {
        Credential {
            // SAFETY: a process of the kernel; what comes back has a reference for us.
            raw: unsafe { ffi::hosted_cred_of(proc.raw()) },
            kernel: PhantomData,
        }
    }
}

fn borrow<'k>(fd: RawFd) -> Option<BorrowedFd<'k>> {
    // SAFETY: the descriptor of a vnode that the process references; the borrow is the kernel's.
    (fd >= 0).then(|| unsafe { BorrowedFd::borrow_raw(fd) })
}

pub(crate) fn c_path(path: &Path) -> Result<CString, Errno> {
    use std::os::unix::ffi::OsStrExt;
    CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::EINVAL)
}
