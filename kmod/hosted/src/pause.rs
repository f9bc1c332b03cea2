//! What happens while the kernel sleeps.

use core::ffi::c_int;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::errno::Errno;
use crate::proc::Proc;

/// The kernel while a call into it sleeps: kill waits for members to end, read waits for an event. What the function
/// given to [`Kernel::set_pause`](crate::Kernel::set_pause) does, happens then: processes exit, another thread is
/// denied something, time passes. It answers `Ok` to look again or the errno that ends the sleep.
pub struct Pause(());

type Function = Box<dyn FnMut(&Pause) -> Result<(), Errno> + Send>;

static PAUSE: Mutex<Option<Function>> = Mutex::new(None);

fn function() -> MutexGuard<'static, Option<Function>> {
    PAUSE.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn set(new: Function) {
    *function() = Some(new);
    // SAFETY: `pause` is a function for as long as the program runs.
    unsafe { crate::ffi::hosted_set_pause(Some(sleep)) };
}

pub(crate) fn clear() {
    // SAFETY: takes a null function for none.
    unsafe { crate::ffi::hosted_set_pause(None) };
    *function() = None;
}

extern "C" fn sleep() -> c_int {
    // Taken out while it runs: what it does may sleep, and then nothing happens.
    let Some(mut now) = function().take() else {
        return libc::EINTR;
    };
    let result = now(&Pause(()));
    function().get_or_insert(now);
    match result {
        Ok(()) => 0,
        Err(Errno(number)) => number,
    }
}

impl Pause {
    /// As [`Kernel::exit`](crate::Kernel::exit).
    pub fn exit(&self, proc: Proc, cpu_us: u64) {
        proc.exit(cpu_us);
    }

    /// As [`Kernel::fork`](crate::Kernel::fork).
    ///
    /// # Errors
    /// `EAGAIN`.
    pub fn fork(&self, parent: Proc, pid: i32) -> Result<Proc, Errno> {
        parent.may_fork()?;
        Ok(parent.forked(pid))
    }

    /// As [`Kernel::forked`](crate::Kernel::forked).
    pub fn forked(&self, parent: Proc, pid: i32) -> Proc {
        parent.forked(pid)
    }

    /// As [`Kernel::take_signals`](crate::Kernel::take_signals).
    #[must_use]
    pub fn take_signals(&self, proc: Proc) -> Vec<i32> {
        proc.take_signals()
    }

    /// As [`Kernel::ask`](crate::Kernel::ask), without a target.
    ///
    /// # Errors
    /// `EPERM`.
    pub fn ask(
        &self,
        proc: Proc,
        action: crate::kauth::Action,
        request: Option<crate::kauth::Request>,
    ) -> Result<(), Errno> {
        crate::ask::plain(proc, action, request)
    }

    /// As [`Kernel::find`](crate::Kernel::find).
    #[must_use]
    pub fn find(&self, pid: i32) -> Option<Proc> {
        Proc::of(pid)
    }

    /// As [`Kernel::clear_trait`](crate::Kernel::clear_trait).
    pub fn clear_trait(&self, proc: Proc, what: crate::Trait) {
        proc.clear_trait(what);
    }

    /// As [`Kernel::set_uptime`](crate::Kernel::set_uptime).
    pub fn set_uptime(&self, seconds: u32) {
        // SAFETY: sets a number.
        unsafe { crate::ffi::hosted_set_uptime(seconds) }
    }
}
