//! Linux: the build and simulation host, by std and the C library.
//!
//! A file for each kind of call; the trait's methods only name them. The cell device is a socket of the hosted kernel
//! ([`cell`]).

mod at;
mod cell;
mod disks;
mod entries;
mod files;
mod mount;
mod process;
mod queue;
mod socket;
mod terminal;
mod watchdog;

use std::boxed::Box;
use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::string::String;
use std::sync::OnceLock;

use super::{
    Clock, DeviceNumber, Dress, Errno, Event, Exit, Launch, Metadata, Mount, Mounted, Node, Open,
    Peer, Pid, Platform, Removal, SignalNumber, Space, Status, TerminalModes, Token, WindowSize,
    limits,
};
pub(super) use process::{LimitNumber, get_limit, set_limit};

/// The operating system.
#[derive(Debug, Default)]
pub struct System {
    prefix: OnceLock<Box<str>>,
    queue: queue::Queue,
}

impl System {
    /// The system with the device's root at `prefix`, whatever the environment says.
    #[must_use]
    pub fn at(prefix: &str) -> Self {
        let system = Self::default();
        system.prefix.get_or_init(|| prefix.into());
        system
    }
}

impl Platform for System {
    type Fd = OwnedFd;

    fn open(&self, path: &str, how: Open, mode: u32) -> Result<OwnedFd, Errno> {
        files::open(path, how, mode)
    }

    fn read(&self, fd: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        files::read(fd.as_fd(), buffer)
    }

    fn write(&self, fd: &OwnedFd, bytes: &[u8]) -> Result<usize, Errno> {
        files::write(fd.as_fd(), bytes)
    }

    fn sync(&self, fd: &OwnedFd) -> Result<(), Errno> {
        files::sync(fd.as_fd())
    }

    fn standard(&self, number: u8) -> Result<OwnedFd, Errno> {
        files::standard(number)
    }

    fn duplicate(&self, fd: &OwnedFd) -> Result<OwnedFd, Errno> {
        duplicate(fd.as_fd(), 3)
    }

    fn metadata(&self, path: &str) -> Result<Metadata, Errno> {
        files::metadata(path)
    }

    fn make_directory(&self, path: &str, mode: u32) -> Result<(), Errno> {
        files::make_directory(path, mode)
    }

    fn remove_directory(&self, path: &str) -> Result<(), Errno> {
        std::fs::remove_dir(path).map_err(errno_of)
    }

    fn unlink(&self, path: &str) -> Result<(), Errno> {
        std::fs::remove_file(path).map_err(errno_of)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        std::fs::rename(from, to).map_err(errno_of)
    }

    fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        std::os::unix::fs::symlink(target, path).map_err(errno_of)
    }

    fn set_owner(&self, path: &str, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
        files::set_owner(path, uid, gid, mode)
    }

    fn open_at(
        &self,
        directory: &OwnedFd,
        name: &[u8],
        how: Open,
        mode: u32,
    ) -> Result<OwnedFd, Errno> {
        at::open(directory.as_fd(), name, how, mode)
    }

    fn metadata_of(&self, fd: &OwnedFd) -> Result<Metadata, Errno> {
        at::metadata_of(fd.as_fd())
    }

    fn metadata_at(&self, directory: &OwnedFd, name: &[u8]) -> Result<Metadata, Errno> {
        at::metadata(directory.as_fd(), name)
    }

    fn make_directory_at(&self, directory: &OwnedFd, name: &[u8], mode: u32) -> Result<(), Errno> {
        at::make_directory(directory.as_fd(), name, mode)
    }

    fn remove_at(&self, directory: &OwnedFd, name: &[u8], what: Removal) -> Result<(), Errno> {
        at::remove(directory.as_fd(), name, what)
    }

    fn rename_at(&self, directory: &OwnedFd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        at::rename(directory.as_fd(), from, to)
    }

    fn symlink_at(&self, target: &str, directory: &OwnedFd, name: &[u8]) -> Result<(), Errno> {
        at::symlink(target, directory.as_fd(), name)
    }

    fn read_link_at(
        &self,
        directory: &OwnedFd,
        name: &[u8],
        buffer: &mut [u8],
    ) -> Result<usize, Errno> {
        at::read_link(directory.as_fd(), name, buffer)
    }

    fn set_owner_of(&self, fd: &OwnedFd, uid: u32, gid: u32, mode: u32) -> Result<(), Errno> {
        at::set_owner(fd.as_fd(), uid, gid, mode)
    }

    fn names(&self, directory: &OwnedFd, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
        at::names(directory.as_fd(), each)
    }

    fn space(&self, path: &str) -> Result<Space, Errno> {
        at::space(path)
    }

    fn memory(&self) -> Result<Space, Errno> {
        at::memory()
    }

    fn read_directory(&self, directory: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        entries::read_directory(directory.as_fd(), buffer)
    }

    fn status_at(&self, directory: &OwnedFd, name: &[u8]) -> Result<Status, Errno> {
        entries::status(directory.as_fd(), name)
    }

    fn link_at(&self, directory: &OwnedFd, from: &[u8], to: &[u8]) -> Result<(), Errno> {
        entries::link(directory.as_fd(), from, to)
    }

    fn make_node_at(&self, directory: &OwnedFd, name: &[u8], node: Node) -> Result<(), Errno> {
        entries::make_node(directory.as_fd(), name, node)
    }

    fn dress_at(&self, directory: &OwnedFd, name: &[u8], dress: &Dress) -> Result<(), Errno> {
        entries::dress(directory.as_fd(), name, dress)
    }

    fn read_at(&self, fd: &OwnedFd, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        entries::read_at(fd.as_fd(), buffer, offset)
    }

    fn write_at(&self, fd: &OwnedFd, bytes: &[u8], offset: u64) -> Result<usize, Errno> {
        entries::write_at(fd.as_fd(), bytes, offset)
    }

    fn set_size(&self, fd: &OwnedFd, size: u64) -> Result<(), Errno> {
        entries::set_size(fd.as_fd(), size)
    }

    fn is_terminal(&self, fd: &OwnedFd) -> bool {
        std::io::IsTerminal::is_terminal(fd)
    }

    fn mounts(&self, each: &mut dyn FnMut(&Mounted<'_>)) -> Result<(), Errno> {
        disks::mounts(each)
    }

    fn disks(&self, each: &mut dyn FnMut(&str, &str)) -> Result<(), Errno> {
        disks::disks(self.prefix(), each)
    }

    fn pipe(&self) -> Result<(OwnedFd, OwnedFd), Errno> {
        files::pipe()
    }

    fn monotonic_ms(&self) -> u64 {
        let mut now = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: `now` is a timespec to write to; the clock exists on every Linux.
        unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
        now.tv_sec as u64 * 1000 + now.tv_nsec as u64 / 1_000_000
    }

    fn clock(&self) -> Clock {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let since = since.unwrap_or_default();
        Clock {
            seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: since.subsec_nanos(),
        }
    }

    fn pid(&self) -> Pid {
        // SAFETY: takes nothing and cannot fail.
        unsafe { libc::getpid() }
    }

    fn euid(&self) -> u32 {
        // SAFETY: takes nothing and cannot fail.
        unsafe { libc::geteuid() }
    }

    fn prefix(&self) -> &str {
        self.prefix.get_or_init(|| default_prefix(self.euid()))
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn terminal_modes(&self, fd: &OwnedFd) -> Result<TerminalModes, Errno> {
        terminal::modes(fd.as_fd())
    }

    fn set_terminal_modes(&self, fd: &OwnedFd, modes: &TerminalModes) -> Result<(), Errno> {
        terminal::set_modes(fd.as_fd(), modes)
    }

    fn window_size(&self, fd: &OwnedFd) -> Result<WindowSize, Errno> {
        terminal::size(fd.as_fd())
    }

    fn unsent(&self, fd: &OwnedFd) -> Result<u32, Errno> {
        terminal::unsent(fd.as_fd())
    }

    fn take_terminal(&self, fd: &OwnedFd) -> Result<(), Errno> {
        terminal::take(fd.as_fd())
    }

    fn open_cell_device(&self, path: &str) -> Result<OwnedFd, Errno> {
        cell::open(path)
    }

    fn cell_ioctl(&self, fd: &OwnedFd, buffer: &mut [u8]) -> Result<(), Errno> {
        cell::ioctl(fd.as_fd(), buffer)
    }

    fn spawn(&self, launch: &Launch<'_, OwnedFd>) -> Result<Pid, Errno> {
        process::spawn(launch)
    }

    fn fork(&self) -> Result<Option<Pid>, Errno> {
        process::fork()
    }

    fn exec(&self, launch: &Launch<'_, OwnedFd>) -> Errno {
        process::exec(launch)
    }

    fn raise_descriptors(&self) -> Result<(), Errno> {
        limits::raise_descriptors()
    }

    fn reap(&self) -> Result<Option<(Pid, Exit)>, Errno> {
        process::reap()
    }

    fn kill(&self, pid: Pid, signal: SignalNumber) -> Result<(), Errno> {
        // SAFETY: two integers.
        check(unsafe { libc::kill(pid, libc::c_int::from(signal)) }).map(drop)
    }

    fn watch_signals(&self, signals: &[SignalNumber]) -> Result<(), Errno> {
        self.queue.watch_signals(signals)
    }

    fn watch_read(&self, fd: &OwnedFd, token: Token) -> Result<(), Errno> {
        self.queue.watch_read(fd.as_fd(), token)
    }

    fn watch_write(&self, fd: &OwnedFd, token: Token, watch: bool) -> Result<(), Errno> {
        self.queue.watch_write(fd.as_fd(), token, watch)
    }

    fn unwatch(&self, fd: &OwnedFd) -> Result<(), Errno> {
        self.queue.unwatch(fd.as_fd())
    }

    fn wait(&self, events: &mut [Event], timeout_ms: Option<u64>) -> Result<usize, Errno> {
        self.queue.wait(events, timeout_ms)
    }

    fn listen(&self, path: &str, mode: u32) -> Result<OwnedFd, Errno> {
        socket::listen(path, mode)
    }

    fn accept(&self, fd: &OwnedFd) -> Result<OwnedFd, Errno> {
        socket::accept(fd.as_fd())
    }

    fn peer(&self, fd: &OwnedFd) -> Result<Peer, Errno> {
        socket::peer(fd.as_fd())
    }

    fn connect(&self, path: &str) -> Result<OwnedFd, Errno> {
        socket::connect(path, libc::SOCK_STREAM)
    }

    fn connect_datagram(&self, path: &str) -> Result<OwnedFd, Errno> {
        socket::connect(path, libc::SOCK_DGRAM | libc::SOCK_NONBLOCK)
    }

    fn mount(&self, mount: &Mount<'_>) -> Result<(), Errno> {
        mount::mount(mount)
    }

    fn unmount(&self, path: &str) -> Result<(), Errno> {
        mount::unmount(path)
    }

    fn is_read_only(&self, path: &str) -> Result<bool, Errno> {
        mount::is_read_only(path)
    }

    fn device_number(&self, path: &str) -> Result<DeviceNumber, Errno> {
        files::device_number(path)
    }

    fn make_device(
        &self,
        path: &str,
        like: &str,
        mode: u32,
        uid: u32,
        gid: u32,
    ) -> Result<(), Errno> {
        mount::make_device(path, like, mode, uid, gid)
    }

    fn watchdog_arm(&self, path: &str, period_s: u32) -> Result<OwnedFd, Errno> {
        watchdog::arm(path, period_s)
    }

    fn watchdog_feed(&self, fd: &OwnedFd) -> Result<(), Errno> {
        watchdog::feed(fd.as_fd())
    }

    fn watchdog_disarm(&self, fd: &OwnedFd) -> Result<(), Errno> {
        watchdog::disarm(fd.as_fd())
    }
}

/// `PICOCELL_PREFIX`, otherwise where `cellsim` puts the device of this user.
fn default_prefix(euid: u32) -> Box<str> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(prefix) = variable("PICOCELL_PREFIX") {
        return prefix.into();
    }
    let state = match variable("XDG_RUNTIME_DIR") {
        Some(directory) if euid != 0 => directory,
        _ => String::from("/run"),
    };
    (state + "/picocell/root").into()
}

