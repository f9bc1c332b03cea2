//! Waiting: one epoll(7) set with a signalfd(2) in it.

use std::cell::{OnceCell, RefCell};
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::vec::Vec;

use super::{check, files, own};
use crate::platform::{Errno, Event, SignalNumber, Token};

/// What epoll says of the signalfd: no token, those have 32 bits.
const SIGNALS: u64 = 1 << 32;

/// What can be awaited, and on what.
#[derive(Debug, Default)]
pub(super) struct Queue {
    epoll: OnceCell<OwnedFd>,
    signals: OnceCell<OwnedFd>,
    watched: RefCell<Vec<Watched>>,
}

#[derive(Clone, Copy, Debug)]
struct Watched {
    fd: RawFd,
    token: Token,
    interest: u32,
}

const READ: u32 = libc::EPOLLIN as u32;
const WRITE: u32 = libc::EPOLLOUT as u32;
const ENDED: u32 = (libc::EPOLLERR | libc::EPOLLHUP) as u32;

impl Queue {
    pub(super) fn watch_signals(&self, signals: &[SignalNumber]) -> Result<(), Errno> {
        let mut set = MaybeUninit::uninit();
        // SAFETY: sigemptyset fills the set.
        let mut set = unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            set.assume_init()
        };
        for signal in signals {
            let signal = libc::c_int::from(*signal);
            // SAFETY: `set` is a signal set; an ignored SIGCHLD would lose exit statuses.
            check(unsafe { libc::sigaddset(&mut set, signal) })?;
            // SAFETY: the default is no handler, so no code is installed.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        // SAFETY: `set` is a signal set; the old mask is not asked for.
        let error = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) };
        if error != 0 {
            return Err(Errno(u16::try_from(error).unwrap_or(Errno::EINVAL.0)));
        }
        // SAFETY: `set` is a signal set; -1 makes a new descriptor.
        let fd = own(unsafe { libc::signalfd(-1, &set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) })?;
        self.control(libc::EPOLL_CTL_ADD, fd.as_raw_fd(), READ, SIGNALS)?;
        self.signals.set(fd).map_err(|_| Errno::EBUSY)
    }

    pub(super) fn watch_read(&self, fd: BorrowedFd<'_>, token: Token) -> Result<(), Errno> {
        self.change(fd.as_raw_fd(), token, |interest| interest | READ)
    }

    pub(super) fn watch_write(
        &self,
        fd: BorrowedFd<'_>,
        token: Token,
        watch: bool,
    ) -> Result<(), Errno> {
        self.change(fd.as_raw_fd(), token, |interest| match watch {
            true => interest | WRITE,
            false => interest & !WRITE,
        })
    }

    pub(super) fn unwatch(&self, fd: BorrowedFd<'_>) -> Result<(), Errno> {
        self.change(fd.as_raw_fd(), 0, |_| 0)
    }

    /// Changes what is awaited on a descriptor; nothing takes it out of the set.
    fn change(
        &self,
        fd: RawFd,
        token: Token,
        change: impl FnOnce(u32) -> u32,
    ) -> Result<(), Errno> {
        let mut watched = self.watched.borrow_mut();
        let at = watched.iter().position(|entry| entry.fd == fd);
        let before = at
            .and_then(|at| watched.get(at))
            .map(|entry| entry.interest);
        let interest = change(before.unwrap_or(0));
        let operation = match (before, interest) {
            (None, 0) => return Ok(()),
            (None, _) => libc::EPOLL_CTL_ADD,
            (Some(_), 0) => libc::EPOLL_CTL_DEL,
            (Some(_), _) => libc::EPOLL_CTL_MOD,
        };
        let result = self.control(operation, fd, interest, u64::from(token));
        if let Some(at) = at {
            watched.swap_remove(at);
        }
        if interest != 0 && result.is_ok() {
            watched.push(Watched {
                fd,
                token,
                interest,
            });
        }
        result
    }

    fn control(
        &self,
        operation: libc::c_int,
        fd: RawFd,
        interest: u32,
        data: u64,
    ) -> Result<(), Errno> {
        let mut event = libc::epoll_event {
            events: interest,
            u64: data,
        };
        let epoll = self.epoll()?.as_raw_fd();
        // SAFETY: `event` outlives the call.
        check(unsafe { libc::epoll_ctl(epoll, operation, fd, &mut event) }).map(drop)
    }

    fn epoll(&self) -> Result<&OwnedFd, Errno> {
        if let Some(epoll) = self.epoll.get() {
            return Ok(epoll);
        }
        // SAFETY: integers only.
        let epoll = own(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        Ok(self.epoll.get_or_init(|| epoll))
    }

    pub(super) fn wait(
        &self,
        events: &mut [Event],
        timeout_ms: Option<u64>,
    ) -> Result<usize, Errno> {
        let mut ready = [libc::epoll_event { events: 0, u64: 0 }; 16];
        let room = events.len().min(ready.len()) as libc::c_int;
        let timeout = timeout_ms.map_or(-1, |ms| libc::c_int::try_from(ms).unwrap_or(i32::MAX));
        let epoll = self.epoll()?.as_raw_fd();
        // SAFETY: `ready` has room for `room` events.
        let count = check(unsafe { libc::epoll_wait(epoll, ready.as_mut_ptr(), room, timeout) });
        let count = match count {
            Ok(count) => usize::try_from(count).unwrap_or(0),
            // being stopped and continued interrupts without a handler; to the caller it is a timeout come early
            Err(Errno::EINTR) => return Ok(0),
            Err(errno) => return Err(errno),
        };
        let mut report = Report { events, used: 0 };
        for event in ready.iter().take(count) {
            let (happened, data) = (event.events, event.u64);
            match Token::try_from(data) {
                Ok(token) => self.report_descriptor(token, happened, &mut report),
                Err(_) => self.report_signals(&mut report)?,
            }
        }
        Ok(report.used)
    }

    /// What does not fit is reported by the next wait: epoll goes on saying it.
    fn report_descriptor(&self, token: Token, happened: u32, report: &mut Report<'_>) {
        let interest = self
            .watched
            .borrow()
            .iter()
            .find(|entry| entry.token == token)
            .map_or(0, |entry| entry.interest);
        if happened & (READ | ENDED) != 0 && interest & READ != 0 {
            report.push(Event::Readable(token));
        }
        if happened & (WRITE | ENDED) != 0 && interest & WRITE != 0 {
            report.push(Event::Writable(token));
        }
    }

    fn report_signals(&self, report: &mut Report<'_>) -> Result<(), Errno> {
        let Some(signals) = self.signals.get() else {
            return Ok(());
        };
        while report.has_room() {
            let mut info = [0; mem::size_of::<libc::signalfd_siginfo>()];
            match files::read(signals.as_fd(), &mut info) {
                Ok(_) => {
                    // ssi_signo is the first word
                    let [a, b, c, d, ..] = info;
                    let number = u32::from_ne_bytes([a, b, c, d]);
                    report.push(Event::Signal(SignalNumber::try_from(number).unwrap_or(0)));
                }
                Err(Errno::EAGAIN) => return Ok(()),
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }
}

/// Where a wait writes its events.
struct Report<'a> {
    events: &'a mut [Event],
    used: usize,
}

impl Report<'_> {
    fn has_room(&self) -> bool {
        self.used < self.events.len()
    }

    fn push(&mut self, event: Event) {
        if let Some(slot) = self.events.get_mut(self.used) {
            *slot = event;
            self.used += 1;
        }
    }
}
