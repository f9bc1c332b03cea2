//! `/dev/cell` and other open files.

use core::ffi::{c_int, c_ulong};
use core::ptr;
use std::path::Path;

use cell_abi::{BUFFER_SIZES, ioctl_command};

use crate::errno::Errno;
use crate::ffi::{self, RawFile, RawKnote};
use crate::kernel::Kernel;
use crate::proc::{Proc, c_path};

const FREAD: c_int = 1;
const FWRITE: c_int = 2;
const NONBLOCK: c_int = 4;
const EVFILT_READ: u32 = 0;

/// An open file of a process, which a fork shares; it is closed when all that have it closed it or exited. Using it from a
/// process that does not have it panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File(*mut RawFile);

// SAFETY: it does nothing without a `Kernel`, which is in one thread.
unsafe impl Send for File {}

/// A kqueue(2) event on a file. It has to be removed before the file is closed.
#[derive(Debug)]
pub struct Knote(*mut RawKnote);

impl File {
    fn of(self, proc: Proc) -> *mut RawFile {
        // SAFETY: compares the pointer with those in the process' table; it is not followed.
        let has = unsafe { ffi::hosted_file_of(proc.live(), self.0) } != 0;
        assert!(has, "process {} does not have the file", proc.pid());
        self.0
    }
}

impl Kernel {
    /// open(2) of `/dev/cell`, blocking.
    ///
    /// # Errors
    /// `EPERM` from inside a cell, `ENXIO` without the module.
    pub fn open(&self, proc: Proc) -> Result<File, Errno> {
        let mut file = ptr::null_mut();
        // SAFETY: a live process of the kernel and a place for the result.
        Errno::check(unsafe {
            ffi::hosted_device_open(proc.live(), FREAD | FWRITE, &raw mut file)
        })?;
        Ok(File(file))
    }

    /// Likewise with `O_NONBLOCK`.
    ///
    /// # Errors
    /// As [`Kernel::open`].
    pub fn open_nonblocking(&self, proc: Proc) -> Result<File, Errno> {
        let mut file = ptr::null_mut();
        // SAFETY: as `open`.
        Errno::check(unsafe {
            ffi::hosted_device_open(proc.live(), FREAD | FWRITE | NONBLOCK, &raw mut file)
        })?;
        Ok(File(file))
    }

    /// open(2) of a directory.
    ///
    /// # Errors
    /// Those of open(2).
    pub fn open_directory(&self, proc: Proc, path: &Path) -> Result<File, Errno> {
        let path = c_path(path)?;
        let mut file = ptr::null_mut();
        // SAFETY: a live process of the kernel, a terminated string and a place for the result.
        Errno::check(unsafe {
            ffi::hosted_open_directory(proc.live(), path.as_ptr(), &raw mut file)
        })?;
        Ok(File(file))
    }

    /// close(2).
    pub fn close(&self, proc: Proc, file: File) {
        // SAFETY: a live process of the kernel that has the file.
        unsafe { ffi::hosted_file_close(proc.live(), file.of(proc)) }
    }

    /// Hands an open file of `from` to another process, as over a local socket. A process may get the same one twice.
    ///
    /// # Errors
    /// `EMFILE`
    pub fn give(&self, from: Proc, file: File, to: Proc) -> Result<(), Errno> {
        // SAFETY: a live process of the kernel, and a file that one has.
        Errno::check(unsafe { ffi::hosted_file_give(to.live(), file.of(from)) })
    }

    /// The cell ioctl with a buffer of one of its sizes, in place. Refused, the buffer is as it was.
    ///
    /// # Errors
    /// The refusal; `ENOTTY` for a buffer of another size, as for an unknown command.
    pub fn ioctl(&self, proc: Proc, file: File, buffer: &mut [u8]) -> Result<(), Errno> {
        if !BUFFER_SIZES.contains(&buffer.len()) {
            return Err(Errno::ENOTTY);
        }
        let size = u16::try_from(buffer.len()).map_err(|_| Errno::ENOTTY)?;
        // The kernel works on a copy and gives it back only if all went well: sys_ioctl().
        let mut copy = buffer.to_vec();
        self.ioctl_command(proc, file, ioctl_command(size), &mut copy)?;
        buffer.copy_from_slice(&copy);
        Ok(())
    }