/// The error number of the last call.
fn last() -> Errno {
    errno_of(std::io::Error::last_os_error())
}

/// The error number in an error of std; EINVAL for those that std found itself (a NUL in a path).
fn errno_of(error: std::io::Error) -> Errno {
    error
        .raw_os_error()
        .and_then(|number| u16::try_from(number).ok())
        .map_or(Errno::EINVAL, Errno)
}

/// The result of a call that answers -1 on failure.
fn check(result: libc::c_int) -> Result<libc::c_int, Errno> {
    if result < 0 { Err(last()) } else { Ok(result) }
}

/// A text as C takes it.
fn c_string(text: &str) -> Result<CString, Errno> {
    CString::new(text).map_err(|_| Errno::EINVAL)
}

/// A path as C takes it.
fn c_path(path: &str) -> Result<CString, Errno> {
    if path.len() > 1023 {
        return Err(Errno::ENAMETOOLONG);
    }
    c_string(path)
}

/// Takes over a descriptor that a call has just returned.
fn own(fd: libc::c_int) -> Result<OwnedFd, Errno> {
    let fd = check(fd)?;
    // SAFETY: the kernel returned it just now, so it is open and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A copy of a descriptor at or above `least`, close-on-exec.
fn duplicate(fd: BorrowedFd<'_>, least: libc::c_int) -> Result<OwnedFd, Errno> {
    // SAFETY: integers only.
    own(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, least) })
}
