//! The kernel as a whole: boot, the module, time, the log.

use core::ffi::{CStr, c_char, c_int};
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use cell_abi::{Handle, Request, frame};

use crate::errno::Errno;
use crate::{Pause, Proc, ffi, pause};

/// Whether there is one: one at a time in a process.
static RUNNING: Mutex<bool> = Mutex::new(false);
static STOPPED: Condvar = Condvar::new();

/// Lines of log(9) since they were last taken.
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

const INIT: c_int = 0;
const FINI: c_int = 1;
const AUTOUNLOAD: c_int = 3;

/// The kernel of this process, running. Dropped, it ends all its processes and the module with them.
///
/// It can be moved to another thread, and is used by one at a time.
pub struct Kernel {
    one_thread: PhantomData<Cell<()>>,
    loaded: bool,
}

impl Kernel {
    /// A running kernel with the module loaded and one process, init. Waits until the one before is dropped.
    ///
    /// # Errors
    /// Whatever kept the module from loading.
    pub fn boot() -> Result<Self, Errno> {
        let mut kernel = Self::boot_bare();
        kernel.load()?;
        Ok(kernel)
    }

    /// A running kernel without the module.
    #[must_use]
    pub fn boot_bare() -> Self {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        while *running {
            running = STOPPED
                .wait(running)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *running = true;
        drop(running);
        log_lines().clear();
        // SAFETY: nothing of an earlier kernel is left, and there is no other.
        unsafe {
            ffi::hosted_boot();
            ffi::hosted_set_logger(Some(note));
        }
        Self {
            one_thread: PhantomData,
            loaded: false,
        }
    }

    /// Loads the module.
    ///
    /// # Errors
    /// Whatever registration failed.
    pub fn load(&mut self) -> Result<(), Errno> {
        // SAFETY: the kernel runs; the module's command only uses what `hosted_boot` made.
        Errno::check(unsafe { ffi::hosted_modcmd(INIT) })?;
        self.loaded = true;
        Ok(())
    }

    /// Unloads it.
    ///
    /// # Errors
    /// `EBUSY`: cells, or open descriptors of the device; `EPERM`: sealed.
    pub fn unload(&mut self) -> Result<(), Errno> {
        // SAFETY: as `load`.
        Errno::check(unsafe { ffi::hosted_modcmd(FINI) })?;
        self.loaded = false;
        Ok(())
    }

    /// Asks whether it may be unloaded because nobody seems to use it.
    ///
    /// # Errors
    /// It always refuses.
    pub fn autounload(&self) -> Result<(), Errno> {
        // SAFETY: as `load`.
        Errno::check(unsafe { ffi::hosted_modcmd(AUTOUNLOAD) })
    }

    /// Makes the `nth` registration from now on fail, the first being 1; 0 makes none fail.
    pub fn fail_registration(&self, nth: u32) {
        // SAFETY: sets a number.
        unsafe { ffi::hosted_fail_registration(nth) }
    }

    /// What the module has registered: the security model, its key, hooks, listeners, the device.
    #[must_use]
    pub fn registrations(&self) -> u32 {
        // SAFETY: reads a number.
        unsafe { ffi::hosted_registrations() }
    }

    /// Whether there is a `/dev/cell`.
    #[must_use]
    pub fn has_device(&self) -> bool {
        // SAFETY: reads a pointer's being null.
        unsafe { ffi::hosted_device_attached() != 0 }
    }

    /// Sets the seconds since boot.
    pub fn set_uptime(&self, seconds: u32) {
        // SAFETY: sets a number.
        unsafe { ffi::hosted_set_uptime(seconds) }
    }

    /// What happens while the kernel sleeps on behalf of a process: see [`Pause`]. Without it nothing does, and the
    /// sleep is interrupted.
    pub fn set_pause(&self, pause: impl FnMut(&Pause) -> Result<(), Errno> + Send + 'static) {
        pause::set(Box::new(pause));
    }

    /// Takes the lines of log(9), oldest first.
    #[must_use]
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *log_lines())
    }

    /// Bytes of kmem(9) that are in use.
    #[must_use]
    pub fn allocated(&self) -> u64 {
        // SAFETY: reads a number.
        unsafe { ffi::hosted_allocated() }
    }

    /// Credentials that are in use.
    #[must_use]
    pub fn credentials(&self) -> u32 {
        // SAFETY: reads a number.
        unsafe { ffi::hosted_credentials() }
    }

    /// Vnodes that are in use.
    #[must_use]
    pub fn vnodes(&self) -> u32 {
        // SAFETY: reads a number.
        unsafe { ffi::hosted_vnodes() }
    }

    /// From now on the kernel keeps the files that are closed, with the credentials that they had, as NetBSD's cache
    /// does: until they are drained.
    pub fn cache_files(&self) {
        // SAFETY: sets a flag.
        unsafe { ffi::hosted_cache_files(1) }
    }

    /// Cells there are, dying ones included.
    #[must_use]
    pub fn cells(&self) -> u8 {
        cell_ffi::KERNEL.cells()
    }

    /// The core under the C file, to compare answers with.
    #[must_use]
    pub fn core(&self) -> &'static cell_core::Kernel {
        &cell_ffi::KERNEL
    }

    /// Ends what is left of cells, as init, so that the module can go.
    fn end_cells(&self) {
        let Ok(file) = self.open(Proc::INIT) else {
            return;
        };
        let mut after = Handle::HOST;
        while let Ok(cell) = self.core().next(cell_core::Subject::HOST_ROOT, after) {
            let mut buffer = [0; 128];
            // A sealed kernel refuses, and its cells stay for the next boot to find.
            let _ = frame::write(&Request::Destroy(cell), &mut buffer)
                .map(|_| self.ioctl(Proc::INIT, file, &mut buffer));
            after = cell;
        }
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        pause::clear();
        // SAFETY: this is the only kernel, and no process of it is used after it: `Proc`s are numbers.
        unsafe { ffi::hosted_end_processes() };
        if self.loaded {
            self.end_cells();
        }
        // SAFETY: likewise.
        unsafe { ffi::hosted_shutdown() };
        if self.loaded {
            // SAFETY: as `unload`.
            unsafe { ffi::hosted_modcmd(FINI) };
        }
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = false;
        STOPPED.notify_one();
    }
}

fn log_lines() -> MutexGuard<'static, Vec<String>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

extern "C" fn note(_level: c_int, line: *const c_char) {
    // SAFETY: the kernel passes a terminated string that lives for the call.
    let line = unsafe { CStr::from_ptr(line) }.to_string_lossy();
    log_lines().push(line.trim_end().to_owned());
}