    /// Any ioctl command with a buffer that is as large as the command says.
    ///
    /// # Errors
    /// As [`Kernel::ioctl`]; `EFAULT` if the buffer is smaller.
    pub fn ioctl_command(
        &self,
        proc: Proc,
        file: File,
        command: u32,
        buffer: &mut [u8],
    ) -> Result<(), Errno> {
        if buffer.len() < (command >> 16 & 0x1fff) as usize {
            return Err(Errno(libc::EFAULT));
        }
        // SAFETY: a live process of the kernel that has the file, and a buffer as long as the command says.
        Errno::check(unsafe {
            ffi::hosted_file_ioctl(
                proc.live(),
                file.of(proc),
                c_ulong::from(command),
                buffer.as_mut_ptr().cast(),
            )
        })
    }

    /// read(2): whole event frames.
    ///
    /// # Errors
    /// `EAGAIN` if nonblocking, `EINTR` if the pause says so, `EINVAL` for a buffer shorter than a frame may be, `EPERM`
    /// from inside a cell.
    pub fn read(&self, proc: Proc, file: File, buffer: &mut [u8]) -> Result<usize, Errno> {
        let mut got = 0;
        // SAFETY: a live process of the kernel that has the file, a buffer and its length, a place for the count.
        Errno::check(unsafe {
            ffi::hosted_file_read(
                proc.live(),
                file.of(proc),
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut got,
            )
        })?;
        Ok(got)
    }

    /// poll(2) for input: whether there is some. If not, it now waits.
    #[must_use]
    pub fn poll(&self, proc: Proc, file: File) -> bool {
        // SAFETY: a live process of the kernel that has the file.
        unsafe { ffi::hosted_file_poll(proc.live(), file.of(proc), libc::POLLIN.into()) != 0 }
    }

    /// Whether the poll(2) that waits was woken since this was last asked.
    #[must_use]
    pub fn woken(&self) -> bool {
        // SAFETY: reads and sets numbers.
        unsafe { ffi::hosted_file_woken() != 0 }
    }

    /// fcntl(2): sets or clears `O_NONBLOCK`.
    pub fn set_nonblocking(&self, proc: Proc, file: File) {
        // SAFETY: a file that a live process has.
        unsafe { ffi::hosted_file_set_nonblocking(file.of(proc), 1) }
    }

    /// kevent(2): adds `EVFILT_READ`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn knote(&self, proc: Proc, file: File) -> Result<Knote, Errno> {
        self.knote_of(proc, file, EVFILT_READ)
    }

    /// kevent(2): adds a filter by its number; NetBSD's `EVFILT_READ` is 0.
    ///
    /// # Errors
    /// Those of the device.
    pub fn knote_of(&self, proc: Proc, file: File, filter: u32) -> Result<Knote, Errno> {
        let mut error = 0;
        // SAFETY: a file that a live process has, and a place for the error.
        let knote = unsafe { ffi::hosted_knote_add(file.of(proc), filter, &raw mut error) };
        Errno::check(error)?;
        Ok(Knote(knote))
    }

    /// Whether kevent(2) would give it now.
    #[must_use]
    pub fn is_active(&self, knote: &Knote) -> bool {
        // SAFETY: a note that was added and not removed.
        unsafe { ffi::hosted_knote_active(knote.0) != 0 }
    }

    /// kevent(2): removes it.
    pub fn remove(&self, knote: Knote) {
        // SAFETY: a note that was added; taking it by value, it is removed once.
        unsafe { ffi::hosted_knote_remove(knote.0) }
    }
}
