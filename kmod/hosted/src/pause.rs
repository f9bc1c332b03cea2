//! What happens while the kernel sleeps.

use core::ffi::c_int;
use std::cell::RefCell;

use crate::errno::Errno;
use crate::proc::Proc;

/// The kernel while a call into it sleeps: kill waits for members to end, read waits for an event. What the function
/// given to [`Kernel::set_pause`](crate::Kernel::set_pause) does, happens then: processes exit, another thread is
/// denied something, time passes. It answers `Ok` to look again or the errno that ends the sleep.
pub struct Pause(());

type Function = Box<dyn FnMut(&Pause) -> Result<(), Errno> + Send>;

thread_local! {
    static PAUSE: RefCell<Option<Function>> = const { RefCell::new(None) };
}

pub(crate) fn set(function: Function) {
    PAUSE.with_borrow_mut(|pause| *pause = Some(function));
    // SAFETY: `pause` is a function for as long as the program runs.
    unsafe { crate::ffi::hosted_set_pause(Some(sleep)) };
}

pub(crate) fn clear() {
    // SAFETY: takes a null function for none.
    unsafe { crate::ffi::hosted_set_pause(None) };
    PAUSE.with_borrow_mut(|pause| *pause = None);
}

extern "C" fn sleep() -> c_int {
    // Taken out while it runs: what it does may sleep, and then nothing happens.
    let Some(mut function) = PAUSE.with_borrow_mut(Option::take) else {
        return libc::EINTR;
    };
    let result = function(&Pause(()));
    PAUSE.with_borrow_mut(|pause| {
        if pause.is_none() {
            *pause = Some(function);
        }
    });
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

    /// As [`Kernel::set_uptime`](crate::Kernel::set_uptime).
    pub fn set_uptime(&self, seconds: u32) {
        // SAFETY: sets a number.
        unsafe { crate::ffi::hosted_set_uptime(seconds) }
    }
}
