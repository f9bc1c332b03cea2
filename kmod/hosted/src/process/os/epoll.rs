//! epoll(7), level triggered, with a number for each descriptor.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::check;

/// A set of watched descriptors.
#[derive(Debug)]
pub struct Epoll(OwnedFd);

/// What a descriptor is watched for; its end always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Input.
    Read,
    /// Input and room for output.
    ReadWrite,
}

/// What happened to the descriptor of that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The number it was added with.
    pub key: u64,
    /// There is input.
    pub readable: bool,
    /// There is room for output.
    pub writable: bool,
    /// It has ended.
    pub closed: bool,
}

impl AsFd for Epoll {
    /// Readable while something is ready.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Epoll {
    /// An empty set.
    ///
    /// # Errors
    /// EMFILE, ENFILE, ENOMEM.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointers; the result is a new descriptor.
        let fd = check(libc::c_long::from(unsafe {
            libc::epoll_create1(libc::EPOLL_CLOEXEC)
        }))?;
        // SAFETY: as above.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd as i32) }))
    }

    fn control(
        &self,
        operation: i32,
        fd: BorrowedFd<'_>,
        key: u64,
        interest: Interest,
    ) -> io::Result<()> {
        let events = match interest {
            Interest::Read => libc::EPOLLIN,
            Interest::ReadWrite => libc::EPOLLIN | libc::EPOLLOUT,
        };
        let mut event = libc::epoll_event {
            events: events as u32,
            u64: key,
        };
        // SAFETY: `event` lives across the call.
        check(libc::c_long::from(unsafe {
            libc::epoll_ctl(
                self.0.as_raw_fd(),
                operation,
                fd.as_raw_fd(),
                &raw mut event,
            )
        }))?;
        Ok(())
    }

    /// Watches `fd` for input.
    ///
    /// # Errors
    /// ENOMEM, ENOSPC.
    pub fn add(&self, fd: BorrowedFd<'_>, key: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, key, Interest::Read)
    }

    /// Changes what `fd` is watched for.
    ///
    /// # Errors
    /// ENOENT.
    pub fn change(&self, fd: BorrowedFd<'_>, key: u64, interest: Interest) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, fd, key, interest)
    }

    /// Forgets `fd`. A descriptor that is closed everywhere forgets itself; one that others hold does not.
    pub fn remove(&self, fd: BorrowedFd<'_>) {
        let _ = self.control(libc::EPOLL_CTL_DEL, fd, 0, Interest::Read);
    }

    /// Waits `timeout_ms` (-1: for ever).
    ///
    /// # Errors
    /// None that a caller can do anything about; EINTR is an empty answer.
    pub fn wait(&self, timeout_ms: i32, ready: &mut Vec<Ready>) -> io::Result<()> {
        const BATCH: usize = 32;
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; BATCH];
        ready.clear();
        // SAFETY: `events` has room for as many as are asked for.
        let count = unsafe {
            libc::epoll_wait(
                self.0.as_raw_fd(),
                events.as_mut_ptr(),
                BATCH as i32,
                timeout_ms,
            )
        };
        let count = match check(count.into()) {
            Ok(count) => count as usize,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        for event in events.iter().take(count) {
            let bits = event.events as i32;
            ready.push(Ready {
                key: event.u64,
                readable: bits & libc::EPOLLIN != 0,
                writable: bits & libc::EPOLLOUT != 0,
                closed: bits & (libc::EPOLLHUP | libc::EPOLLERR) != 0,
            });
        }
        Ok(())
    }
}
